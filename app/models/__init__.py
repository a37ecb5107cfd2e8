"""What the program knows while it runs: workspace, feed, item models; Qt without widgets."""
