"""The words on paper, one table per language.

The package's law: every table has the same keys (a test compares them), a value is a whole phrase,
and `{…}` marks what is put in. Two languages on one paper stand beside each other in every heading.
"""
