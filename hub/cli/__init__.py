"""`hanout-hub`: prepare the database and the authority, seed tenants, run the hub's roles.

Exit codes: 0 done, 1 refused or not possible now (the reason is on standard error), 2 wrong usage.
"""

from hub.cli.commands import app

__all__ = ["app"]
