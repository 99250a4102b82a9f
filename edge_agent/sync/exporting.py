"""Writes the journal, or what the hub does not hold of it, as an archive (protocol.codec.archive).

Law: memory holds one frame. The chain is checked before anything is written: where it breaks the
archive ends, and says so, rather than carry to the hub what the device did not write.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from msgspec import Raw, Struct

from edge_agent.journal.reading import HeldFact, JournalFile
from protocol.codec.archive import ArchiveHeader, ArchiveWriter
from protocol.codec.chain import link
from protocol.codec.frames import MAX_BATCH_BYTES, MAX_BATCH_FACTS, BatchBody, encode_batch
from protocol.errors import Refused

PersonKeys = Callable[[sqlite3.Connection, Sequence[bytes]], dict[int, dict[str, bytes]]]


class ExportParts(Struct, frozen=True, kw_only=True):
    """`sign`: SHA-256 digest → signature by the key of `certificate_pem`."""

    journal: JournalFile
    person_keys: PersonKeys
    certificate_pem: str
    sign: Callable[[bytes], bytes]
    created_at: datetime


class Span(Struct, frozen=True, kw_only=True):
    """What an archive holds. `broken_at`: the seq at which the journal is damaged, or None."""

    epoch: int
    first: int
    last: int
    prev_hash: bytes
    head_hash: bytes
    broken_at: int | None

    @property
    def count(self) -> int:
        """How many facts."""
        return self.last - self.first + 1


def span(journal: JournalFile, *, everything: bool) -> Span:
    """What there is to export: what the hub has not acknowledged, or all that is held."""
    state = journal.state()
    first = state.acked_seq + 1
    if everything:
        first = journal.first_held() or first
    previous = journal.hash_at(first - 1)
    rows = journal.facts(first=first)
    if previous is None:  # Its forerunner was pruned: the first row held can only be believed.
        row = next(rows)
        first, previous = row.seq + 1, row.hash
    last, head, epoch, broken_at = first - 1, previous, state.epoch, None
    for row in rows:
        expected = link(head, epoch=row.epoch, seq=row.seq, raw=row.raw)
        if row.seq != last + 1 or row.hash != expected:
            broken_at = last + 1
            break
        last, head, epoch = row.seq, row.hash, row.epoch
    return Span(
        epoch=epoch, first=first, last=last, prev_hash=previous, head_hash=head, broken_at=broken_at
    )


def write_archive(
    parts: ExportParts, found: Span, out: BinaryIO, *, on_progress: Callable[[int], None]
) -> None:
    """Write the facts of a span; `on_progress` is told how many more were written.

    Raises Refused `nothing-to-export`.
    """
    if not found.count:
        raise Refused("nothing-to-export", "The hub holds every fact of this journal.")
    device_id = parts.journal.state().device_id
    archive = ArchiveWriter()
    header = ArchiveHeader(
        device_id=device_id,
        epoch=found.epoch,
        first=found.first,
        last=found.last,
        prev_hash=found.prev_hash,
        head_hash=found.head_hash,
        certificate_pem=parts.certificate_pem,
        created_at=parts.created_at,
    )
    out.write(archive.begin(header))
    previous = found.prev_hash
    for group in _groups(parts.journal.facts(first=found.first), last=found.last):
        raws = [row.raw for row in group]
        keys: dict[str, bytes] = {}
        for own in parts.person_keys(parts.journal.connection, raws).values():
            keys.update(own)
        frame = encode_batch(
            dev=device_id,
            epoch=group[0].epoch,
            first=group[0].seq,
            prev=previous,
            head=group[-1].hash,
            body=BatchBody(ev=[Raw(raw) for raw in raws], keys=keys),
        )
        out.write(archive.frame(frame))
        previous = group[-1].hash
        on_progress(len(group))
    out.write(archive.end(parts.sign(archive.digest)))


def _groups(rows: Iterable[HeldFact], *, last: int) -> Iterator[list[HeldFact]]:
    """Runs of one epoch that fit into a frame."""
    group: list[HeldFact] = []
    size = 0
    for row in rows:
        if row.seq > last:
            break
        full = len(group) == MAX_BATCH_FACTS or size + len(row.raw) > MAX_BATCH_BYTES
        if group and (full or row.epoch != group[0].epoch):
            yield group
            group, size = [], 0
        group.append(row)
        size += len(row.raw)
    if group:
        yield group
