"""E-mails and session tokens."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.rules import (
    SECRET_BYTES,
    normal_email,
    read_session_token,
    session_token,
    token_hash,
)
from protocol.errors import Malformed, Unauthenticated


def test_an_email_is_lower_case_without_blanks() -> None:
    assert normal_email(" Owner@Example.ORG ") == "owner@example.org"


@pytest.mark.parametrize("wrong", ["", "a", "@b", "a@", "a b@c", "a@b@c", "x" * 65 + "@c"])
def test_what_is_no_email(wrong: str) -> None:
    with pytest.raises(Malformed):
        normal_email(wrong)


@given(st.uuids(), st.binary(min_size=SECRET_BYTES, max_size=SECRET_BYTES))
def test_a_session_token_says_its_tenant(tenant: UUID, secret: bytes) -> None:
    token = session_token(tenant, secret)
    assert read_session_token(token) == (tenant, token_hash(token))


@given(st.text(max_size=200))
def test_any_other_word_is_no_session(word: str) -> None:
    with pytest.raises(Unauthenticated):
        read_session_token(word)
