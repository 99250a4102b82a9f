"""The hub's role: pure decisions over what the database holds of one device.

The hub keeps no session. A worker loads a `DeviceView`, asks one of these functions, writes what it
is told in one transaction and only then publishes the reply. Repeating any of it changes nothing
(promises B, C). Hashes the function needs are named first (`*_places`), loaded by the shell, and
passed in.
"""

from collections.abc import Mapping
from uuid import UUID

from msgspec import Struct

from protocol.codec.chain import link
from protocol.codec.frames import Batch, Header
from protocol.messages.sync import Ack, DeadFact, Hello, Nak, Probe, ProbeAnswer

# How far ahead of the contiguous prefix facts are kept for a device, and how many bytes of them,
# which are read again with each batch; what is beyond is not stored (G).
AHEAD_FACTS = 1600
AHEAD_BYTES = 8 * 1024 * 1024
# More answers than any question asks for are not looked at, and a device whose history has parted
# so often is no box any more: each look at it costs time that all tenants share (G).
MOST_ANSWERS = 64
MOST_EPOCHS = 1_000
# How far above the number that comes next a device's own epoch is believed: a hub back from a
# backup lacks a few, a salvaged box skips a thousand (docs/adr/0012). The numbers are the store's;
# the word of one box must not use them up.
MOST_AHEAD_EPOCHS = 100_000
_PROBE_POINTS = 16

Place = tuple[int, int]
"""Where a row lies at the hub: (epoch, seq)."""


class Epoch(Struct, frozen=True, kw_only=True):
    """One line of a device's history: it continues `parent` after `base` and reaches `hwm`."""

    epoch: int
    parent: int
    base: int
    base_hash: bytes
    hwm: int
    hash: bytes


class DeviceView(Struct, frozen=True, kw_only=True):
    """What the hub durably knows of a device: its epochs, oldest first; the last one is current.

    `taken`: the highest epoch of the other devices that write receipts for the same registers.
    """

    device_id: UUID
    epochs: tuple[Epoch, ...]
    taken: int = 0

    @property
    def current(self) -> Epoch:
        """The epoch that facts are taken under."""
        return self.epochs[-1]

    @property
    def next_epoch(self) -> int:
        """A number that no receipt of these registers bears yet, as far as the hub knows."""
        return max(self.current.epoch, self.taken) + 1

    def believes(self, epoch: int) -> bool:
        """Whether a device can have come to this epoch."""
        return epoch <= self.next_epoch + MOST_AHEAD_EPOCHS

    def line(self, epoch: int) -> Epoch:
        """The named epoch, or the current one when the hub never issued it (it was restored)."""
        return next((e for e in self.epochs if e.epoch == epoch), self.current)

    def issued(self, device: Hello | ProbeAnswer) -> bool:
        """Whether the device is on a line that this hub knows. A hub that was restored may have
        given its epoch's number to another line since."""
        line = self.line(device.epoch)
        told = (device.base, device.base_hash) if device.base_hash else (line.base, line.base_hash)
        return (device.epoch, *told) == (line.epoch, line.base, line.base_hash)

    def line_of(self, device: Hello | ProbeAnswer) -> Epoch:
        """The device's line, or the current one when it is on none that this hub knows."""
        return self.line(device.epoch) if self.issued(device) else self.current

    def place(self, epoch: int, seq: int) -> Place:
        """Which row holds `seq` on the history that ends in `epoch`."""
        lines = {line.epoch: line for line in self.epochs}
        line = lines.get(epoch, self.current)
        while seq <= line.base and line.parent:
            line = lines.get(line.parent, self.current)
        return line.epoch, seq


class Welcomed(Struct, frozen=True):
    """The device and the hub agree on this epoch; tell it where the hub stands."""

    epoch: Epoch


class EpochIssued(Struct, frozen=True):
    """Write this epoch, then welcome the device under it."""

    epoch: Epoch


class Taken(Struct, frozen=True, kw_only=True):
    """What to do with a batch: rows for the inbox, rows to keep ahead of a gap, the reply.

    `inbox` rows continue the prefix; `used` of the ahead rows moved into it; `dropped` ones never
    fitted. `quarantine` names why the frame's bytes must be kept aside, or is None.
    """

    epoch: Epoch
    reply: Ack | Nak
    inbox: tuple["Row", ...] = ()
    ahead: tuple["Row", ...] = ()
    used: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    quarantine: str | None = None


class Row(Struct, frozen=True, kw_only=True):
    """A slot of the inbox. `dead` names why its bytes can never be read; None for a fact."""

    seq: int
    raw: bytes
    hash: bytes
    dead: str | None = None


class Limits(Struct, frozen=True, kw_only=True):
    """What goes into every reply: the credit the device gets and the hub's clock."""

    credit: int
    hub_time_ms: int


def hello_places(view: DeviceView, hello: Hello) -> list[Place]:
    """The rows whose hashes `answer_hello` compares."""
    line = view.line_of(hello)
    seqs = {hello.acked, hello.head}
    return [view.place(line.epoch, seq) for seq in seqs if 0 < seq <= line.hwm]


