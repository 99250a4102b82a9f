"""Papers as bytes, and how often each was made."""
