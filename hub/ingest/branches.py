"""The tail of a history that parted, brought in from a file: a copied card's, a replaced box's.

The tail gets an epoch of its own that begins where the histories part, and the device's own line
goes on in the one after it. Both in one transaction that holds the device, so that a box that
speaks meanwhile finds either nothing of it or all of it, and re-chains nothing but its own tail.
Facts that took effect before do so no second time.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from msgspec.structs import replace

from hub.ingest import repository
from hub.ingest.inbox import DeviceRef, InboxMove
from hub.ingest.postgres_inbox import PostgresInbox
from hub.ingest.postgres_sync import PostgresSync
from hub.ingest.rules import keys_beside
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from protocol.codec.chain import genesis, links
from protocol.codec.facts import decode_envelope
from protocol.codec.frames import Batch
from protocol.errors import Refused, RemoteProtocolError
from protocol.session.hub import DeviceView, Epoch, Row

Groups = Callable[[], Iterator[list[Batch]]]
"""The file's batches from the beginning, some at a time."""


class _Parting(NamedTuple):
    """Where the file leaves the hub's histories: after `seq`, which lies in `epoch`."""

    epoch: int
    seq: int
    hash: bytes


class Branches:
    """`graft` is safe to repeat."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._sync = PostgresSync()

    async def graft(self, device: DeviceRef, groups: Groups) -> int:
        """Take in what follows the last fact that the hub has too; how many had no effect yet.

        Raises Refused `journal-differs` when the file does not begin at anything the hub holds.
        """
        async with self._database.tenant(device.organization_id) as session:
            view = await self._sync.view(session, device.device_id)
            parting = await self._parting(session, view, groups())
            new = 0
            for _, facts, _ in _after(parting.seq, groups()):
                new += await _without_effect(session, facts)
            if new:
                await self._write(session, device, view, parting=parting, groups=groups)
        return new

    async def _parting(
        self, session: TenantSession, view: DeviceView, groups: Iterator[list[Batch]]
    ) -> _Parting:
        parting: _Parting | None = None
        for batch in (each for group in groups for each in group):
            if parting is None:
                parting = await self._begins(session, view, batch)
            places = {
                view.place(batch.header.epoch, batch.header.first + index): digest
                for index, digest in enumerate(batch.hashes)
            }
            held = await self._sync.hashes_at(session, view.device_id, list(places))
            for place, digest in places.items():
                if held.get(place) != digest:
                    return parting
                parting = _Parting(*place, digest)
        assert parting is not None, "an archive holds a batch"
        return parting

    async def _begins(self, session: TenantSession, view: DeviceView, first: Batch) -> _Parting:
        """What the file's first fact follows."""
        before = first.header.first - 1
        place = view.place(first.header.epoch, before)
        held = await self._sync.hashes_at(session, view.device_id, [place])
        known = held.get(place) if before else genesis(view.device_id)
        if known != first.header.prev:
            raise Refused(
                "journal-differs",
                "This file follows nothing that the hub holds: export again with --all.",
            )
        return _Parting(*place, first.header.prev)

    async def _write(
        self,
        session: TenantSession,
        device: DeviceRef,
        view: DeviceView,
        *,
        parting: _Parting,
        groups: Groups,
    ) -> None:
        at, main = self._clock.now(), view.current
        branch = Epoch(
            epoch=view.next_epoch,
            parent=parting.epoch,
            base=parting.seq,
            base_hash=parting.hash,
            hwm=parting.seq,
            hash=parting.hash,
        )
        await self._sync.issue_epoch(session, view, branch, at=at)
        inbox = await PostgresInbox.begin(session, [device])
        for first, facts, keys in _after(parting.seq, groups()):
            move = _extended(device, branch, first=first, facts=facts, keys=keys)
            await inbox.write([move], at=at)
            branch = move.epoch
        grown = replace(view, epochs=(*view.epochs, branch))
        goes_on = Epoch(
            epoch=grown.next_epoch,
            parent=main.epoch,
            base=main.hwm,
            base_hash=main.hash,
            hwm=main.hwm,
            hash=main.hash,
        )
        await self._sync.issue_epoch(session, grown, goes_on, at=at)


def _after(
    seq: int, groups: Iterator[list[Batch]]
) -> Iterator[tuple[int, list[bytes], dict[str, bytes]]]:
    """The file's facts after `seq`, batch by batch: where each begins, and the people's keys."""
    for batch in (each for group in groups for each in group):
        known = max(0, seq + 1 - batch.header.first)
        if facts := batch.facts[known:]:
            yield batch.header.first + known, facts, batch.keys


def _extended(
    device: DeviceRef,
    branch: Epoch,
    *,
    first: int,
    facts: Sequence[bytes],
    keys: dict[str, bytes],
) -> InboxMove:
    hashes = links(branch.hash, epoch=branch.epoch, first_seq=first, raws=list(facts))
    rows = [Row(seq=first + index, raw=raw, hash=hashes[index]) for index, raw in enumerate(facts)]
    named = {row.seq: keys_beside(row.raw, keys) for row in rows}
    return InboxMove(
        device=device,
        epoch=Epoch(
            epoch=branch.epoch,
            parent=branch.parent,
            base=branch.base,
            base_hash=branch.base_hash,
            hwm=rows[-1].seq,
            hash=rows[-1].hash,
        ),
        rows=rows,
        dropped=[],
        keys=named,
    )


async def _without_effect(session: TenantSession, facts: Sequence[bytes]) -> int:
    """How many of these facts are not in the books; one that cannot be read never is."""
    ids = {}
    for raw in facts:
        try:
            ids[decode_envelope(raw).id] = sha256(raw).digest()
        except RemoteProtocolError:
            continue
    known = await repository.content_hashes(session, list(ids)) if ids else {}
    return len(facts) - sum(known.get(fact_id) == digest for fact_id, digest in ids.items())
