"""Products with their prices and taxes as the hub published them, and those this shop proposed."""
