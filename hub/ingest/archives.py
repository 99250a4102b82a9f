"""An exported journal brought in by hand: what a dead box still owed (sync reference §4).

Laws: nothing is written before signature, certificate, chain and tenant are found good; then the
facts go through the same intake as if the device had sent them, so that repeating changes nothing,
but what does not fit is not set aside: the file is refused, or comes in as a branch.
It does not matter whether the certificate expired since or the device was revoked: the key signed.
Nor that a restored hub has forgotten the device: its authority signed, and its facts name a store.
Memory holds one frame; what came is spooled to disk, bounded.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from random import Random
from tempfile import TemporaryFile
from typing import IO
from uuid import UUID

from msgspec import Raw, Struct

from hub.audit.models import Act
from hub.audit.service import AuditTrail
from hub.fleet.directory import DeviceDirectory
from hub.fleet.forgotten import ForgottenDevice, ForgottenDevices
from hub.ingest.admission import Admission
from hub.ingest.branches import Branches
from hub.ingest.broker import Inbound
from hub.ingest.inbox import DeviceRef, Quarantined
from hub.ingest.intake import Intake
from hub.ingest.postgres_inbox import PostgresInbox, PostgresInboxTransaction
from hub.ingest.postgres_sync import PostgresSync
from hub.kit.clock import Clock
from hub.kit.db import Database
from hub.kit.ids import IdSource
from hub.kit.permissions import Permission, Principal
from protocol.codec.archive import ArchiveHeader, ArchiveReader
from protocol.codec.certificates import DeviceCertificate, has_signed, read_issued
from protocol.codec.chain import genesis
from protocol.codec.facts import decode_envelope
from protocol.codec.frames import Batch, BatchBody, encode_batch
from protocol.codec.topics import DeviceTopics
from protocol.errors import NotFound, Refused, RemoteProtocolError, Unavailable
from protocol.session.hub import DeviceView

MOST_ARCHIVE_BYTES = 256 * 1024 * 1024
_PIECE_BYTES = 256 * 1024
_BATCHES_AT_ONCE = 16
# One of each tenant: who is slow waits for himself.
_IMPORTS_AT_ONCE = 4
_PIECE_S = 30.0
_DIFFERS = "journal-differs"


class Imported(Struct, frozen=True, kw_only=True):
    """What an archive held, and how many of its facts were new."""

    device_id: UUID
    first: int
    last: int
    new: int

    @property
    def known(self) -> int:
        """How many the hub had."""
        return self.last - self.first + 1 - self.new


class JournalArchives:
    """`bring` is safe to repeat. Without `ca_pem` the hub has no devices to bring anything."""

    def __init__(
        self,
        database: Database,
        *,
        fleet: DeviceDirectory,
        forgotten: ForgottenDevices,
        ca_pem: str | None,
        clock: Clock,
        ids: IdSource,
        trail: AuditTrail,
    ) -> None:
        self._database = database
        self._ca_pem = ca_pem
        self._clock = clock
        self._ids = ids
        self._trail = trail
        self._fleet = fleet
        self._forgotten = forgotten
        self._sync = PostgresSync()
        self._branches = Branches(database, clock=clock)
        self._importing = set[UUID]()

    async def bring(
        self, principal: Principal, device_id: UUID, pieces: AsyncIterator[bytes]
    ) -> Imported:
        """Check the archive, then take its facts in.

        Raises NotFound `unknown-device`; RemoteProtocolError `bad-archive`, `archive-truncated`,
        `archive-forged`, `foreign-certificate`; Refused `journal-gap`, `journal-differs`,
        `far-epoch`; Unavailable.
        """
        principal.require(Permission.FLEET_WRITE)
        device = await self._known(principal, device_id)
        with self._slot(principal.organization_id), TemporaryFile() as spool:
            reader = ArchiveReader()
            async for piece in _in_time(pieces):
                await asyncio.to_thread(_read_and_keep, reader, piece, spool)
            header, issued = self._checked(reader, device_id)
            if device is None:
                device = await self._enter(principal, issued, header=header, spool=spool)
            new = await self._take_or_graft(device, spool, epoch=header.epoch)
        found = Imported(device_id=device_id, first=header.first, last=header.last, new=new)
        await self._record(principal, found)
        return found

    @contextmanager
    def _slot(self, organization_id: UUID) -> Iterator[None]:
        if organization_id in self._importing or len(self._importing) >= _IMPORTS_AT_ONCE:
            raise Unavailable("busy", "Another journal is being imported; try again.")
        self._importing.add(organization_id)
        try:
            yield
        finally:
            self._importing.discard(organization_id)

    async def _known(self, principal: Principal, device_id: UUID) -> DeviceRef | None:
        """The tenant's device; None: nobody has such a device."""
        home = await self._fleet.find(device_id)
        if home is None:
            return None
        if home.organization_id != principal.organization_id:
            raise NotFound("unknown-device", "There is no such device.")
        return _admitted(principal, device_id, store_id=home.store_id)

    async def _enter(
        self,
        principal: Principal,
        issued: DeviceCertificate,
        *,
        header: ArchiveHeader,
        spool: IO[bytes],
    ) -> DeviceRef:
        """A device that the hub has forgotten, of the store that its facts name."""
        begun = next(batch for group in _groups(spool) for batch in group).header
        if begun.first > 1:
            raise _gap(1, begun.first - 1)
        store_id = await asyncio.to_thread(_store_named, spool)
        if store_id is None:
            raise NotFound("unknown-device", "There is no such device.")
        device = ForgottenDevice(
            issued=issued,
            certificate_pem=header.certificate_pem,
            store_id=store_id,
            first_epoch=begun.epoch,
            last_epoch=header.epoch,
        )
        async with self._database.tenant(principal.organization_id) as session:
            await self._forgotten.enter(session, principal, device)
        return _admitted(principal, issued.device_id, store_id=store_id)

    def _checked(
        self, reader: ArchiveReader, device_id: UUID
    ) -> tuple[ArchiveHeader, DeviceCertificate]:
        """The header and whose key signed it, once everything is found good."""
        if self._ca_pem is None:
            raise Unavailable("no-authority", "This hub has no device authority.")
        signature, header = reader.finish(), reader.header
        assert header is not None
        issued = read_issued(header.certificate_pem, ca_pem=self._ca_pem)
        if not device_id == header.device_id == issued.device_id:
            raise RemoteProtocolError("archive-forged", "This is another device's journal.")
        if not has_signed(issued.public_key, signature, digest=reader.digest):
            raise RemoteProtocolError("archive-forged", "Its signature is not the device's.")
        return header, issued

    async def _take_or_graft(self, device: DeviceRef, spool: IO[bytes], *, epoch: int) -> int:
        """As if the device had sent it, or as a branch of its own where the histories part."""
        try:
            return await self._take(device, spool, epoch=epoch)
        except Refused as refusal:
            if refusal.code != _DIFFERS:
                raise
        return await self._branches.graft(device, lambda: _groups(spool))

    async def _take(self, device: DeviceRef, spool: IO[bytes], *, epoch: int) -> int:
        """How many facts were new. `epoch`: the newest in the file."""
        view = await self._view(device)
        if not view.believes(epoch):
            raise Refused(
                "far-epoch",
                f"The file claims epoch {epoch}, and this device cannot have come so far: "
                "nothing of it was taken. Ask who had the card.",
            )
        intake = Intake(
            store=_TenantInbox(self._database, ids=self._ids),
            directory=_Only(device),
            admission=Admission(clock=self._clock, rng=Random(0)),  # noqa: S311 — never drawn from
            clock=self._clock,
        )
        reached = view.current.hwm
        for group in _groups(spool):
            known = [one for one in group if one.header.epoch < view.current.epoch]
            await self._compare(device, view, known)
            for one in group[len(known) :]:
                if one.header.first > reached + 1:
                    raise _gap(reached + 1, one.header.first - 1)
                # One by one: behind a frame that is not taken, the next would lie ahead of a gap.
                for reply in await intake.take([_message(one)]):
                    if reply.topic.endswith("/nak"):
                        raise _differs()
                reached = max(reached, one.header.last)
        return (await self._view(device)).current.hwm - view.current.hwm

    async def _view(self, device: DeviceRef) -> DeviceView:
        async with self._database.tenant(device.organization_id) as session:
            first = genesis(device.device_id)
            at = self._clock.now()
            await self._sync.ensure_device(session, device.device_id, first, at=at)
            return await self._sync.view(session, device.device_id)

    async def _compare(self, device: DeviceRef, view: DeviceView, known: Sequence[Batch]) -> None:
        """Facts of earlier epochs are here already, or these are not our histories."""
        places = {view.place(one.header.epoch, one.header.last): one.hashes[-1] for one in known}
        if not places:
            return
        async with self._database.tenant(device.organization_id) as session:
            held = await self._sync.hashes_at(session, device.device_id, list(places))
        if any(held.get(place) != digest for place, digest in places.items()):
            raise _differs()

    async def _record(self, principal: Principal, found: Imported) -> None:
        act = Act(
            actor_kind="user",
            actor_id=principal.user_id,
            action="journal.imported",
            subject_kind="device",
            subject_id=str(found.device_id),
            details={"from": found.first, "to": found.last, "new": found.new},
        )
        async with self._database.tenant(principal.organization_id) as session:
            await self._trail.record(session, act)


