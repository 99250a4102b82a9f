"""Published reference data: rows and versions per store and collection, as opaque bytes.

Slices write, ingest pages. A shop's copy always equals some version of its collection (promise J):
versions are given under the head's row lock, so their order is the order of commits, and a page
reads rows and head in one snapshot.
"""
