"""Money: exact integers of a currency's minor unit, never a float (promise M).

The file's law: one rounding, half away from zero, done once, on exact integers. Sums of different
currencies do not exist; the currency travels beside the amount.
"""

from collections.abc import Sequence
from decimal import Decimal

from protocol.errors import Malformed

MAX_AMOUNT_MINOR = 10**12

# Bounds the big integers an absurd Decimal ("1e999999") would turn into; see quantity.py.
_MAX_DECIMAL_EXPONENT = 32


def checked(amount_minor: int) -> int:
    """The amount itself, if |amount| ≤ MAX_AMOUNT_MINOR; else Malformed `amount-too-large`."""
    if abs(amount_minor) > MAX_AMOUNT_MINOR:
        raise Malformed(
            "amount-too-large",
            f"Keep every amount within ±{MAX_AMOUNT_MINOR} minor units.",
        )
    return amount_minor


def round_half_away(numerator: int, denominator: int) -> int:
    """numerator ÷ denominator to the nearest integer, halves away from zero.

    The denominator is positive; anything else is Malformed.
    """
    if denominator <= 0:
        raise Malformed("denominator-not-positive", "Divide by a positive number.")
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return -magnitude if numerator < 0 else magnitude


def multiply(quantity: Decimal, unit_price_minor: int) -> int:
    """quantity × unit price, rounded half away from zero to the minor unit.

    Malformed if the quantity is no finite number or the amount is beyond the bound.
    """
    exponent = quantity.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > _MAX_DECIMAL_EXPONENT:
        raise Malformed("quantity-not-a-number", "Give the quantity as a plain decimal number.")
    numerator, denominator = quantity.as_integer_ratio()
    return checked(round_half_away(numerator * unit_price_minor, denominator))


def allocate(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Split the total over the weights by largest remainder; the parts sum to it exactly.

    Ties go to the lower index. A negative total mirrors the positive one. A zero weight gets
    nothing, unless all are zero: then all count the same. Malformed: a negative weight, or a total
    with nobody to take it.
    """
    if any(weight < 0 for weight in weights):
        raise Malformed("weight-negative", "Give weights of zero or more.")
    if not weights:
        if total_minor:
            raise Malformed("nothing-to-allocate-over", "Give at least one weight.")
        return []
    if total_minor < 0:
        return [-part for part in allocate(-total_minor, weights)]
    shares = list(weights) if any(weights) else [1] * len(weights)
    whole = sum(shares)
    parts = [total_minor * share // whole for share in shares]
    by_remainder = sorted(
        range(len(shares)), key=lambda index: (-(total_minor * shares[index] % whole), index)
    )
    for index in by_remainder[: total_minor - sum(parts)]:
        parts[index] += 1
    assert sum(parts) == total_minor
    return parts
