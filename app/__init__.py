"""Eventglass without a window: open log directories from a script."""
