"""What the shop's routes are handed: who is signed in is another slice's knowledge."""

from collections.abc import Awaitable, Callable

RequireManager = Callable[..., Awaitable[object]]
"""A FastAPI dependency that lets managers through and refuses everyone else."""
