"""One SQLite file: one thread writes, few connections read, numbered files make its schema."""
