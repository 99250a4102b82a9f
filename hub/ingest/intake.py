"""Batches of facts into the inbox: many devices, one commit, and only then the acks (DESIGN §2).

Law: nothing is acknowledged that is not committed. When the database cannot serve, nothing is
answered and the devices repeat themselves.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from hub.ingest.admission import CREDIT, Admission
from hub.ingest.broker import Inbound, Outbound
from hub.ingest.histories import ORPHANED
from hub.ingest.inbox import DeviceDirectory, DeviceRef, InboxMove, InboxStore, Quarantined
from hub.ingest.rules import fact_id_of, keys_beside
from hub.kit.clock import Clock
from protocol.codec import topics
from protocol.codec.control import encode_control
from protocol.codec.frames import Batch, Header, open_body, split_frame
from protocol.errors import RemoteProtocolError
from protocol.messages.sync import Ack, DeadFact, Nak
from protocol.session.hub import DeviceView, Epoch, Limits, Row, Taken, bury, take_batch

_REVOKED = "revoked-device"


class Frame(Struct, frozen=True, kw_only=True):
    """A batch as far as it could be read. `bad` names why its body could not."""

    device: DeviceRef
    header: Header
    body: bytes
    payload: bytes
    batch: Batch | None
    bad: str | None


class Opened(Struct, frozen=True, kw_only=True):
    """What came of reading messages: frames to take, bytes to keep aside, refusals to publish."""

    frames: list[Frame]
    quarantined: list[Quarantined]
    refusals: list[Outbound]


class Intake:
    """`take` is safe to repeat and to run in several workers at once."""

    def __init__(
        self,
        *,
        store: InboxStore,
        directory: DeviceDirectory,
        admission: Admission,
        clock: Clock,
    ) -> None:
        self._store = store
        self._directory = directory
        self._admission = admission
        self._clock = clock
        self.dropped: dict[str, int] = {}

    def drop(self, code: str, *, count: int = 1) -> None:
        """Messages were forgotten; `code` is one of ours, hence few."""
        self.dropped[code] = self.dropped.get(code, 0) + count

    async def keep_aside(self, device: DeviceRef, code: str, message: Inbound) -> None:
        """Keep a message that is no batch and cannot be used, its topic before its bytes."""
        raw = message.topic.encode() + b"\n" + message.payload
        item = Quarantined(device=device, reason=code, bytes=raw)
        await self._store.quarantine([item], at=self._clock.now())

    async def take(self, messages: Sequence[Inbound]) -> list[Outbound]:
        """Commit what these messages bring; the replies to publish now.

        Raises Unavailable when the database cannot serve: then nothing happened.
        """
        opened = await self._open(messages)
        replies = list(opened.refusals)
        quarantined = list(opened.quarantined)
        if opened.frames:
            acks, forked = await self._commit(opened.frames)
            replies += acks
            quarantined += forked
        if quarantined:
            await self._store.quarantine(quarantined, at=self._clock.now())
        return replies

    async def _open(self, messages: Sequence[Inbound]) -> Opened:
        opened = Opened(frames=[], quarantined=[], refusals=[])
        for message in messages:
            topic = topics.parse(message.topic)
            device = await self._directory.device(topic.device_id)
            if device is None:
                self.drop("unknown-device")
                continue
            if not device.active:
                opened.quarantined.append(_from_revoked(device, message.payload))
                continue
            if topic.channel == "bk" and not self._admission.admits(device):
                self.drop("not-admitted")
                opened.refusals.append(_busy(device))
                continue
            try:
                opened.frames.append(_read(device, message.payload))
            except RemoteProtocolError as error:
                opened.quarantined.append(
                    Quarantined(device=device, reason=error.code, bytes=message.payload)
                )
            if topic.channel == "ev":
                self._admission.live(device)
        return opened

    async def _commit(self, frames: list[Frame]) -> tuple[list[Outbound], list[Quarantined]]:
        devices = {frame.device.device_id: frame.device for frame in frames}
        limits = Limits(credit=CREDIT, hub_time_ms=int(self._clock.now().timestamp() * 1000))
        async with self._store.transaction(list(devices.values())) as inbox:
            batches = [(f.device, f.header.epoch, f.header.first, f.header.last) for f in frames]
            held = await inbox.hashes_held(batches)
            tables = {
                device_id: _Table(
                    device_id,
                    epoch,
                    ahead=await inbox.ahead(devices[device_id], epoch),
                    held=held[device_id],
                )
                for device_id, epoch in inbox.current.items()
            }
            quarantined = []
            for frame in frames:
                table = tables.get(frame.device.device_id)
                if table is None:
                    continue  # Never said hello: the answer to its hello will make the row.
                reason = table.take(frame, limits)
                quarantined += table.take_orphans(frame.device)
                if reason is not None:
                    quarantined.append(
                        Quarantined(
                            device=frame.device,
                            epoch=frame.header.epoch,
                            first=frame.header.first,
                            last=frame.header.last,
                            reason=reason,
                            bytes=frame.payload,
                        )
                    )
            moves = [
                table.move(devices[device_id])
                for device_id, table in tables.items()
                if table.changed
            ]
            if moves:
                await inbox.write(moves, at=self._clock.now())
        return [reply for table in tables.values() for reply in table.replies()], quarantined


class _Table:
    """One device's part of a commit, in memory: what it would be after each frame."""

    def __init__(
        self, device_id: UUID, epoch: Epoch, *, ahead: tuple[Row, ...], held: dict[int, bytes]
    ) -> None:
        self._device_id = device_id
        self._epoch = epoch
        self._ahead = {row.seq: row for row in ahead}
        self._stored_ahead = {row.seq: row.hash for row in ahead}
        # What lies ahead of a gap is not proven yet: it must not contradict what is.
        self._held = {seq: digest for seq, digest in held.items() if seq <= epoch.hwm}
        self._fresh: dict[int, Row] = {}
        self._dropped: set[int] = set()
        self._orphans: list[Row] = []
        self._keys: dict[int, dict[str, bytes]] = {}
        self._answers: list[Outbound] = []
        self._ack: Ack | None = None
        self.changed = False

    def take(self, frame: Frame, limits: Limits) -> str | None:
        """Decide on one frame; the reason to quarantine its bytes, if there is one."""
        view = DeviceView(device_id=self._device_id, epochs=(self._epoch,))
        ahead = tuple(self._ahead[seq] for seq in sorted(self._ahead))
        if frame.batch is None:
            assert frame.bad is not None
            taken = bury(view, frame.header, frame.body, code=frame.bad, ahead=ahead, limits=limits)
        else:
            taken = take_batch(view, frame.batch, held=self._held, ahead=ahead, limits=limits)
        self._apply(taken, frame)
        return taken.quarantine

    def take_orphans(self, device: DeviceRef) -> list[Quarantined]:
        """Once, what had come ahead of a gap and belongs to another history than what filled it:
        the box that wrote it may have lost it since, and then these are its only bytes."""
        orphans, self._orphans = self._orphans, []
        return [
            Quarantined(
                device=device,
                epoch=self._epoch.epoch,
                first=row.seq,
                last=row.seq,
                reason=ORPHANED,
                bytes=row.raw,
                fact_id=fact_id_of(row.raw),
            )
            for row in orphans
        ]

    def move(self, device: DeviceRef) -> InboxMove:
        """What to write."""
        return InboxMove(
            device=device,
            epoch=self._epoch,
            rows=[self._fresh[seq] for seq in sorted(self._fresh)],
            dropped=sorted(self._dropped),
            keys=self._keys,
        )

    def replies(self) -> list[Outbound]:
        """Every refusal, and the last ack: it says all that the earlier ones said."""
        if self._ack is None:
            return self._answers
        topic = topics.DeviceTopics(self._device_id).down("ack")
        return [*self._answers, Outbound(topic, encode_control(self._ack))]

    def _apply(self, taken: Taken, frame: Frame) -> None:
        self._epoch = taken.epoch
        self.changed |= bool(taken.inbox or taken.ahead or taken.dropped)
        settled = {row.seq: row.raw for row in taken.inbox}
        for seq in taken.dropped:
            if settled.get(seq) != self._ahead[seq].raw:
                self._orphans.append(self._ahead[seq])
        for seq in (*taken.used, *taken.dropped):
            del self._ahead[seq]
        for seq in taken.dropped:
            self._forget(seq)
        for row in taken.inbox:
            self._held[row.seq] = row.hash
            self._store(row)
        for row in taken.ahead:
            self._ahead[row.seq] = row
            self._store(row)
        if frame.batch is not None and frame.batch.keys:
            self._keep_keys(taken.inbox + taken.ahead, frame.batch.keys)
        if isinstance(taken.reply, Ack):
            dead = [*(self._ack.dead if self._ack else []), *taken.reply.dead]
            self._ack = _with_dead(taken.reply, dead)
        else:
            topic = topics.DeviceTopics(self._device_id).down("nak")
            self._answers.append(Outbound(topic, encode_control(taken.reply)))

    def _store(self, row: Row) -> None:
        if self._stored_ahead.get(row.seq) != row.hash or row.seq in self._dropped:
            self._fresh[row.seq] = row

    def _forget(self, seq: int) -> None:
        self._fresh.pop(seq, None)
        if seq in self._stored_ahead:
            self._dropped.add(seq)

    def _keep_keys(self, rows: tuple[Row, ...], keys: dict[str, bytes]) -> None:
        """Lay each person's key beside the facts that name the person, unread as they are."""
        for row in rows:
            if named := keys_beside(row.raw, keys):
                self._keys[row.seq] = named


