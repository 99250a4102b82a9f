"""A journal is read by itself: its chain, its series, its Zs against the tickets before them."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from hub.ingest import proof_rules
from hub.ingest.proof_rules import ChainProof, FactsProof, Finding, ReadFact
from protocol.codec.chain import genesis, links
from protocol.codec.facts import decode_fact, encode_fact
from protocol.messages.facts import Body
from protocol.messages.ticket import SaleFinalised
from protocol.messages.till import ShiftClosed
from protocol.session.hub import Epoch
from tests.fakes.shop_facts import ShiftFacts, ShopFacts

DEVICE, STORE = UUID(int=1), UUID(int=2)
ON = date(2026, 11, 20)
RAWS = [b"%d" % number for number in range(9)]
HASHES = links(genesis(DEVICE), epoch=1, first_seq=1, raws=RAWS)
LINE = Epoch(epoch=1, parent=0, base=0, base_hash=genesis(DEVICE), hwm=9, hash=HASHES[-1])


def proved(rows: Sequence[tuple[int, bytes, bytes]], line: Epoch = LINE) -> list[tuple[str, int]]:
    chain = ChainProof(line)
    found = [one for row in rows for one in chain.row(*row)]
    return [(one.code, one.seq) for one in (*found, *chain.end())]


def rows() -> list[tuple[int, bytes, bytes]]:
    return list(zip(range(1, 10), RAWS, HASHES, strict=True))


@given(seq=st.integers(1, 9), part=st.sampled_from(["raw", "hash"]))
def test_a_change_is_found_where_it_is(seq: int, part: str) -> None:
    changed = rows()
    _, raw, kept = changed[seq - 1]
    changed[seq - 1] = (seq, raw + b"!", kept) if part == "raw" else (seq, raw, b"x" * 32)
    found = proved(changed)
    assert found[0] == ("journal-hash-breaks", seq)
    # What follows a changed hash breaks too: it was linked to the right one.
    after = [("journal-hash-breaks", seq + 1)] if seq < 9 else [("journal-end-differs", 9)]
    assert found[1:] == ([] if part == "raw" else after)


@given(gone=st.sets(st.integers(1, 9), min_size=1))
def test_every_gap_is_found_once(gone: set[int]) -> None:
    left = [row for row in rows() if row[0] not in gone]
    starts = [seq for seq in sorted(gone) if seq - 1 not in gone]
    assert proved(left) == [("journal-gap", seq) for seq in starts]


def test_a_whole_line_is_silent_and_ends_where_it_was_said_to() -> None:
    assert proved(rows()) == []
    assert proved([], msgspec.structs.replace(LINE, hwm=0, hash=genesis(DEVICE))) == []
    assert proved(rows(), msgspec.structs.replace(LINE, hash=b"y" * 32)) == [
        ("journal-end-differs", 9)
    ]


def read(raws: Sequence[bytes]) -> Iterator[ReadFact]:
    before = genesis(DEVICE)
    for seq, raw in enumerate(raws, start=1):
        yield ReadFact(
            place=(1, seq), fact=decode_fact(raw), business_date=ON, before=before, only_line=True
        )
        (before,) = links(before, epoch=1, first_seq=seq, raws=[raw])


def findings(raws: Sequence[bytes], proof: FactsProof | None = None) -> list[Finding]:
    proof = proof or FactsProof()
    return [one for each in read(raws) for one in proof.fact(each)]


def again(raw: bytes, **changes: object) -> bytes:
    """The fact with another body."""
    fact = decode_fact(raw)
    body: Body = msgspec.structs.replace(fact.body, **changes)
    envelope = fact.envelope
    return encode_fact(
        id=envelope.id,
        at=envelope.at,
        store_id=envelope.store_id,
        body=body,
        register_id=envelope.register_id,
        shift_id=envelope.shift_id,
        business_date=envelope.business_date,
    )


@given(seed=st.integers(0, 200), tickets=st.integers(0, 40))
def test_honest_days_are_silent(seed: int, tickets: int) -> None:
    shop = ShopFacts(seed=seed, store_id=STORE, products=5)
    assert findings([*shop.day(tickets), *shop.day(3)]) == []


def test_what_is_missing_shows_in_series_and_z() -> None:
    day = ShopFacts(seed=5, store_id=STORE).day(20)
    found = findings([raw for place, raw in enumerate(day) if place != 4])
    assert (found[0].code, found[0].expected, found[0].found) == ("receipt-number-gap", "4", "5")
    assert {one.code for one in found[1:]} == {"z-differs-from-tickets"}
    twice = findings([*day[:5], day[4]])
    assert [(one.code, one.expected, one.found) for one in twice] == [
        ("receipt-number-gap", "5", "4")
    ]


def test_wrong_figures_second_zs_and_foreign_chains_are_named() -> None:
    day = ShopFacts(seed=6, store_id=STORE).day(6)
    sale = decode_fact(day[1]).body
    assert isinstance(sale, SaleFinalised)
    wrong = msgspec.structs.replace(sale.totals, change_minor=sale.totals.change_minor + 1)
    codes = {one.code for one in findings([day[0], again(day[1], totals=wrong)])}
    assert codes == {"figure-differs"}
    assert [one.code for one in findings([*day, day[-1]])] == ["z-shift-not-open"]
    chained = again(day[-1], chain_hash=b"c" * 32)
    assert [one.code for one in findings([*day[:-1], chained])] == ["z-chain-differs"]
    last = [one.before for one in read(day)][-1]
    assert findings([*day[:-1], again(day[-1], chain_hash=last)]) == []


def test_invoices_are_gapless_in_their_series() -> None:
    shop = ShopFacts(seed=7, store_id=STORE)
    papers = [shop.invoice(shop.new_id(), on=ON, number=number) for number in (1, 2, 4, 4)]
    found = findings(papers)
    assert [(one.code, one.seq) for one in found] == [
        ("invoice-number-gap", 3),
        ("invoice-number-twice", 4),
    ]
    assert findings(papers[1:2], FactsProof(whole=False)) == []


def test_a_part_of_a_store_takes_its_first_numbers_as_they_are() -> None:
    day = ShopFacts(seed=8, store_id=STORE).day(10)
    later = [day[0], *day[5:8]]
    assert [one.code for one in findings(later)] == ["receipt-number-gap"]
    assert findings(later, FactsProof(whole=False)) == []


def test_memory_is_bounded_and_what_was_forgotten_is_not_held_against_a_z() -> None:
    shop = ShopFacts(seed=9, store_id=STORE)
    shifts = [ShiftFacts(shop, ON) for _ in range(proof_rules.MOST_SHIFTS + 1)]
    sold = [shift.sale(lines=1) for shift in shifts]
    proof = FactsProof()
    closed = shifts[0].closed()
    assert isinstance(decode_fact(closed).body, ShiftClosed)
    assert findings([*sold, closed], proof) == []
    assert findings([shifts[-1].closed()], proof) == []
