"""The views, one module each, imported when first shown."""
