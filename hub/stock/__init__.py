"""Stock movements append, on-hand derives from them."""
