"""Register codes and pairing tokens."""

import re
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.tenancy.rules import (
    TOKEN_BYTES,
    checked_register_code,
    pairing_token,
    pairing_token_hash,
)
from protocol.errors import Malformed


@given(st.binary(min_size=TOKEN_BYTES, max_size=TOKEN_BYTES))
def test_a_token_can_be_typed(random_bytes: bytes) -> None:
    token = pairing_token(random_bytes)
    assert re.fullmatch(r"([A-Z2-7]{4}-){3}[A-Z2-7]{4}", token)
    assert pairing_token_hash(token) == sha256(token.encode()).hexdigest()


@pytest.mark.parametrize("code", ["", "a1", "A-1", "A1234567X", "A1\n"])
def test_register_codes_are_short_and_plain(code: str) -> None:
    with pytest.raises(Malformed):
        checked_register_code(code)


def test_a_good_code_is_kept() -> None:
    assert checked_register_code("A1") == "A1"
