"""Customers born in this shop; who they are stays under a key of their own."""
