"""The server's advisory locks: a session that was silent for 15 s is ended, and its locks go."""

import asyncio

from hub.kit.advisory import SILENCE_S, AdvisoryLocks
from protocol.errors import Unavailable
from tests.simulation.gate import Gate

# As hub/ingest/partitions.py numbers them.
_PARTITION = 0x484E01


class AdvisoryServer:
    """Who holds what. `cut` ends every session, as a restart of the server does."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, int], SimulatedLocks] = {}
        self._sessions: dict[SimulatedLocks, None] = {}
        self.down: bool = False
        self.generous: bool = False

    async def open(self, gate: Gate) -> AdvisoryLocks:
        """A new session; raises Unavailable."""
        await asyncio.sleep(0.01)
        await gate.pass_gate()
        if self.down:
            raise Unavailable("locks-unavailable", "No session for locks.")
        session = SimulatedLocks(self, gate)
        self._sessions[session] = None
        return session

    def cut(self) -> None:
        """All sessions end."""
        for session in list(self._sessions):
            self.end(session)

    def end(self, session: "SimulatedLocks") -> None:
        """One session ends, and with it its locks."""
        session.ended = True
        self._sessions.pop(session, None)
        self._held = {lock: owner for lock, owner in self._held.items() if owner is not session}

    def end_silent(self, now_s: float) -> None:
        """idle_session_timeout."""
        for session in list(self._sessions):
            if now_s - session.spoke_s > SILENCE_S:
                self.end(session)

    def try_lock(self, session: "SimulatedLocks", lock: tuple[int, int]) -> bool:
        """pg_try_advisory_lock; a generous server gives partitions to everybody."""
        if self.generous and lock[0] == _PARTITION:
            return True
        return self._held.setdefault(lock, session) is session

    def unlock(self, session: "SimulatedLocks", lock: tuple[int, int]) -> None:
        """pg_advisory_unlock."""
        if self._held.get(lock) is session:
            del self._held[lock]

    def count(self, kind: int) -> int:
        """Locks of a kind, whoever holds them."""
        if self.generous:
            return 1  # Whoever asks believes to be alone.
        return sum(1 for of_kind, _ in self._held if of_kind == kind)


class SimulatedLocks(AdvisoryLocks):
    """One session."""

    def __init__(self, server: AdvisoryServer, gate: Gate) -> None:
        self._server = server
        self._gate = gate
        self.ended = False
        self.spoke_s = asyncio.get_running_loop().time()

    async def take(self, kind: int, key: int) -> bool:
        """Take the lock if nobody holds it."""
        await self._speak()
        return self._server.try_lock(self, (kind, key))

    async def give_up(self, kind: int, key: int) -> None:
        """Release a lock this session holds."""
        await self._speak()
        self._server.unlock(self, (kind, key))

    async def count(self, kind: int) -> int:
        """How many locks of a kind are held, by anybody."""
        await asyncio.sleep(0.005)
        await self._speak()
        return self._server.count(kind)

    async def close(self) -> None:
        """End the session."""
        self._server.end(self)

    async def _speak(self) -> None:
        await self._gate.pass_gate()
        now_s = asyncio.get_running_loop().time()
        self._server.end_silent(now_s)
        if self.ended:
            raise Unavailable("locks-unavailable", "The locks' session ended.")
        self.spoke_s = now_s
