"""Bars and squares: Code 128, EAN-13, EAN-8 as modules, QR codes by segno.

The file's law: a symbol is a row (or rows) of modules, dark or light, without its quiet zone; what
a symbology cannot hold has no symbol, and the caller falls back to a QR code.
"""

from collections.abc import Sequence

from protocol.documents.layout import Symbology
from protocol.vocabulary.gtin import is_valid_gtin

QUIET_MODULES = 10

# ISO/IEC 15417: widths of bar, space, bar, … of the values 0…105; START A, B, C are 103…105.
_CODE128 = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231"
    "113222123122123221223211221132221231213212223112312131311222321122321221312212322112322211"
    "212123212321232121111323131123131321112313132113132311211313231113231311112133112331132131"
    "113123113321133121313121211331231131213113213311213131311123311321331121312113312311332111"
    "314111221411431111111224111422121124121421141122141221112214112412122114122411142112142211"
    "241211221114413111241112134111111242121142121241114212124112124211411212421112421211212141"
    "214121412121111143111341131141114113114311411113411311113141114131311141411131211412211214"
    "211232"
)
_STOP = "2331112"
_START_B, _START_C, _TO_B, _TO_C = 104, 105, 100, 99
# ISO/IEC 15420: odd parity (A); B is its mirror's complement, R its complement.
_EAN = ("3211", "2221", "2122", "1411", "1132", "1231", "1114", "1312", "1213", "3112")
_EAN_DIGITS = {"ean13": 13, "ean8": 8}
_PARITY = (
    *("AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB"),
    *("ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA"),
)


def bars(content: str, symbology: Symbology) -> tuple[bool, ...] | None:
    """The modules from left to right, True dark; None where the symbology cannot hold it."""
    if symbology == "code128":
        return _code128(content)
    if len(content) != _EAN_DIGITS[symbology] or not is_valid_gtin(content):
        return None
    return _ean13(content) if symbology == "ean13" else _ean8(content)


def squares(content: str) -> tuple[tuple[bool, ...], ...]:
    """A QR code's modules by row, without quiet zone; error correction M."""
    import segno  # noqa: PLC0415 - a register prints few of them

    code = segno.make_qr(content or " ", error="m", boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def _code128(content: str) -> tuple[bool, ...] | None:
    if not content or any(not " " <= letter <= "~" for letter in content):
        return None
    values = _code128_values(content)
    check = (values[0] + sum(place * value for place, value in enumerate(values))) % 103
    widths = [_CODE128[6 * value : 6 * value + 6] for value in (*values, check)]
    return _modules("".join(widths) + _STOP)


def _code128_values(content: str) -> list[int]:
    """Set B; runs of four digits and more in set C, two digits a symbol."""
    values: list[int] = []
    in_c = False
    at = 0
    while at < len(content):
        run = _digits_at(content, at)
        pairs = run >= 2 if in_c else run >= 4 and run % 2 == 0
        if pairs != in_c or not values:
            start, change = (_START_C, _TO_C) if pairs else (_START_B, _TO_B)
            values.append(change if values else start)
            in_c = pairs
        if pairs:
            values.append(int(content[at : at + 2]))
            at += 2
        else:
            values.append(ord(content[at]) - 32)
            at += 1
    return values


def _digits_at(content: str, at: int) -> int:
    end = at
    while end < len(content) and content[end] in "0123456789":
        end += 1
    return end - at


def _ean13(content: str) -> tuple[bool, ...]:
    parity = _PARITY[int(content[0])]
    left = [
        _modules(_EAN[int(digit)][:: 1 if kind == "A" else -1], dark=False)
        for digit, kind in zip(content[1:7], parity, strict=True)
    ]
    return _guarded(left, content[7:])


def _ean8(content: str) -> tuple[bool, ...]:
    return _guarded([_modules(_EAN[int(digit)], dark=False) for digit in content[:4]], content[4:])


def _guarded(left: Sequence[tuple[bool, ...]], right: str) -> tuple[bool, ...]:
    guard, middle = (True, False, True), (False, True, False, True, False)
    rest = [_modules(_EAN[int(digit)]) for digit in right]
    halves = [tuple(module for one in half for module in one) for half in (left, rest)]
    return (*guard, *halves[0], *middle, *halves[1], *guard)


def _modules(widths: str, *, dark: bool = True) -> tuple[bool, ...]:
    """Alternating runs, the first one dark or light."""
    row: list[bool] = []
    for width in widths:
        row += [dark] * int(width)
        dark = not dark
    return tuple(row)