def answer_hello(
    view: DeviceView, hello: Hello, hashes: Mapping[Place, bytes]
) -> Welcomed | EpochIssued | Probe | Nak:
    """Agree, or ask where the histories part (sync reference §3, hello/welcome).

    A hello never makes an epoch: it may be old. Only the answer to a question does.
    """
    if not view.believes(hello.epoch):
        return _disbelieve(view, boot=hello.boot)
    seen = {hello.acked: hello.acked_hash, hello.head: hello.head_hash}
    if hello.epoch < view.current.epoch and _unused_child(view, hello.epoch, hello.head):
        return Welcomed(view.current)
    return _compare(view, hello, seen=seen, hashes=hashes, lo=0, differs=None, may_issue=False)


def probe_places(view: DeviceView, answer: ProbeAnswer) -> list[Place]:
    """The rows whose hashes `answer_probe` compares."""
    line = view.line_of(answer)
    return [view.place(line.epoch, seq) for seq in _answered(answer) if 0 < seq <= line.hwm]


def answer_probe(
    view: DeviceView, answer: ProbeAnswer, hashes: Mapping[Place, bytes]
) -> Welcomed | EpochIssued | Probe | Nak:
    """Narrow the range in which the histories part, until it is one seq wide.

    An answer to a question asked before the hub moved on says nothing: the device is told anew
    where the hub stands and will object again if it must.
    """
    if not view.believes(answer.epoch) or len(view.epochs) >= MOST_EPOCHS:
        return _disbelieve(view)
    if (answer.at_epoch, answer.at_hwm) != (view.current.epoch, view.current.hwm):
        return Welcomed(view.current)
    return _compare(
        view,
        answer,
        seen=_answered(answer),
        hashes=hashes,
        lo=max(0, answer.lo),
        differs=answer.hi or None,
        may_issue=True,
    )


def take_batch(
    view: DeviceView,
    batch: Batch,
    *,
    held: Mapping[int, bytes],
    ahead: tuple[Row, ...],
    limits: Limits,
) -> Taken:
    """A decoded batch whose own chain is sound.

    `held`: hashes the inbox already has for seqs of this batch under this epoch. `ahead`: rows
    kept beyond the prefix, rising.
    """
    epoch, header = view.current, batch.header
    if header.epoch != epoch.epoch or header.first <= epoch.base:
        return _refuse(epoch, "epoch")
    rows = [
        Row(seq=header.first + i, raw=raw, hash=batch.hashes[i])
        for i, raw in enumerate(batch.facts)
    ]
    if any(held.get(row.seq, row.hash) != row.hash for row in rows):
        return _refuse(epoch, "fork", quarantine="fork")
    if header.first > epoch.hwm + 1:
        return _keep_ahead(epoch, rows, ahead=ahead, limits=limits)
    fresh = [row for row in rows if row.seq > epoch.hwm]
    if not fresh:
        return Taken(epoch=epoch, reply=_ack(epoch, ahead, limits=limits))
    overlap = len(rows) - len(fresh)
    if (rows[overlap - 1].hash if overlap else header.prev) != epoch.hash:
        return _refuse(epoch, "fork", quarantine="fork")
    return _extend(epoch, fresh, ahead=ahead, limits=limits)


def bury(
    view: DeviceView,
    header: Header,
    body: bytes,
    *,
    code: str,
    ahead: tuple[Row, ...],
    limits: Limits,
) -> Taken:
    """A frame whose body cannot be read: several facts are asked for singly, one alone is buried.

    The slot keeps the bytes as received; the chain goes on from the hash the header names (I).
    """
    epoch = view.current
    if header.epoch != epoch.epoch or header.first <= epoch.base:
        return _refuse(epoch, "epoch")
    if code == "bad-hash":
        return _refuse(epoch, "bad_hash", quarantine="bad-hash")
    if header.first <= epoch.hwm:
        return Taken(epoch=epoch, reply=_ack(epoch, ahead, limits=limits))
    if header.first != header.last:
        return _refuse(epoch, "bad_batch", ranges=[(header.first, header.last)])
    if header.first != epoch.hwm + 1:
        return _refuse(epoch, "gap", ranges=[(epoch.hwm + 1, header.first - 1)])
    if header.prev != epoch.hash:
        return _refuse(epoch, "fork", quarantine="fork")
    buried = Row(seq=header.first, raw=body, hash=header.head, dead=code)
    return _extend(epoch, [buried], ahead=ahead, limits=limits)


def _answered(answer: ProbeAnswer) -> dict[int, bytes]:
    return dict(answer.hashes[:MOST_ANSWERS])


def _disbelieve(view: DeviceView, *, boot: str = "") -> Nak:
    now = view.current
    return Nak(epoch=now.epoch, code="far_epoch", hwm=now.hwm, boot=boot)


def _ask(view: DeviceView, epoch: int, *, lo: int, differs: int | None, seqs: list[int]) -> Probe:
    now = view.current
    return Probe(epoch=epoch, lo=lo, hi=differs or 0, seqs=seqs, at_epoch=now.epoch, at_hwm=now.hwm)


