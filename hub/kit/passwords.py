"""Argon2id for passwords and PINs, in few threads and never more of them waiting than stated.

The parameters (19 MiB, two passes, one lane) are OWASP's floor and what a Raspberry Pi verifies in
well under a second. Each running hash holds its 19 MiB.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from protocol.errors import Malformed, Unavailable

MEMORY_KIB = 19 * 1024
PASSES = 2
LONGEST_SECRET = 256
_THREADS = 2
_WAITING = 32

T = TypeVar("T")


class Passwords:
    """Hashes and verifies secrets, as slowly for an unknown person as for a known one."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        self._pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="argon2")
        self._running = 0
        self._stranger: str | None = None

    async def hash(self, secret: str) -> str:
        """The argon2id string. Raises Malformed over 256 characters, Unavailable when too busy."""
        if not 0 < len(secret) <= LONGEST_SECRET:
            raise Malformed("bad-password", f"Use 1 to {LONGEST_SECRET} characters.")
        return await self._run(self._hasher.hash, secret)

    async def verify(self, secret: str, stored: str | None) -> bool:
        """Whether the secret is the stored one; as slow when there is none stored."""
        if self._stranger is None:
            self._stranger = await self._run(self._hasher.hash, "nobody's password")
        same = await self._run(
            self._matches, secret[: LONGEST_SECRET + 1], stored or self._stranger
        )
        return same and stored is not None and len(secret) <= LONGEST_SECRET

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made with other parameters and should be made anew."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the threads end."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _matches(self, secret: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, secret)
        except (Argon2Error, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        if self._running >= _THREADS + _WAITING:
            raise Unavailable("too-many-sign-ins", "Too many sign-ins at once; try again.")
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        finally:
            self._running -= 1
