"""Figures beside their limits, measured in one run (DESIGN §8)."""
