"""Shops, broker and hub in virtual time, under faults, from one seed (DESIGN §9, simulation).

Real: the edge's sync service, connection run, session machine, journal, tickets and replicas with
their SQL; the hub's ingest shell, intake, greeting, inbox, epochs, partitions, projector, settling,
event log and collections. Simulated: time, the broker and the network, the disk under SQLite, and
Postgres below the hub's named queries (held to the real one by `test_postgres_contract.py`).

`python -m tests.simulation --seeds 1000` runs schedules and shrinks the first one that fails.
"""
