"""What goes wrong, and what to do about it."""
