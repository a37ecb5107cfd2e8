"""Small widgets that know nothing of logs."""
