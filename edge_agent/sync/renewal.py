"""Keeps the device's certificate young: a new key at two thirds of its life, or when asked.

Laws: the old pair works until the hub welcomed the new one; every step leaves files from which the
next start goes on; expiry or refusal stops no sale. Asked by a file in the agent's folder (who can
write there owns the box) or by `renew_now`. And what an authenticated hub says of the time becomes
the floor below which our clock is known to be wrong.
"""

import asyncio
import json
import ssl
from pathlib import Path
from random import Random
from typing import Protocol

import structlog
from msgspec import Struct

from edge_agent.kit.certificate_validity import read_validity
from edge_agent.kit.clock import Clock, from_unix_ms
from edge_agent.kit.durable_files import write_durably
from edge_agent.kit.time_floor import TimeFloor
from edge_agent.sync.identity import DeviceIdentity, KeyPair
from edge_agent.sync.ports import RenewalPort
from edge_agent.sync.renewal_rules import (
    SPREAD_PPM,
    Situation,
    Validity,
    next_step,
    pair_for,
    trusted_now,
)
from edge_agent.sync.status import SyncStatus
from edge_agent.sync.tls import client_context
from protocol.errors import HanoutError, Unavailable
from protocol.session.timing import backoff_ms

_log = structlog.get_logger(__name__)
REQUEST, RESULT = "renew-request", "renew-result"
_TICK_S = 1.0
_REQUEST_CHARS = 64


class RenewalPace(Struct, frozen=True, kw_only=True):
    """Milliseconds between attempts, first and at most."""

    retry_initial_ms: int = 60_000
    retry_max_ms: int = 600_000


class RenewalParts(Struct, frozen=True, kw_only=True):
    """`door`: None where no hub's address is known; then only the time floor is kept."""

    identity: DeviceIdentity
    ca_file: Path
    folder: Path
    door: RenewalPort | None
    floor: TimeFloor
    clock: Clock
    pace: RenewalPace
    rng: Random


class Connected(Protocol):
    """The sync, as far as a renewal is concerned."""

    def status(self) -> SyncStatus:
        """Whether the hub welcomed the present connection, and its time."""
        ...

    def reconnect(self) -> None:
        """Make the connection anew."""
        ...


