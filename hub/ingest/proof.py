"""Proves the hub's copy of a tenant's journals: chain, order, contents, and the books against them.

Reads alone, as role `app`, a page per transaction: whatever comes in meanwhile is left for the next
time. Memory holds one page and what `proof_rules` remembers.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from uuid import UUID

from msgspec import Struct, field

from hub.fleet.models import DeviceKey
from hub.fleet.service import Fleet
from hub.ingest import proof_repository as repository
from hub.ingest.proof_repository import JournalRow, ProvedDevice
from hub.ingest.proof_rules import (
    BOOKS_DIFFER,
    FORK_DIFFERS,
    NOT_BOOKED,
    OTHER_CONTENT,
    ChainProof,
    Effect,
    FactsProof,
    Finding,
    Place,
    ReadFact,
    read_aside,
)
from hub.ingest.rules import RECEIVED
from hub.kit.db import Database, TenantSession
from hub.sales.projection import SalesTotals
from hub.tills.booked import BookedZReports
from hub.tills.perpetual_rules import signature_difference, signer
from protocol.codec.chain import genesis
from protocol.codec.facts import decode_fact
from protocol.errors import RemoteProtocolError
from protocol.messages.facts import Fact
from protocol.messages.invoice import InvoiceIssued
from protocol.messages.ticket import ReturnFinalised, SaleFinalised
from protocol.messages.till import ShiftClosed
from protocol.session.hub import DeviceView, Epoch

MOST_FINDINGS = 1_000

OnRead = Callable[[int], None]
"""Told how many rows more were read."""


class DeviceProof(Struct, kw_only=True):
    """What was looked at in one device's journal, and what does not hold.

    `repeated`: facts sent again that took effect elsewhere. `pending`: not in the books yet.
    `unchecked`: signatures of keys that the hub does not keep. `more`: findings beyond the first
    1,000.
    """

    device_id: UUID
    store_id: UUID
    store: str
    name: str
    rows: int = 0
    tickets: int = 0
    z_reports: int = 0
    invoices: int = 0
    repeated: int = 0
    pending: int = 0
    unchecked: int = 0
    more: int = 0
    findings: list[Finding] = field(default_factory=list)

    def note(self, found: Iterator[Finding] | Sequence[Finding]) -> None:
        """Keep them, as far as there is room."""
        for one in found:
            if len(self.findings) < MOST_FINDINGS:
                self.findings.append(one)
            else:
                self.more += 1


class JournalProofs:
    """Proves one device after the other; those of one store know of each other's registers."""

    def __init__(self, database: Database, *, fleet: Fleet) -> None:
        self._database = database
        self._fleet = fleet
        self._sales = SalesTotals()
        self._z_reports = BookedZReports()

    async def devices(
        self, organization_id: UUID, *, store: str | None = None, device_id: UUID | None = None
    ) -> list[tuple[ProvedDevice, int]]:
        """Which journals there are, with their rows. `store`: an id or a code."""
        async with self._database.tenant(organization_id) as session:
            found = await repository.devices(session, store=store, device_id=device_id)
            lines = [await repository.lines(session, each.device_id) for each in found]
        return [
            (device, sum(line.hwm - line.base for line in own))
            for device, own in zip(found, lines, strict=True)
        ]

    async def prove(
        self,
        organization_id: UUID,
        device: ProvedDevice,
        facts: FactsProof,
        *,
        on_read: OnRead,
    ) -> DeviceProof:
        """Read the whole journal. `facts`: of the store, the boxes before this one included."""
        proof = DeviceProof(
            device_id=device.device_id,
            store_id=device.store_id,
            store=device.store_name,
            name=device.name,
        )
        async with self._database.tenant(organization_id) as session:
            lines = await repository.lines(session, device.device_id)
            keys = await self._fleet.keys_of(session, device.device_id)
        reading = _Reading(device=device, lines=lines, keys=keys, facts=facts, proof=proof)
        held: dict[Place, bytes] = {}
        for line in lines:
            proof.note(reading.base(line, held))
            chain = ChainProof(line)
            after = line.base
            while True:
                async with self._database.tenant(organization_id) as session:
                    rows = await repository.page(session, device.device_id, line, after=after)
                    if rows:
                        await self._page(session, reading, line, chain=chain, rows=rows)
                if not rows:
                    break
                held |= {
                    place: row.hash
                    for row in rows
                    if (place := (line.epoch, row.seq)) in reading.forks
                }
                after = rows[-1].seq
                on_read(len(rows))
            proof.note(chain.end())
        return proof

    async def _page(
        self,
        session: TenantSession,
        reading: "_Reading",
        line: Epoch,
        *,
        chain: ChainProof,
        rows: Sequence[JournalRow],
    ) -> None:
        proof, read = reading.proof, list[tuple[JournalRow, Fact | None, bytes]]()
        for row in rows:
            before = chain.hash
            proof.note(chain.row(row.seq, row.raw, row.hash))
            read.append((row, _decoded(row), before))
        proof.rows += len(rows)
        ids = [fact.envelope.id for _, fact, _ in read if fact is not None]
        effects = await repository.effects(session, ids)
        booked = await self._booked(session, effects)
        for row, fact, before in read:
            proof.note(reading.row(line, row, fact, before=before, effects=effects))
            if fact is not None and (effect := effects.get(fact.envelope.id)):
                proof.note(reading.books(line, row, fact, effect=effect, booked=booked))

    async def _booked(self, session: TenantSession, effects: dict[UUID, Effect]) -> dict[UUID, int]:
        places = [(effect.business_date, fact_id) for fact_id, effect in effects.items()]
        if not places:
            return {}
        payable = await self._sales.payable_of(session, places)
        return payable | await self._z_reports.net_of(session, list(effects))


