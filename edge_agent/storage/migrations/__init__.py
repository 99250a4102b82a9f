"""The schema, one numbered file a step. A released file never changes; the next number does."""
