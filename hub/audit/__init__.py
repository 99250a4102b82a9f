"""Who did what to what, when. Entries are appended in the transaction of the act itself."""
