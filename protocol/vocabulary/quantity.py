"""Quantities: exact decimals whose finest step belongs to the unit.

The file's law: a quantity is plain decimal text or a Decimal, never a float and never in exponent
notation; what comes out is canonical (no trailing zeros, no "-0"), so that equal quantities are
written alike. Trailing zeros coming in are free: databases add them.
"""

import re
from decimal import Decimal

from protocol.errors import Malformed

# Online Retail holds an order of 74,215 pieces; a tanker of petrol is 4 × 10⁷ g.
MAX_QUANTITY = 10**9

UNIT_SCALES: dict[str, int] = {
    "piece": 0,
    "kg": 3,
    "g": 0,
    "l": 3,
    "cl": 0,
    "ml": 0,
    "m": 2,
    "cm": 0,
    "m2": 2,
    "hour": 2,
}

_QUANTITY = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")


def unit_scale(unit: str) -> int:
    """How many decimals a quantity of this unit may have; Malformed `unknown-unit`."""
    scale = UNIT_SCALES.get(unit)
    if scale is None:
        raise Malformed(
            "unknown-unit",
            f"Use one of the units {', '.join(UNIT_SCALES)}.",
            fields={"unit": f"{unit[:16]!r} is not a unit"},
        )
    return scale


def parse_quantity(quantity: str | Decimal, unit: str) -> Decimal:
    """The canonical quantity, signed. Malformed:

    `unknown-unit`; `quantity-not-a-number` (NaN, infinity, exponents, other notations);
    `quantity-too-fine` (half a piece, a tenth of a gram); `quantity-too-large` (beyond ±10⁹).
    """
    scale = unit_scale(unit)
    text = quantity if isinstance(quantity, str) else str(quantity)
    if _QUANTITY.fullmatch(text) is None:
        raise Malformed("quantity-not-a-number", "Write the quantity like 3 or 0.250.")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > scale:
        raise Malformed("quantity-too-fine", f"A quantity in {unit} has at most {scale} decimals.")
    value = Decimal(f"{whole}.{fraction}" if fraction else whole)
    if abs(value) > MAX_QUANTITY:
        raise Malformed("quantity-too-large", f"Keep quantities within ±{MAX_QUANTITY}.")
    return value or Decimal(0)  # no -0


def format_quantity(quantity: Decimal) -> str:
    """The canonical text of a quantity: plain digits, no exponent, no trailing zeros."""
    text = f"{quantity:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