class RenewalService:
    """`context` for every connection to the broker; `run` until cancelled."""

    def __init__(self, parts: RenewalParts) -> None:
        self._parts = parts
        self._spread_ppm = parts.rng.randint(0, SPREAD_PPM)
        self._last_was_next = False
        self._asked_by = ""
        self._asked = False
        self._attempt = 0
        self._not_before_ms = 0
        self._validities: dict[Path, tuple[int, Validity]] = {}

    def context(self) -> ssl.SSLContext:
        """TLS for the next connection to the broker; raises OSError."""
        parts, waiting = self._parts, self._parts.identity.waiting()
        choice = pair_for(waiting=waiting is not None, last_was_next=self._last_was_next)
        self._last_was_next = choice == "next"
        pair = waiting if waiting is not None and choice == "next" else parts.identity.current()
        return client_context(
            ca_file=parts.ca_file, pair=pair, now=parts.clock.now(), floor=parts.floor.at
        )

    async def run(self, sync: Connected) -> None:
        """Look every second, for ever."""
        self._parts.identity.settle()
        while True:
            try:
                await self._look(sync)
            except (HanoutError, OSError) as error:
                _log.warning("renewal_put_off", reason=str(error))
            await asyncio.sleep(_TICK_S)

    async def renew_now(self) -> None:
        """Have a new pair, if none waits; the next connection is made with it.

        Raises Refused, Unavailable, RemoteProtocolError.
        """
        try:
            if self._parts.identity.waiting() is None:
                await asyncio.to_thread(self._obtain)
        except OSError as error:
            raise Unavailable("disk", f"The new key cannot be kept: {error}") from error
        self._last_was_next = False

    async def _look(self, sync: Connected) -> None:
        identity, status = self._parts.identity, sync.status()
        held = self._validity(identity.current())
        if status.hub_time_ms is not None:
            self._parts.floor.raise_to(from_unix_ms(status.hub_time_ms), limit=held.not_after)
        self._take_request()
        waiting = identity.waiting()
        seen = Situation(
            now=trusted_now(self._parts.clock.now(), self._parts.floor.at),
            held=held,
            waiting=None if waiting is None else self._validity(waiting),
            welcomed=status.welcomed,
            with_next=self._last_was_next,
            asked=self._asked,
            rested=self._parts.clock.monotonic_ms() >= self._not_before_ms,
            spread_ppm=self._spread_ppm,
        )
        match next_step(seen):
            case "obtain":
                await self._try_to_obtain(sync)
            case "prove":
                self._prove(sync)
            case "promote":
                identity.promote()
                self._last_was_next, self._attempt = False, 0
                ends = self._validity(identity.current()).not_after
                _log.info("certificate_renewed", not_after=ends.isoformat())
                self._answer(ok=True, message=f"Renewed; holds until {ends:%Y-%m-%d}.")
            case "drop":
                identity.drop_next()

    async def _try_to_obtain(self, sync: Connected) -> None:
        self._asked = False
        try:
            await asyncio.to_thread(self._obtain)
        except (HanoutError, OSError) as error:
            _log.warning("renewal_failed", reason=str(error), retry_ms=self._rest())
            self._answer(ok=False, message=str(error))
        else:
            self._attempt = 0
            self._prove(sync)

    def _prove(self, sync: Connected) -> None:
        """Connect with the waiting pair; where the old one gets the connection, try again later."""
        self._asked = self._last_was_next = False
        self._rest()
        sync.reconnect()

    def _rest(self) -> int:
        """No attempt for so many milliseconds, longer each time."""
        wait_ms = backoff_ms(
            self._parts.rng,
            attempt=self._attempt,
            initial_ms=self._parts.pace.retry_initial_ms,
            max_ms=self._parts.pace.retry_max_ms,
        )
        self._attempt += 1
        self._not_before_ms = self._parts.clock.monotonic_ms() + wait_ms
        return wait_ms

    def _obtain(self) -> None:
        """In a thread. The new key is on disk before the hub hears of it."""
        from edge_agent.sync.keys import is_key, new_key  # noqa: PLC0415 — 17 MB

        parts, identity = self._parts, self._parts.identity
        if parts.door is None:
            raise Unavailable("no-hub-url", "The configuration names no hub_url to renew at.")
        pair = identity.current()
        if not is_key(identity.next_key_file):
            write_durably(identity.next_key_file, new_key())
        renewed = parts.door.renew(
            pair.certificate_file.read_text(),
            key_pem=pair.key_file.read_bytes(),
            next_key_pem=identity.next_key_file.read_bytes(),
            ca_pem=parts.ca_file.read_text(),
        )
        identity.keep_next(renewed)

    def _take_request(self) -> None:
        request = self._parts.folder / REQUEST
        if not request.exists():
            return
        asked_by = request.read_text(errors="replace")[:_REQUEST_CHARS]
        request.unlink()
        self._asked_by, self._asked = asked_by or "somebody", True

    def _answer(self, *, ok: bool, message: str) -> None:
        if self._asked_by:
            told = {"request": self._asked_by, "ok": ok, "message": message}
            write_durably(self._parts.folder / RESULT, json.dumps(told).encode())
            self._asked_by = ""

    def _validity(self, pair: KeyPair) -> Validity:
        """Read once per file as it is."""
        file = pair.certificate_file
        written = file.stat().st_ino
        known = self._validities.get(file)
        if known is None or known[0] != written:
            not_before, not_after = read_validity(file.read_text())
            known = written, Validity(not_before=not_before, not_after=not_after)
            self._validities[file] = known
        return known[1]
