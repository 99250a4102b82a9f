"""What the hub's named queries do, without Postgres: rows, row locks, commit, rollback, savepoints.

The statements below the hub's own code are played, nothing above them is. `store` is the engine,
the other modules hold one function per named query; `database` is what the hub is handed.
"""