def _with_dead(ack: Ack, dead: list[DeadFact]) -> Ack:
    return Ack(
        epoch=ack.epoch,
        hwm=ack.hwm,
        hash=ack.hash,
        credit=ack.credit,
        hub_time_ms=ack.hub_time_ms,
        sack=ack.sack,
        dead=dead,
    )


def _busy(device: DeviceRef) -> Outbound:
    """Come again later; it says nothing of where the hub stands, which was not looked up."""
    nak = Nak(epoch=0, code="busy", hwm=0)
    return Outbound(topics.DeviceTopics(device.device_id).down("nak"), encode_control(nak))


def _read(device: DeviceRef, payload: bytes) -> Frame:
    header, body = split_frame(payload, dev=device.device_id)
    try:
        batch, bad = open_body(header, body), None
    except RemoteProtocolError as error:
        batch, bad = None, error.code
    return Frame(device=device, header=header, body=body, payload=payload, batch=batch, bad=bad)


def _from_revoked(device: DeviceRef, payload: bytes) -> Quarantined:
    """Facts of a device that may only drain: kept up to its share, neither taken nor answered."""
    try:
        header, _ = split_frame(payload, dev=device.device_id)
    except RemoteProtocolError:
        return Quarantined(device=device, reason=_REVOKED, bytes=payload)
    return Quarantined(
        device=device,
        reason=_REVOKED,
        bytes=payload,
        epoch=header.epoch,
        first=header.first,
        last=header.last,
    )
