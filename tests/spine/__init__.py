"""End to end: real database, broker, hub and agents, through the tablets' API."""
