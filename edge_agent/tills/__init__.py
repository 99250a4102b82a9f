"""Shifts, the cash beside tickets, X and Z reports."""
