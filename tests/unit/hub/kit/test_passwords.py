"""Argon2id in few threads."""

import asyncio
from collections.abc import Iterator

import pytest

from hub.kit.passwords import LONGEST_SECRET, Passwords
from protocol.errors import Malformed, Unavailable


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_a_secret_is_itself_alone(passwords: Passwords) -> None:
    stored = await passwords.hash("mot de passe")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify("mot de passe", stored)
    assert not await passwords.verify("mot de passé", stored)
    assert not passwords.outdated(stored)


async def test_nobodys_secret_never_matches(passwords: Passwords) -> None:
    for secret in ("nobody's password", "", "x"):
        assert not await passwords.verify(secret, None)


async def test_a_broken_hash_matches_nothing(passwords: Passwords) -> None:
    assert not await passwords.verify("x", "no hash at all")


async def test_secrets_are_bounded(passwords: Passwords) -> None:
    for secret in ("", "x" * (LONGEST_SECRET + 1)):
        with pytest.raises(Malformed):
            await passwords.hash(secret)
    longest = "x" * LONGEST_SECRET
    stored = await passwords.hash(longest)
    assert await passwords.verify(longest, stored)
    assert not await passwords.verify(longest + "y", stored)


async def test_too_many_at_once_are_sent_away(passwords: Passwords) -> None:
    answers = await asyncio.gather(
        *(passwords.verify("x", None) for _ in range(50)), return_exceptions=True
    )
    sent_away = [answer for answer in answers if isinstance(answer, Unavailable)]
    assert sent_away
    assert answers.count(False) + len(sent_away) == 50
    assert not await passwords.verify("x", None)
