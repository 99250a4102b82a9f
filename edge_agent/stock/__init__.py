"""Stock as this shop knows it: movements append, on-hand derives."""