class _TenantInbox(PostgresInbox):
    """The inbox written as its tenant: the serving program has no role that sees all."""

    def __init__(self, database: Database, *, ids: IdSource) -> None:
        super().__init__(database, tenants=database, ids=ids)

    @asynccontextmanager
    async def transaction(
        self, devices: Sequence[DeviceRef]
    ) -> AsyncIterator[PostgresInboxTransaction]:
        (organization_id,) = {device.organization_id for device in devices}
        async with self._tenants.tenant(organization_id) as session:
            yield await self.begin(session, devices)

    async def quarantine(self, items: Sequence[Quarantined], *, at: datetime) -> None:
        """Nothing: a file that does not fit comes in as a branch, or stays with who brought it."""


class _Only:
    """A directory of one device."""

    def __init__(self, device: DeviceRef) -> None:
        self._device = device

    async def device(self, device_id: UUID) -> DeviceRef | None:
        """That one."""
        return self._device if device_id == self._device.device_id else None

    def owner(self, device_id: UUID) -> UUID:
        """The tenant, or the stranger itself."""
        own = device_id == self._device.device_id
        return self._device.organization_id if own else device_id


def _admitted(principal: Principal, device_id: UUID, *, store_id: UUID) -> DeviceRef:
    return DeviceRef(
        device_id=device_id,
        organization_id=principal.organization_id,
        store_id=store_id,
        active=True,  # The signature admits it, also after its revocation.
    )


