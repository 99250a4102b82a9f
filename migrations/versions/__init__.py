"""The versions, in order; a released one never changes."""
