"""Panels around the views: runs, tags, inspector, problems, welcome, preferences."""
