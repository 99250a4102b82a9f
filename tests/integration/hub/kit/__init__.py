"""The database kit on real servers."""
