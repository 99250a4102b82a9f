"""What a text from outside may hold."""

# No database keeps a NUL in a text, and nobody types one.
NO_NUL = r"^[^\x00]*$"