def _unused_child(view: DeviceView, parent: int, head: int) -> bool:
    """The device has not yet heard of the epoch issued to it, and nobody else uses it.

    An epoch that the hub never issued but that is lower than the current one was overtaken when
    the hub came back from a backup: the current one was issued to answer it.
    """
    epoch = view.current
    answers_it = epoch.parent == parent or all(e.epoch != parent for e in view.epochs)
    return answers_it and epoch.hwm == epoch.base <= head


def _compare(
    view: DeviceView,
    device: Hello | ProbeAnswer,
    *,
    seen: Mapping[int, bytes],
    hashes: Mapping[Place, bytes],
    lo: int,
    differs: int | None,
    may_issue: bool,
) -> Welcomed | EpochIssued | Probe:
    """The histories agree at `lo` and differ at `differs`, if they are known to."""
    epoch, line = device.epoch, view.line_of(device)
    top = min(device.head, line.hwm)
    hi = min(top + 1, differs or top + 1)
    for seq in sorted(seen):
        place = view.place(line.epoch, seq)
        if lo < seq < hi and place in hashes:
            if hashes[place] == seen[seq]:
                lo = seq
            else:
                hi = differs = seq
    on_current = view.issued(device) and line is view.current
    if differs is None and on_current and line.hwm <= device.head:
        return Welcomed(view.current)
    if hi - lo > 1:
        step = max(1, (hi - lo) // (_PROBE_POINTS + 1))
        points = [*range(hi - 1, lo, -step)][:_PROBE_POINTS]
        return _ask(view, epoch, lo=lo, differs=differs, seqs=sorted({*points, lo + 1}))
    base_hash = hashes.get(view.place(line.epoch, lo)) if lo else view.epochs[0].base_hash
    if base_hash is None or not may_issue:
        return _ask(view, epoch, lo=lo, differs=differs, seqs=[lo])
    number = max(epoch + 1, view.next_epoch)
    return EpochIssued(
        Epoch(epoch=number, parent=line.epoch, base=lo, base_hash=base_hash, hwm=lo, hash=base_hash)
    )


def _keep_ahead(epoch: Epoch, rows: list[Row], *, ahead: tuple[Row, ...], limits: Limits) -> Taken:
    gap = [(epoch.hwm + 1, rows[0].seq - 1)]
    if rows[-1].seq > epoch.hwm + AHEAD_FACTS:
        return _refuse(epoch, "gap", ranges=gap)
    known = {row.seq for row in ahead}
    fresh = tuple(row for row in rows if row.seq not in known)
    if sum(len(row.raw) for row in (*ahead, *fresh)) > AHEAD_BYTES:
        return _refuse(epoch, "gap", ranges=gap)
    kept = tuple(sorted((*ahead, *fresh), key=lambda row: row.seq))
    return Taken(epoch=epoch, reply=_ack(epoch, kept, limits=limits), ahead=fresh)


def _extend(epoch: Epoch, fresh: list[Row], *, ahead: tuple[Row, ...], limits: Limits) -> Taken:
    """Join the fresh rows to the prefix, then every row kept ahead that now fits exactly."""
    inbox, used, dropped = list(fresh), list[int](), list[int]()
    for row in ahead:
        last = inbox[-1]
        if row.seq <= last.seq:
            dropped.append(row.seq)
        elif row.seq == last.seq + 1:
            if link(last.hash, epoch=epoch.epoch, seq=row.seq, raw=row.raw) == row.hash:
                inbox.append(row)
                used.append(row.seq)
            else:
                dropped.append(row.seq)
    moved = Epoch(
        epoch=epoch.epoch,
        parent=epoch.parent,
        base=epoch.base,
        base_hash=epoch.base_hash,
        hwm=inbox[-1].seq,
        hash=inbox[-1].hash,
    )
    rest = tuple(row for row in ahead if row.seq > moved.hwm and row.seq not in dropped)
    dead = [DeadFact(seq=row.seq, code=row.dead) for row in inbox if row.dead]
    return Taken(
        epoch=moved,
        reply=_ack(moved, rest, limits=limits, dead=dead),
        inbox=tuple(inbox),
        used=tuple(used),
        dropped=tuple(dropped),
    )


def _ack(
    epoch: Epoch,
    ahead: tuple[Row, ...],
    *,
    limits: Limits,
    dead: list[DeadFact] | None = None,
) -> Ack:
    ranges: list[tuple[int, int]] = []
    for row in ahead:
        if ranges and ranges[-1][1] == row.seq - 1:
            ranges[-1] = (ranges[-1][0], row.seq)
        else:
            ranges.append((row.seq, row.seq))
    return Ack(
        epoch=epoch.epoch,
        hwm=epoch.hwm,
        hash=epoch.hash,
        credit=limits.credit,
        hub_time_ms=limits.hub_time_ms,
        sack=ranges,
        dead=dead or [],
    )


def _refuse(
    epoch: Epoch,
    code: str,
    *,
    ranges: list[tuple[int, int]] | None = None,
    quarantine: str | None = None,
) -> Taken:
    nak = Nak(epoch=epoch.epoch, code=code, hwm=epoch.hwm, ranges=ranges or [])
    return Taken(epoch=epoch, reply=nak, quarantine=quarantine)
