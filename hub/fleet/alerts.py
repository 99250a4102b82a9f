"""What a person should know of a device, told once in its list and once in the event log.

Methods take the caller's transaction, which holds the device's row of `device_sync`: hellos of one
device come one after the other. Whatever is told stays till somebody says that it is settled.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import RowMapping

from hub.audit.models import Act
from hub.audit.service import AuditTrail
from hub.events.models import NewEvent
from hub.events.service import EventLog
from hub.fleet.clones import CLONED, Run, heard, may_speak, sign_of
from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from hub.kit.ids import IdSource
from hub.kit.permissions import Permission, Principal
from hub.kit.queries import load_queries
from protocol.errors import NotFound

_SQL = load_queries("hub.fleet", "alerts.sql")
_RUNS_KEPT = 8
# A device may say anything of itself; so much of it is kept.
_LONGEST_WORD = 128


class Notice(Struct, frozen=True, kw_only=True):
    """What to tell. Two notices with the same `kind` and `once` are the same one."""

    kind: str
    once: str
    details: Mapping[str, Any]


class Speaker(Struct, frozen=True, kw_only=True):
    """Who says hello in a device's name: the run of its agent, and the hardware it runs on."""

    boot: str
    sess: int
    fingerprint: str


class DeviceAlerts:
    """See the module."""

    def __init__(self, *, clock: Clock, ids: IdSource) -> None:
        self._clock = clock
        self._ids = ids
        self._events = EventLog(clock)
        self._audit = AuditTrail(clock=clock, ids=ids)

    async def heard(
        self, session: TenantSession, device_id: UUID, speaker: Speaker
    ) -> tuple[bool, list[Notice]]:
        """Whether this box may speak for the device, and what its hello makes known."""
        run = _run(speaker, at=self._clock.now())
        known = [_known(row) for row in await session.rows(_SQL["runs"], {"device_id": device_id})]
        now = heard(known, run)
        await self._remember(session, device_id, now)
        row = await session.row(_SQL["keeper"], {"device_id": device_id})
        if row is not None:
            return may_speak(row["keeper"], now.fingerprint), []
        sign = sign_of(known, now)
        if sign is None:
            return True, []
        details = {"keeper": sign.keeper, "fingerprint": now.fingerprint, "boot": now.boot}
        once = now.boot if sign.kind == CLONED else now.fingerprint
        may = sign.kind != CLONED or may_speak(sign.keeper, now.fingerprint)
        return may, [Notice(kind=sign.kind, once=once, details=details)]

    async def tell(
        self, session: TenantSession, device_id: UUID, *, store_id: UUID, notices: list[Notice]
    ) -> None:
        """Raise what was not raised before. Must come last in the transaction (DESIGN §4)."""
        at = self._clock.now()
        events = []
        for notice in notices:
            alert_id = self._ids.next()
            row = {
                "alert_id": alert_id,
                "device_id": device_id,
                "kind": notice.kind,
                "told_once": notice.once,
                "at": at,
                "details": msgspec.json.encode(dict(notice.details)).decode(),
            }
            if await session.execute(_SQL["raise_alert"], row):
                payload = {"device_id": device_id, "alert_id": alert_id, "kind": notice.kind}
                events.append(
                    NewEvent(
                        id=alert_id,
                        type="device.alert",
                        store_id=store_id,
                        occurred_at=at,
                        payload=payload,
                    )
                )
        if events:
            await self._events.append(session, events)

    async def settle(
        self, session: TenantSession, principal: Principal, *, device_id: UUID, alert_id: UUID
    ) -> None:
        """Somebody looked after it; may be repeated. Which boxes were heard is forgotten: the next
        one that says hello is the device.

        Raises Forbidden, NotFound `unknown-alert`.
        """
        principal.require(Permission.FLEET_WRITE)
        place = {
            "device_id": device_id,
            "alert_id": alert_id,
            "at": self._clock.now(),
            "settled_by": principal.user_id,
        }
        found = await session.row(_SQL["settle_alert"], place)
        if found is None:
            raise NotFound("unknown-alert", "There is no such alert of this device.")
        await session.execute(_SQL["forget_runs"], {"device_id": device_id})
        await self._audit.record(
            session,
            Act(
                actor_kind="user",
                actor_id=principal.user_id,
                action="device_alert.settled",
                subject_kind="device",
                subject_id=str(device_id),
                details={"alert_id": str(alert_id), "kind": found["kind"]},
            ),
        )

    async def _remember(self, session: TenantSession, device_id: UUID, run: Run) -> None:
        row = {**run._asdict(), "returned_at": list(run.returned_at), "device_id": device_id}
        await session.execute(_SQL["remember_run"], row)
        kept = {"device_id": device_id, "kept": _RUNS_KEPT}
        await session.execute(_SQL["forget_old_runs"], kept)


def _run(speaker: Speaker, *, at: datetime) -> Run:
    return Run(
        boot=_clean(speaker.boot),
        fingerprint=_clean(speaker.fingerprint),
        sess=max(0, min(speaker.sess, 2**63 - 1)),
        first_at=at,
        last_at=at,
    )


def _clean(word: str) -> str:
    return word.replace("\0", "")[:_LONGEST_WORD]


def _known(row: RowMapping) -> Run:
    return Run(**{**row, "returned_at": tuple(row["returned_at"])})
