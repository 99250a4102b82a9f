"""Shifts, cash beside tickets, and the Z reports that close them."""
