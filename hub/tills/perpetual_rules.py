"""What a Z proves of those before it: numbers, perpetual totals, addenda, and whose it is.

The file's law: totals are held against what the Zs before say, never set right.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from hub.tills.rules import Difference, Figure
from protocol.codec.signatures import z_is_signed_by
from protocol.errors import RemoteProtocolError
from protocol.messages.till import Addenda, Perpetual, ShiftClosed

PERPETUAL_BREAKS = "z-perpetual-breaks"
NUMBER_GAP = "z-number-gap"
ADDENDA_DIFFER = "z-addenda-differ"
UNSIGNED = "z-unsigned"
SIGNATURE_WRONG = "z-signature-wrong"

_YEARS = 50

AddendaSums = tuple[int, int, int, int]
"""(sales count, their payable, returns count, their payable)."""


class SigningKey(Protocol):
    """A key that the hub certified for the device. `public_key`: DER."""

    @property
    def serial(self) -> str: ...
    @property
    def public_key(self) -> bytes: ...


class ZBefore(Struct, frozen=True, kw_only=True):
    """What the register's Zs before this one say: the newest number; the newest totals in the same
    currency, and the newest of them in the same year."""

    z_number: int | None = None
    last: Perpetual | None = None
    of_year: Perpetual | None = None


class Standings:
    """What the Zs so far say, by register, for whoever reads a journal from its beginning.

    Holds a register's newest totals of its last `_YEARS` years and currencies.
    """

    def __init__(self) -> None:
        self._numbers: dict[UUID, int] = {}
        self._totals: dict[UUID, dict[tuple[str, int], Perpetual]] = {}

    def knows(self, register_id: UUID) -> bool:
        """Whether a Z of the register was read."""
        return register_id in self._numbers

    def before(self, register_id: UUID, z: ShiftClosed) -> ZBefore:
        """What this Z goes on from."""
        totals = self._totals.get(register_id, {})
        own = [each for (currency, _), each in totals.items() if currency == z.currency]
        year = z.perpetual.year if z.perpetual else 0
        return ZBefore(
            z_number=self._numbers.get(register_id),
            last=own[-1] if own else None,
            of_year=totals.get((z.currency, year)),
        )

    def follow(self, register_id: UUID, z: ShiftClosed) -> None:
        """This Z was read."""
        self._numbers[register_id] = z.z_number
        if z.perpetual is None:
            return
        totals = self._totals.setdefault(register_id, {})
        # The newest stands last, also in a year that there was before.
        totals.pop((z.currency, z.perpetual.year), None)
        totals[z.currency, z.perpetual.year] = z.perpetual
        while len(totals) > _YEARS:
            totals.pop(next(iter(totals)))


def perpetual_differences(z: ShiftClosed, before: ZBefore) -> list[Difference]:
    """Where number and totals do not go on from the Zs before; nothing for agents without totals.

    Duty of addenda stands in no Z, and their year neither: there the totals may lie in a range.
    """
    found = z.perpetual
    if found is None:
        return []
    odds = [] if _follows(z, before) else [_gap(z, before)]
    return [*odds, *(_break(figure) for figure in _total_figures(z, found, before))]


def addenda_differences(
    z: ShiftClosed, *, told: Mapping[int, AddendaSums], held: Mapping[int, AddendaSums]
) -> list[Difference]:
    """Where what this Z and those before told of late tickets is not what is held of them.

    `told`: by the number of the Z that they came too late for, this one's included.
    """
    none = (0, 0, 0, 0)
    names = ("sales_count", "sales_minor", "returns_count", "returns_minor")
    return [
        Difference(ADDENDA_DIFFER, f"addenda.{number}.{name}", str(expected), str(said))
        for number in sorted({each.z_number for each in z.addenda})
        for name, expected, said in zip(
            names, held.get(number, none), told.get(number, none), strict=True
        )
        if expected != said
    ]


def added(told: Iterable[Addenda]) -> dict[int, AddendaSums]:
    """Sums by the number of the Z that the tickets came too late for."""
    sums: dict[int, AddendaSums] = {}
    for each in told:
        one, two, three, four = sums.get(each.z_number, (0, 0, 0, 0))
        sums[each.z_number] = (
            one + each.sales_count,
            two + each.sales_minor,
            three + each.returns_count,
            four + each.returns_minor,
        )
    return sums


def signer(raw: bytes, keys: Sequence[SigningKey]) -> str | None:
    """The serial number of the certificate whose key signed these bytes; None: none of these."""
    for key in keys:
        try:
            if z_is_signed_by(raw, public_key=key.public_key):
                return key.serial
        except RemoteProtocolError:
            return None
    return None


def signature_difference(
    z: ShiftClosed, keys: Sequence[SigningKey], *, serial: str | None
) -> Difference | None:
    """What is wrong with the signature; None also where the hub knows no key of the device.

    `serial`: of the key that signed, as `signer` found it.
    """
    if serial is not None or not keys or z.perpetual is None:
        return None
    known = ", ".join(key.serial for key in keys)
    if z.signature:
        return Difference(SIGNATURE_WRONG, "signature", known, "another key, or other bytes")
    return Difference(UNSIGNED, "signature", known, "")


def _follows(z: ShiftClosed, before: ZBefore) -> bool:
    return z.z_number == (before.z_number or 0) + 1


def _gap(z: ShiftClosed, before: ZBefore) -> Difference:
    return Difference(NUMBER_GAP, "z_number", str((before.z_number or 0) + 1), str(z.z_number))


def _break(figure: Figure) -> Difference:
    subject, expected, found = figure
    return Difference(PERPETUAL_BREAKS, subject, str(expected), str(found))


def _total_figures(z: ShiftClosed, found: Perpetual, before: ZBefore) -> Iterator[Figure]:
    """Those that are not what they should be."""
    late = added(z.addenda).values()
    sales, returns = sum(each[1] for each in late), sum(each[3] for each in late)
    last, of_year = before.last, _of(found.year, before.of_year)
    exact = (
        ("sales_minor", z.gross_minor + sales),
        ("returns_minor", z.returns_minor + returns),
        ("sales_count", z.sales_count + sum(each[0] for each in late)),
        ("returns_count", z.returns_count + sum(each[2] for each in late)),
    )
    for name, more in exact:
        expected = (getattr(last, name) if last else 0) + more
        if expected != getattr(found, name):
            yield f"perpetual.{name}", expected, getattr(found, name)
    ranged = (
        ("duty_minor", last, z.duty_minor, None if late else 0),
        ("year_sales_minor", of_year, z.gross_minor, sales),
        ("year_returns_minor", of_year, z.returns_minor, returns),
    )
    for name, earlier, own, most in ranged:
        least = (getattr(earlier, name) if earlier else 0) + own
        said = getattr(found, name)
        if said < least or (most is not None and said > least + most):
            yield f"perpetual.{name}", least, said


def _of(year: int | None, perpetual: Perpetual | None) -> Perpetual | None:
    return perpetual if perpetual is not None and perpetual.year == year else None
