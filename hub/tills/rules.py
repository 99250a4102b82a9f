"""What a Z proves: counts and sums against the tickets held, so that a missing one shows.

The file's law: the Z stands as written; where it and the tickets disagree, both sides are named.
"""

from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar
from uuid import UUID

from msgspec import Struct

from protocol.messages.till import MOST_SUMS, OTHERS, CashCount, ShiftClosed, TaxSum

TaxKey = tuple[str, int, str]
"""(tax id, rate, treatment)."""

TOTALS_DIFFER = "z-differs-from-tickets"
CASH_DIFFERS = "z-cash-does-not-add-up"
SHIFT_NOT_OPEN = "z-shift-not-open"
_Key = TypeVar("_Key", str, TaxKey)
_Sums = tuple[int, ...]

Figure = tuple[str, int, int]
"""(subject, expected, found)."""


class TaxOfTickets(Protocol):
    """One tax over the tickets of a shift, returns subtracted. `count`: tickets that bore it."""

    @property
    def base_minor(self) -> int: ...
    @property
    def tax_minor(self) -> int: ...
    @property
    def count(self) -> int: ...


class TicketTotals(Protocol):
    """What the tickets held of a shift come to; amounts are minor units, returns subtracted.

    `tenders`: kind → (how often, net amount). `taxes`: by (tax_id, rate, treatment).
    """

    @property
    def sales_count(self) -> int: ...
    @property
    def returns_count(self) -> int: ...
    @property
    def gross_minor(self) -> int: ...
    @property
    def returns_minor(self) -> int: ...
    @property
    def tenders(self) -> Mapping[str, tuple[int, int]]: ...
    @property
    def taxes(self) -> Mapping[TaxKey, TaxOfTickets]: ...
    @property
    def duty_minor(self) -> int: ...
    @property
    def duty_count(self) -> int: ...


class ShiftHeld(Struct, frozen=True, kw_only=True):
    """A shift as the hub knew it before a Z."""

    store_id: UUID
    status: str


class Difference(Struct, frozen=True):
    """`found` is what the Z says, `expected` what the tickets do."""

    code: str
    subject: str
    expected: str
    found: str


def shift_not_open(held: ShiftHeld | None, *, store_id: UUID) -> Difference | None:
    """Why this store's Z cannot be held against the shift's tickets; None when it can.

    A shift is summed up once, by its first Z: summing is as long as the shift, and a Z is sent in a
    moment (promise I). None held: its opening is parked, or lost with its ticket roll.
    """
    if held is None or (held.store_id == store_id and held.status == "open"):
        return None
    found = held.status if held.store_id == store_id else "of another store"
    return Difference(SHIFT_NOT_OPEN, "shift", "open", found)


def ticket_differences(z: ShiftClosed, held: TicketTotals) -> list[Difference]:
    """Every figure in which the Z and the tickets disagree."""
    figures: list[Figure] = [
        ("sales_count", held.sales_count, z.sales_count),
        ("returns_count", held.returns_count, z.returns_count),
        ("gross_minor", held.gross_minor, z.gross_minor),
        ("returns_minor", held.returns_minor, z.returns_minor),
        ("net_minor", held.gross_minor - held.returns_minor, z.net_minor),
        *_tender_figures(z, held),
        *_tax_figures(z, held),
    ]
    if z.perpetual is not None:  # An agent before this told neither of duty nor of counts.
        figures += [
            ("duty_minor", held.duty_minor, z.duty_minor),
            ("duty_count", held.duty_count, z.duty_count),
        ]
    return [_named(TOTALS_DIFFER, figure) for figure in figures if figure[1] != figure[2]]


def _tender_figures(z: ShiftClosed, held: TicketTotals) -> Iterator[Figure]:
    named = {tender.kind: (tender.count, tender.amount_minor) for tender in z.tenders}
    held_sums = _summed_alike(held.tenders, named, others=OTHERS)
    for kind in sorted(named.keys() | held_sums.keys()):
        expected, found = held_sums.get(kind, (0, 0)), named.get(kind, (0, 0))
        yield f"tenders.{kind}.count", expected[0], found[0]
        yield f"tenders.{kind}.amount_minor", expected[1], found[1]


def _tax_figures(z: ShiftClosed, held: TicketTotals) -> Iterator[Figure]:
    names = ("base_minor", "tax_minor", *(("count",) if z.perpetual is not None else ()))
    named, booked = (
        {key: tuple(getattr(tax, name) for name in names) for key, tax in taxes.items()}
        for taxes in ({_tax_key(tax): tax for tax in z.taxes}, held.taxes)
    )
    held_sums = _summed_alike(booked, named, others=(OTHERS, 0, "taxed"))
    none = (0,) * len(names)
    for key in sorted(named.keys() | held_sums.keys()):
        tax_id, rate_ppm, treatment = key
        path = f"taxes.{tax_id}@{rate_ppm}" + ("" if treatment == "taxed" else f".{treatment}")
        sums = zip(names, held_sums.get(key, none), named.get(key, none), strict=True)
        for name, expected, found in sums:
            yield f"{path}.{name}", expected, found


def _tax_key(tax: TaxSum) -> TaxKey:
    return tax.tax_id, tax.rate_ppm, tax.treatment


def _summed_alike(
    held: Mapping[_Key, _Sums], named: Mapping[_Key, _Sums], *, others: _Key
) -> Mapping[_Key, _Sums]:
    """What is held, summed under `others` as a Z does that has too many to name (MOST_SUMS)."""
    if len(named) < MOST_SUMS or others not in named:
        return held
    beyond = [sums for key, sums in held.items() if key == others or key not in named]
    own = {key: sums for key, sums in held.items() if key != others and key in named}
    return {**own, others: tuple(map(sum, zip(*beyond, strict=True))) or (0,) * len(named[others])}


def cash_differences(cash: CashCount) -> list[Difference]:
    """Every figure of the drawer that the Z's own figures do not give."""
    came = cash.float_minor + cash.sales_minor + cash.paid_in_minor + cash.loan_minor
    went = cash.returns_minor + cash.paid_out_minor + cash.pickup_minor
    over = cash.counted_minor - cash.expected_minor
    figures: list[Figure] = [
        ("cash.expected_minor", came - went, cash.expected_minor),
        ("cash.over_short_minor", over, cash.over_short_minor),
    ]
    return [_named(CASH_DIFFERS, figure) for figure in figures if figure[1] != figure[2]]


def _named(code: str, figure: Figure) -> Difference:
    subject, expected, found = figure
    return Difference(code, subject, str(expected), str(found))