class _Reading:
    """One device's journal as it is read."""

    def __init__(
        self,
        *,
        device: ProvedDevice,
        lines: Sequence[Epoch],
        keys: Sequence[DeviceKey],
        facts: FactsProof,
        proof: DeviceProof,
    ) -> None:
        self._device = device
        self._view = DeviceView(device_id=device.device_id, epochs=tuple(lines))
        self._keys = keys
        self._facts = facts
        self._only_line = len(lines) == 1
        self.proof = proof
        self.forks = {self._view.place(each.parent, each.base) for each in lines if each.base}

    def base(self, line: Epoch, held: dict[Place, bytes]) -> Iterator[Finding]:
        """Whether the epoch goes on from where it says. `held`: the hashes at the forks."""
        place = self._view.place(line.parent, line.base) if line.base else (line.epoch, 0)
        expected = held.get(place) if line.base else genesis(self._device.device_id)
        if expected != line.base_hash:
            yield Finding(
                code=FORK_DIFFERS,
                epoch=line.epoch,
                seq=line.base,
                subject="base_hash",
                expected=expected.hex() if expected else None,
                found=line.base_hash.hex(),
            )

    def row(
        self,
        line: Epoch,
        row: JournalRow,
        fact: Fact | None,
        *,
        before: bytes,
        effects: dict[UUID, Effect],
    ) -> Iterator[Finding]:
        """What one row says, after its chain was looked at."""
        place = (line.epoch, row.seq)
        if row.state != RECEIVED or fact is None:
            yield read_aside(place, reason=row.reason or "undecodable")
            return
        effect = effects.get(fact.envelope.id)
        if effect is None:
            if place <= self._device.done:
                yield self._finding(NOT_BOOKED, place, fact)
            else:
                self.proof.pending += 1
        elif (effect.device_id, effect.place) != (self._device.device_id, place):
            self.proof.repeated += 1
            if effect.content_hash != sha256(row.raw).digest():
                yield self._finding(OTHER_CONTENT, place, fact)
        else:
            if effect.content_hash != sha256(row.raw).digest():
                yield self._finding(OTHER_CONTENT, place, fact)
            read = ReadFact(
                place=place,
                fact=fact,
                business_date=effect.business_date,
                before=before,
                only_line=self._only_line,
            )
            yield from self._facts.fact(read)
            yield from self._signed(place, row, fact)

    def books(
        self,
        line: Epoch,
        row: JournalRow,
        fact: Fact,
        *,
        effect: Effect,
        booked: dict[UUID, int],
    ) -> Iterator[Finding]:
        """Whether the books hold the fact's figure."""
        place = (line.epoch, row.seq)
        if (effect.device_id, effect.place) != (self._device.device_id, place):
            return
        body, found = fact.body, booked.get(fact.envelope.id)
        if isinstance(body, SaleFinalised | ReturnFinalised):
            self.proof.tickets += 1
            expected = body.totals.payable_minor
        elif isinstance(body, ShiftClosed):
            self.proof.z_reports += 1
            expected = body.net_minor
        elif isinstance(body, InvoiceIssued):
            self.proof.invoices += 1
            expected = body.payable_minor
        else:
            return
        if found != expected:
            yield Finding(
                code=BOOKS_DIFFER,
                epoch=line.epoch,
                seq=row.seq,
                subject="amount_minor",
                expected=str(expected),
                found=None if found is None else str(found),
                fact_id=fact.envelope.id,
            )

    def _signed(self, place: Place, row: JournalRow, fact: Fact) -> Iterator[Finding]:
        z = fact.body
        if not isinstance(z, ShiftClosed):
            return
        # Certificates are kept for a year: what an older key signed cannot be looked at any more.
        oldest = min((key.issued_at for key in self._keys), default=None)
        if z.signature and (oldest is None or fact.envelope.at < oldest):
            self.proof.unchecked += 1
            return
        serial = signer(row.raw, self._keys)
        odd = signature_difference(z, self._keys, serial=serial)
        if odd is not None:
            yield self._finding(odd.code, place, fact)

    def _finding(self, code: str, place: Place, fact: Fact) -> Finding:
        epoch, seq = place
        return Finding(code=code, epoch=epoch, seq=seq, fact_id=fact.envelope.id)


def _decoded(row: JournalRow) -> Fact | None:
    try:
        return decode_fact(row.raw)
    except RemoteProtocolError:
        return None