def _store_named(spool: IO[bytes]) -> UUID | None:
    """The store of the first fact that can be read."""
    for group in _groups(spool):
        for raw in (raw for batch in group for raw in batch.facts):
            try:
                return decode_envelope(raw).store_id
            except RemoteProtocolError:
                continue
    return None


def _message(batch: Batch) -> Inbound:
    """As the device would have sent it."""
    header = batch.header
    payload = encode_batch(
        dev=header.dev,
        epoch=header.epoch,
        first=header.first,
        prev=header.prev,
        head=header.head,
        body=BatchBody(ev=[Raw(fact) for fact in batch.facts], keys=batch.keys),
    )
    return Inbound(DeviceTopics(header.dev).up("ev"), payload)


def _gap(first: int, last: int) -> Refused:
    return Refused(
        "journal-gap", f"The hub lacks facts {first} to {last}: export again with --all."
    )


def _differs() -> Refused:
    return Refused(
        _DIFFERS,
        "The hub holds another history of this device than the file: keep the file and the card.",
    )


async def _in_time(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Raises RemoteProtocolError `archive-truncated` when nothing comes for half a minute."""
    while True:
        try:
            async with asyncio.timeout(_PIECE_S):
                piece = await anext(pieces, None)
        except TimeoutError as error:
            raise RemoteProtocolError("archive-truncated", "The file stopped coming.") from error
        if piece is None:
            return
        yield piece


def _read_and_keep(reader: ArchiveReader, piece: bytes, spool: IO[bytes]) -> None:
    """In a thread. What is no archive is refused as soon as that shows."""
    for _ in reader.feed(piece):
        """Only checked."""
    spool.write(piece)


def _pieces(spool: IO[bytes]) -> Iterator[bytes]:
    spool.seek(0)
    while piece := spool.read(_PIECE_BYTES):
        yield piece


def _groups(spool: IO[bytes]) -> Iterator[list[Batch]]:
    """The batches again, some at a time; they were checked before."""
    reader, group = ArchiveReader(), list[Batch]()
    for piece in _pieces(spool):
        for batch in reader.feed(piece):
            group.append(batch)
            if len(group) == _BATCHES_AT_ONCE:
                yield group
                group = []
    if group:
        yield group
