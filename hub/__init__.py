"""The central service: takes in what the shops send, keeps many tenants' books, publishes
reference data.
"""
