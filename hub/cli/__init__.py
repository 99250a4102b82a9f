"""`hanout-hub`: prepare the database and the authority, seed tenants, run the hub's roles, prove
its books and take figures out of them.

Exit codes: 0 done, 1 refused or not possible now (the reason is on standard error), 2 wrong usage,
3 (`verify` alone) something does not hold.
"""

from hub.cli.commands import app

__all__ = ["app"]
