"""The people who work here, and their sign-in by PIN."""
