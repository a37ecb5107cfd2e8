"""Meshes and point clouds: put together from their parts, checked, measured, written to files."""
