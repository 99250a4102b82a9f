"""What tablets were answered, what the hub published, and which losses a physical loss explains."""

from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from hub.ingest.rules import fact_id_of
from tests.simulation.box import Box
from tests.simulation.postgres.store import Group, Key, Overlay, Store


class Ledger:
    """`answered`: sale → the box that answered. `built`: sale → hashes of every fact made of it."""

    def __init__(self) -> None:
        self.answered: dict[UUID, str] = {}
        self.built: dict[UUID, set[bytes]] = {}
        self.poisoned: dict[UUID, str] = {}
        self.excused: set[UUID] = set()
        self.orphaned: set[UUID] = set()
        self.published: dict[tuple[UUID, str], dict[int, list[Mapping[str, bytes]]]] = {}
        self._gone_from_disks: set[UUID] = set()

    def note_built(self, fact_id: UUID, raw: bytes) -> None:
        """An agent made these bytes of the sale; not necessarily for good."""
        self.built.setdefault(fact_id, set()).add(sha256(raw).digest())

    def note_commit(self, hub: Store, overlay: Overlay) -> None:
        """What the hub publishes. Restored, it may give other content later."""
        for (table, group), rows in overlay.items():
            for key in rows if table == "collection_head" else ():
                self._note_head(hub, group, key)

    def _note_head(self, hub: Store, group: Group, key: Key) -> None:
        (organization_id, store_id), (collection,) = group, key
        version, rows = collection_of(hub, organization_id, store_id, collection=collection)
        states = self.published.setdefault((store_id, collection), {}).setdefault(version, [])
        if rows not in states:
            states.append(rows)

    def note_disk_replaced(self, before: set[UUID], after: set[UUID], *, hub: Store) -> None:
        """A physical loss: what was on the disk alone cannot come back, and nothing else is
        excused by it."""
        self._gone_from_disks |= before - after
        self.note_hub_restored(hub)

    def note_hub_restored(self, hub: Store) -> None:
        """What neither the hub nor any disk holds any more. Of what came ahead of a gap the hub has
        the bytes alone, since nobody can tell any more what lay in the gap: they are kept aside."""
        if self._gone_from_disks:
            kept = facts_in_inbox(hub)
            self.excused |= self._gone_from_disks - kept
            self.orphaned = (self._gone_from_disks & facts_in_inbox(hub, ahead=True)) - kept


def collection_of(
    hub: Store, organization_id: UUID, store_id: UUID, *, collection: str
) -> tuple[int, dict[str, bytes]]:
    """The newest version and its rows."""
    head = hub.group("collection_head", (organization_id, store_id)).get((collection,))
    rows = hub.group("collection_row", (organization_id, store_id, collection))
    found = {key: row["payload"] for (key,), row in rows.items() if row["payload"] is not None}
    return (0 if head is None else int(head["version"])), found


def facts_on(box: Box) -> set[UUID]:
    """The ids of the facts in a box's journal."""
    rows = box.disk.connection.execute("SELECT fact_id FROM journal")
    return {UUID(fact_id) for (fact_id,) in rows}


def facts_in_inbox(hub: Store, *, ahead: bool = False) -> set[UUID]:
    """The ids of all facts that the hub durably holds; or of those kept ahead of a gap."""
    found = set()
    for (tenant, device_id), rows in hub.groups("inbox").items():
        now = hub.group("device_sync", (tenant,))[(device_id,)]
        for place, row in rows.items():
            beyond = place[0] == now["epoch"] and place[1] > now["hwm"]
            fact_id = fact_id_of(row["bytes"])
            if fact_id is not None and beyond == ahead:
                found.add(fact_id)
    return found
