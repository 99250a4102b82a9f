"""Which tax a line bears on a day: dated rates, the legal entity's regime, a customer's exemption.

The file's law: rates and regimes are dated rows that an accountant changes; a day without a row is
an error, never a guess. Exempt is not 0 %: it has a ground, and shows as what it is.
"""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import Struct

from protocol.checkout.basket import PPM, TaxTreatment
from protocol.errors import Malformed
from protocol.vocabulary.dated import in_force
from protocol.vocabulary.money import round_half_away

# réel: charges TVA and shows it. ifu (impôt forfaitaire unique): charges none, shows none.
RegimeKind = Literal["reel", "ifu"]


class RatePoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tax's rate from a day on. `exempt`: not taxed by law; the rate is 0 then."""

    valid_from: date
    rate_ppm: int
    exempt: bool = False


class RegimePoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A legal entity's regime from a day on. `verify`: to be confirmed by an accountant."""

    valid_from: date
    kind: RegimeKind
    verify: bool = False


class LineTax(Struct, frozen=True, kw_only=True):
    """What a line is charged; the rate is 0 unless it is "taxed"."""

    tax_id: str
    rate_ppm: int
    treatment: TaxTreatment


def regime_on(regimes: Sequence[RegimePoint], on: date) -> RegimeKind:
    """The regime of a day: "reel" where none is stated at all.

    Malformed `no-regime-on-day`: there are rows, but none for that day.
    """
    if not regimes:
        return "reel"
    found = in_force(regimes, on)
    if found is None:
        raise Malformed(
            "no-regime-on-day",
            "Have the office state the tax regime of that day.",
            fields={"regimes": f"none on {on}"},
        )
    return found.kind


def rate_on(schedule: Sequence[RatePoint], on: date, *, tax_id: str) -> RatePoint:
    """The rate of a day; Malformed `no-tax-rate-on-day`."""
    found = in_force(schedule, on)
    if found is None:
        raise Malformed(
            "no-tax-rate-on-day",
            "Have the office state this tax's rate of that day.",
            fields={"tax_id": f"{tax_id[:64]!r} has no rate on {on}"},
        )
    return found


def line_tax(
    tax_id: str,
    schedule: Sequence[RatePoint],
    *,
    on: date,
    regime: RegimeKind,
    exempt_customer: bool,
) -> LineTax:
    """What a line of that tax is charged on that day; Malformed as `rate_on`.

    Under "ifu" no tax exists, so that no rate is asked for.
    """
    if regime == "ifu":
        return LineTax(tax_id=tax_id, rate_ppm=0, treatment="outside")
    rate = rate_on(schedule, on, tax_id=tax_id)
    if rate.exempt or exempt_customer:
        return LineTax(tax_id=tax_id, rate_ppm=0, treatment="exempt")
    return LineTax(tax_id=tax_id, rate_ppm=rate.rate_ppm, treatment="taxed")


def without_tax(unit_price_minor: int, rate_ppm: int) -> int:
    """The price without the tax that it includes: what an exempt customer pays."""
    return unit_price_minor - round_half_away(unit_price_minor * rate_ppm, PPM + rate_ppm)
