"""What happened, in the order it became visible, and what was found to be odd about it."""
