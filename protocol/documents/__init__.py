"""Papers: what is printed of the messages, as one layout with several renderings.

The package's law: a paper is made of values alone and is the same wherever it is made; a rendering
adds no word and leaves none out. Libraries that draw are imported where they draw, and only then.
"""
