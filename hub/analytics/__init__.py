"""Sums over facts, kept up to date in the commit that books them, and recomputable from them."""
