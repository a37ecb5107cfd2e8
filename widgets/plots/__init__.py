"""Charts and what draws them."""
