"""The store as the office set it, its registers, and the tablets paired to them."""
