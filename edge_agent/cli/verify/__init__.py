"""`hanout-edge verify`: proves a journal, from a box's folder or from an exported file."""
