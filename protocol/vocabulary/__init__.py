"""The words edge and hub share: money, currencies, quantities, GTINs, ids, dates, search terms.

The package's law: every function here gives the same answer on every machine and in every
language; `protocol/vectors/` holds the answers.
"""
