"""What is on the screen: the window, its views, plots, controls and panels."""
