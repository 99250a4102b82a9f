"""GTINs, and the codes that only look like them.

The file's law: a GTIN is stored as 14 digits; SKU ≠ GTIN ≠ barcode. A number with a good check
digit in a prefix that GS1 leaves to the shop (weighed goods, own labels) is `restricted`: it names
nothing outside the shop. Everything else is the shop's `internal` code. UPC-E is expanded by the
scanner's driver, which knows the symbology; eight digits here are a GTIN-8.
"""

import re
from typing import Literal

from protocol.errors import Malformed

CodeKind = Literal["gtin", "restricted", "internal"]

_LENGTHS = (8, 12, 13, 14)
_SHAPE = re.compile(r"[0-9]{8}|[0-9]{12}|[0-9]{13}|[0-9]{14}")


def check_digit(body: str) -> int:
    """GS1 modulo 10 of the digits before the check digit: weights 3, 1, 3, … from the right."""
    return -sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(body))) % 10


def is_valid_gtin(text: str) -> bool:
    """8, 12, 13 or 14 ASCII digits with a right check digit; no check of the prefix."""
    return _SHAPE.fullmatch(text) is not None and check_digit(text[:-1]) == int(text[-1])


def parse_gtin(text: str) -> str:
    """The 14-digit form. Malformed: `gtin-shape` (other length or letters), `gtin-check-digit`."""
    if _SHAPE.fullmatch(text) is None:
        raise Malformed("gtin-shape", "A GTIN has 8, 12, 13 or 14 digits and nothing else.")
    if not is_valid_gtin(text):
        expected = check_digit(text[:-1])
        raise Malformed("gtin-check-digit", f"Check the digits: the last one should be {expected}.")
    return text.rjust(14, "0")


def is_restricted(gtin14: str) -> bool:
    """Whether a 14-digit number lies where GS1 assigns nothing: GTIN-13 prefixes 02, 04, 20–29,
    GTIN-8 prefixes 0 and 2."""
    if gtin14.startswith("000000"):
        return gtin14[6] in "02"
    return gtin14[1] == "2" or gtin14[1:3] in ("02", "04")


def classify_code(text: str) -> CodeKind:
    """What a scanned or typed code is."""
    if not is_valid_gtin(text):
        return "internal"
    return "restricted" if is_restricted(text.rjust(14, "0")) else "gtin"


def code_key(code: str) -> str:
    """The form in which codes are compared: GTINs as 14 digits, so that 12, 13 and 14 digits find
    each other; anything else exactly as it is, since codes may differ by case alone."""
    return parse_gtin(code) if is_valid_gtin(code) else code


def spellings(code: str) -> list[str]:
    """Every text with the `code_key` of this one, itself among them."""
    key = code_key(code)
    if not is_valid_gtin(key):
        return [code]
    return [key[-length:] for length in _LENGTHS if not key[:-length].strip("0")]
