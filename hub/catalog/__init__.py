"""Products, codes, categories, taxes and prices, and what of them the shops hold."""
