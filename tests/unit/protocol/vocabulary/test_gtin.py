"""GTINs and codes that only look like them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.vocabulary.gtin import (
    check_digit,
    classify_code,
    code_key,
    is_valid_gtin,
    parse_gtin,
    spellings,
)
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


@given(st.integers(0, 10**11 - 1))
def test_the_same_gtin_in_12_13_and_14_digits_is_one_code(body: int) -> None:
    digits = f"{body:011d}"
    upc = digits + str(check_digit(digits))
    assert len({code_key(upc), code_key(f"0{upc}"), code_key(f"00{upc}")}) == 1


@pytest.mark.parametrize("code", ["85123A", "85123a", "POST", "12345", "6130000000000", "é"])
def test_other_codes_stay_as_they_are(code: str) -> None:
    assert code_key(code) == code
    assert spellings(code) == [code]


@given(BODIES)
def test_the_spellings_are_all_texts_of_one_key(body: str) -> None:
    code = body + str(check_digit(body))
    found = spellings(code)
    assert code in found
    assert len(found) == len(set(found))
    assert {code_key(each) for each in found} == {code_key(code)}
    padded = {code.rjust(length, "0") for length in (8, 12, 13, 14)}
    assert {each for each in padded if is_valid_gtin(each)} <= set(found)


def test_a_short_number_has_every_length() -> None:
    assert spellings("0096385074") == ["0096385074"]
    assert [len(each) for each in spellings("00000096385074")] == [8, 12, 13, 14]
