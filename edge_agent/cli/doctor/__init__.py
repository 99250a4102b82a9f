"""What only the box itself can know of its health, and what a person is to do about it."""
