"""Symbols read back by another way than they were written."""

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from protocol.documents.symbols import bars, squares
from protocol.vocabulary.gtin import check_digit

PRINTED = st.text(alphabet=[chr(code) for code in range(32, 127)], min_size=1, max_size=40)
DIGITS = st.text(alphabet="0123456789", min_size=1, max_size=30)
STOP = "1100011101011"
# ISO/IEC 15420: number set A, and which sets the left half is in by the first digit.
ODD = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011"
PARITIES = "AAAAAA AABABB AABBAB AABBBA ABAABB ABBAAB ABBBAA ABABAB ABABBA ABBABA"


def widths_read(row: tuple[bool, ...]) -> str:
    return "".join("1" if dark else "0" for dark in row)


def table() -> dict[str, int]:
    """ISO/IEC 15417 annex: recovered from pairs in set C, 100…102 and starts from mixtures."""
    found: dict[str, int] = {}
    for value in range(100):
        found[widths_read(bars(f"{value:02d}" * 2, "code128") or ())[11:22]] = value
    mixed = widths_read(bars("A1234", "code128") or ())
    back = widths_read(bars("1234A", "code128") or ())
    found[back[0:11]] = 105
    found[back[33:44]] = 100
    found[mixed[0:11]] = 104
    return found


MODULES = table()


def code128_text(values: list[int]) -> str:
    in_c = values[0] == 105
    said = ""
    for value in values[1:-1]:
        if in_c and value == 100:
            in_c = False
        elif not in_c and value == 99:
            in_c = True
        else:
            said += f"{value:02d}" if in_c else chr(value + 32)
    return said


def test_known_patterns_of_code_128() -> None:
    """From the standard: start B, A, stop; start C, 00."""
    row = widths_read(bars("A", "code128") or ())
    assert row == "11010010000" + "10100011000" + "10001011000" + STOP
    assert widths_read(bars("0000", "code128") or ())[:22] == "11010011100" + "11011001100"
    assert len(MODULES) == 103


@given(content=st.one_of(PRINTED, DIGITS))
def test_code_128_says_its_content(content: str) -> None:
    row = bars(content, "code128")
    assert row is not None
    *_, check = values = try_values(row)
    if check is not None:
        known = [value for value in values if value is not None]
        assert code128_text(known) == content
        weighted = known[0] + sum(place * value for place, value in enumerate(known[:-1]))
        assert check == weighted % 103


def try_values(row: tuple[bool, ...]) -> list[int | None]:
    """A check of 100…102 or a start is seen only as a check; those symbols end undecided."""
    body = widths_read(row).removesuffix(STOP)
    return [MODULES.get(body[at : at + 11]) for at in range(0, len(body), 11)]


@pytest.mark.parametrize("content", ["", "é", "a\tb", "\x7f"])
def test_what_code_128_cannot_hold_has_no_bars(content: str) -> None:
    assert bars(content, "code128") is None


@given(body=st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_ean_13_reads_back(body: str) -> None:
    content = body + str(check_digit(body))
    row = widths_read(bars(content, "ean13") or ())
    assert (len(row), row[:3], row[45:50], row[92:]) == (95, "101", "01010", "101")
    odd = {code: digit for digit, code in enumerate(ODD.split())}
    parity, left = "", ""
    for at in range(3, 45, 7):
        code = row[at : at + 7]
        even = "".join("1" if bit == "0" else "0" for bit in code[::-1])
        parity += "A" if code in odd else "B"
        left += str(odd[code] if code in odd else odd[even])
    right = "".join(
        str(odd["".join("1" if bit == "0" else "0" for bit in row[at : at + 7])])
        for at in range(50, 92, 7)
    )
    first = PARITIES.split().index(parity)
    assert f"{first}{left}{right}" == content


def test_ean_8() -> None:
    row = widths_read(bars("96385074", "ean8") or ())
    assert row == (
        "101" + "0001011" + "0101111" + "0111101" + "0110111" + "01010"
        "1001110" + "1110010" + "1000100" + "1011100" + "101"
    )


@pytest.mark.parametrize(
    ("content", "symbology"),
    [("613000000001", "ean13"), ("6130000000011", "ean13"), ("6130000000015", "ean8")],
)
def test_what_is_no_such_gtin_has_no_bars(content: str, symbology: str) -> None:
    assert bars(content, "ean13" if symbology == "ean13" else "ean8") is None


def test_squares_are_the_librarys() -> None:
    expected = segno.make_qr("C1-1-001234", error="m", boost_error=False).matrix
    assert squares("C1-1-001234") == tuple(tuple(map(bool, row)) for row in expected)
    assert squares("")
