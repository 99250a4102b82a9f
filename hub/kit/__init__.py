"""What every slice of the hub stands on: database sessions, clock, problems, pages, permissions."""
