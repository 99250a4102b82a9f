"""A shop's agent, asked over the shop's network how it is."""

from typing import Any

import httpx
import msgspec
from msgspec import Struct
from rich.markup import escape
from rich.table import Table

from protocol.errors import Unavailable

_TIMEOUT_S = 5.0


class StoreTold(Struct, frozen=True):
    """The shop, once the hub has told it."""

    name: str


class MetaTold(Struct, frozen=True):
    """Which release serves which shop."""

    version: str
    store: StoreTold | None = None


class DebtTold(Struct, frozen=True):
    """Facts that the hub lacks."""

    count: int


class SyncTold(Struct, frozen=True):
    """Where the journal stands."""

    connected: bool
    epoch: int
    acked_seq: int
    head_seq: int
    debt: DebtTold


class StatusTold(Struct, frozen=True):
    """What is shown of `asked`."""

    meta: MetaTold
    sync: SyncTold
    ready: bool


def asked(agent: str) -> tuple[dict[str, Any], StatusTold]:
    """What the agent says, whole and read; raises Unavailable `no-agent`."""
    try:
        with httpx.Client(base_url=agent, timeout=_TIMEOUT_S, trust_env=False) as client:
            found = {
                "meta": client.get("/v1/meta").raise_for_status().json(),
                "sync": client.get("/v1/sync").raise_for_status().json(),
                "ready": client.get("/readyz").is_success,
            }
        return found, msgspec.convert(found, StatusTold)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Unavailable(
            "no-agent",
            f"No agent answers at {agent}: {error}. Check the address, as"
            " http://192.168.1.20:8443, and that the agent runs.",
        ) from error


def table(agent: str, told: StatusTold) -> Table:
    """For people."""
    sync, store = told.sync, told.meta.store
    found = Table(title=escape(agent), show_header=False)
    found.add_row("shop", escape(store.name) if store else "nothing received from the hub yet")
    found.add_row("version", escape(told.meta.version))
    found.add_row("ready", "yes" if told.ready else "no")
    found.add_row("hub", "connected" if sync.connected else "not reached: the shop sells on")
    found.add_row("journal", f"epoch {sync.epoch}, {sync.acked_seq} of {sync.head_seq}")
    found.add_row("owed to the hub", f"{sync.debt.count} facts")
    return found
