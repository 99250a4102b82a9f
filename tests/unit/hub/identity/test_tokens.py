"""Access tokens: ours alone, for one tenant, for five minutes."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hub.identity.tokens import LIFETIME, AccessTokens, load_or_create_key
from hub.kit.permissions import Principal
from protocol.errors import Refused, Unauthenticated

PRINCIPAL = Principal(
    user_id=UUID(int=1), organization_id=UUID(int=2), permissions=frozenset({"sales.read"})
)


class HandClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def test_a_token_holds_five_minutes(clock: HandClock, key: Ed25519PrivateKey) -> None:
    tokens = AccessTokens(key, clock=clock)
    issued = tokens.issue(PRINCIPAL)
    assert issued.expires_in_s == 300
    clock.time += LIFETIME - timedelta(seconds=1)
    assert tokens.read(issued.token) == PRINCIPAL
    clock.time += timedelta(seconds=1)
    with pytest.raises(Unauthenticated):
        tokens.read(issued.token)


def test_another_key_is_not_ours(clock: HandClock, key: Ed25519PrivateKey) -> None:
    other = AccessTokens(Ed25519PrivateKey.from_private_bytes(bytes(32)), clock=clock)
    with pytest.raises(Unauthenticated):
        AccessTokens(key, clock=clock).read(other.issue(PRINCIPAL).token)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "somebody"},
        {"iss": "somebody"},
        {"sub": "no id"},
        {"org": None},
        {"perms": 5},
        {"exp": "never"},
    ],
)
def test_other_claims_are_refused(
    clock: HandClock, key: Ed25519PrivateKey, changes: dict[str, object]
) -> None:
    tokens = AccessTokens(key, clock=clock)
    claims = jwt.decode(tokens.issue(PRINCIPAL).token, options={"verify_signature": False})
    forged = jwt.encode({**claims, **changes}, key, algorithm="EdDSA", headers={"typ": "at+jwt"})
    with pytest.raises(Unauthenticated):
        tokens.read(forged)


def test_other_types_and_algorithms_are_refused(clock: HandClock, key: Ed25519PrivateKey) -> None:
    tokens = AccessTokens(key, clock=clock)
    claims = jwt.decode(tokens.issue(PRINCIPAL).token, options={"verify_signature": False})
    public = key.public_key().public_bytes_raw()
    for forged in (
        jwt.encode(claims, key, algorithm="EdDSA"),
        jwt.encode(claims, public, algorithm="HS256", headers={"typ": "at+jwt"}),
        jwt.encode(claims, "", algorithm="none", headers={"typ": "at+jwt"}),
        "a.b.c",
        "",
    ):
        with pytest.raises(Unauthenticated):
            tokens.read(forged)


def test_the_key_is_made_once_for_its_owners_eyes(tmp_path: Path) -> None:
    path = tmp_path / "token.key"
    made = load_or_create_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_create_key(path).private_bytes_raw() == made.private_bytes_raw()


@pytest.mark.parametrize("content", [b"", b"no key"])
def test_a_file_that_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "token.key"
    path.write_bytes(content)
    with pytest.raises(Refused):
        load_or_create_key(path)
