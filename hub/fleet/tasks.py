"""The gatekeeper: what the device table says of who may enter, the broker does within seconds.

Laws: it reads as the role `admission`, which sees no tenant and no name; what the broker could not
be told is told again until it was; while the database is away the door stays as it is.
"""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from hub.fleet import repository
from hub.fleet.ports import AdmissionState, BrokerAdmission
from hub.kit.clock import Clock
from hub.kit.db import Database
from protocol.errors import Unavailable

_log = structlog.get_logger(__name__)
_PAGE = 2_000
# More devices than a hub of one region has; beyond them the newest would not be let in.
_MOST_DEVICES = 200_000


@dataclass(frozen=True, kw_only=True)
class GatekeeperPace:
    """Seconds between looks, between whole readings, and after a broker could not be told.

    A broker that could not be told reads the files that were written for it when it starts.
    `rewrite`: after that, everything is written anew.
    """

    poll_s: float = 1.0
    retry_s: float = 5.0
    reread_s: float = 60.0
    rewrite: timedelta = timedelta(days=1)


class Gatekeeper:
    """Follows the device table for one broker. `database`: role admission."""

    def __init__(
        self,
        database: Database,
        broker: BrokerAdmission,
        *,
        clock: Clock,
        workers: Collection[str],
        pace: GatekeeperPace | None = None,
    ) -> None:
        self._database = database
        self._broker = broker
        self._clock = clock
        self._workers = frozenset(workers)
        self._pace = pace or GatekeeperPace()
        self._pulse: tuple[int, int] | None = None
        self._read_s = 0.0
        self._state: AdmissionState | None = None
        self._told: AdmissionState | None = None
        self._told_at: datetime | None = None
        self._tried: AdmissionState | None = None
        self._retry_at_s = 0.0

    async def run(self, *, on_told: Callable[[], None]) -> None:
        """For ever. `on_told`: called once, when the broker knows who may enter."""
        told = False
        while True:
            knows = await self.step()
            if knows and not told:
                told = True
                on_told()
            await asyncio.sleep(self._pace.poll_s)

    async def step(self) -> bool:
        """Look once, and tell the broker what it does not know; whether it knows all."""
        try:
            await self._look()
        except Unavailable as error:
            _log.warning("admission_unread", reason=str(error))
        if self._state is None:
            return False
        if (self._state != self._told or self._is_old()) and self._may_try(self._state):
            await self._tell(self._state)
        return self._state == self._told

    async def _look(self) -> None:
        async with self._database.lookup() as session:
            pulse = await repository.admission_pulse(session)
        due = self._clock.monotonic() - self._read_s >= self._pace.reread_s
        if pulse == self._pulse and not due:
            return
        self._state = await self._read()
        self._pulse, self._read_s = pulse, self._clock.monotonic()

    async def _read(self) -> AdmissionState:
        admitted, revoked, serials = set[UUID](), set[UUID](), set[str]()
        last, at = UUID(int=0), self._clock.now()
        while len(admitted) + len(revoked) < _MOST_DEVICES:
            async with self._database.lookup() as session:
                page = await repository.admission_page(session, last, at=at, most=_PAGE)
            for row in page:
                (revoked if row["revoked"] else admitted).add(row["device_id"])
                serials.update(row["serials"])
            if len(page) < _PAGE:
                break
            last = page[-1]["device_id"]
        else:
            _log.error("admission_too_many_devices", most=_MOST_DEVICES)
        return AdmissionState(
            admitted=frozenset(admitted),
            revoked=frozenset(revoked),
            serials=frozenset(serials),
            workers=self._workers,
        )

    def _may_try(self, state: AdmissionState) -> bool:
        return state != self._tried or self._clock.monotonic() >= self._retry_at_s

    async def _tell(self, state: AdmissionState) -> None:
        self._tried, self._retry_at_s = state, self._clock.monotonic() + self._pace.retry_s
        try:
            await asyncio.to_thread(self._broker.apply, state)
        except (Unavailable, OSError) as error:
            _log.warning("admission_untold", reason=str(error))
            return
        self._told, self._told_at = state, self._clock.now()
        _log.info("admission_told", admitted=len(state.admitted), revoked=len(state.revoked))

    def _is_old(self) -> bool:
        return self._told_at is None or self._clock.now() - self._told_at >= self._pace.rewrite
