"""GTINs and codes that only look like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.vocabulary.gtin import check_digit, classify_code, is_valid_gtin, parse_gtin
from tests.unit.protocol.vocabulary.vectors import Vector, check, vectors

BODIES = st.sampled_from([7, 11, 12, 13]).flatmap(
    lambda length: st.text("0123456789", min_size=length, max_size=length)
)


@pytest.mark.parametrize("vector", vectors("gtin", "parse_gtin"))
def test_parse_gtin_vectors(vector: Vector) -> None:
    check(vector, lambda code: parse_gtin(code))


@pytest.mark.parametrize("vector", vectors("gtin", "classify_code"))
def test_classify_code_vectors(vector: Vector) -> None:
    check(vector, lambda code: classify_code(code))


@given(BODIES)
def test_exactly_one_check_digit_fits_and_padding_keeps_it(body: str) -> None:
    fitting = [digit for digit in "0123456789" if is_valid_gtin(body + digit)]
    assert fitting == [str(check_digit(body))]
    gtin = parse_gtin(body + fitting[0])
    assert len(gtin) == 14
    assert parse_gtin(gtin) == gtin


@given(BODIES, st.data())
def test_every_single_wrong_digit_is_caught(body: str, draw: st.DataObject) -> None:
    code = body + str(check_digit(body))
    place = draw.draw(st.integers(0, len(code) - 1))
    digit = draw.draw(st.sampled_from([each for each in "0123456789" if each != code[place]]))
    assert not is_valid_gtin(code[:place] + digit + code[place + 1 :])
