"""The commands that every box knows; what else one can do, `main` adds."""

import json
import sqlite3
from collections.abc import Callable

from msgspec import Struct, to_builtins

from edge_agent.sync.commands import Done, Kinds
from edge_agent.sync.ports import JournalPort
from edge_agent.sync.renewal import RenewalService
from edge_agent.sync.resync import ResyncingReplicas
from edge_agent.sync.service import SyncService
from protocol.errors import Unavailable

_ALARMS_TOLD = 10


class KindParts(Struct, frozen=True, kw_only=True):
    """What the commands are done with. `restart` ends the program; what supervises it starts it."""

    agent: str
    sync: SyncService
    journal: JournalPort
    replicas: ResyncingReplicas
    restart: Callable[[], None]


def build_kinds(parts: KindParts) -> Kinds:
    """send-diagnostics, resync-collections, restart."""

    async def send_diagnostics() -> Done:
        status, debt = parts.sync.status(), await parts.journal.debt()
        held = await parts.replicas.replicas()
        report = {
            "agent": parts.agent,
            "sqlite": sqlite3.sqlite_version,
            "debt": to_builtins(debt),
            "collections": {name: replica.version for name, replica in held.items()},
            "hub_offset_ms": status.hub_offset_ms,
            "dropped": status.dropped,
            "alarms": [
                {"code": alarm.code, "at_ms": alarm.at_ms}
                for alarm in status.alarms[-_ALARMS_TOLD:]
            ],
        }
        return Done(detail=json.dumps(report))

    async def resync_collections() -> Done:
        await parts.replicas.ask()
        return Done(then=_reconnect)

    async def restart() -> Done:
        return Done(then=parts.restart)

    return {
        "send-diagnostics": send_diagnostics,
        "resync-collections": resync_collections,
        "restart": restart,
    }


def renewal_kinds(renewal: RenewalService) -> Kinds:
    """rotate-certificate."""

    async def rotate_certificate() -> Done:
        await renewal.renew_now()
        return Done(then=_reconnect)

    return {"rotate-certificate": rotate_certificate}


def _reconnect() -> None:
    """A pull begins with what was held, and a broker knows the certificate that was shown, when the
    connection was made."""
    raise Unavailable("reconnecting", "Connecting anew, as the office asked.")
