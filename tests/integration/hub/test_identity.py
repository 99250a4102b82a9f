"""Signing in, staying signed in, and being signed out."""

import base64
from datetime import timedelta
from uuid import UUID

import pytest
from argon2 import PasswordHasher

from hub.identity.models import Caller
from hub.identity.service import SESSION_LIFETIME, SESSIONS_KEPT, delete_old_sessions
from hub.kit.permissions import Permission
from protocol.errors import Forbidden, Malformed, NotFound, Throttled, Unauthenticated
from tests.integration.hub.conftest import HubDatabase
from tests.integration.hub.foundation import Foundation
from tests.integration.hub.seed_document import ALPHA, BETA, without_staff

HERE = Caller(address="192.0.2.1", user_agent="browser")
EMAIL = "owner@beta.example"
PASSWORD = "beta password"


@pytest.fixture(autouse=True)
async def tenants(foundation: Foundation) -> None:
    await foundation.seed(without_staff())


async def test_the_owner_signs_in_to_their_tenant(foundation: Foundation) -> None:
    signed_in = await foundation.identity.sign_in(" Owner@BETA.example ", PASSWORD, caller=HERE)
    assert signed_in.principal.organization_id == BETA
    assert signed_in.principal.permissions == frozenset(Permission)
    assert [choice.name for choice in signed_in.organizations] == ["Beta"]
    profile = await foundation.identity.profile(signed_in.principal)
    assert (profile.email, profile.name) == (EMAIL, "Beta Owner")


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "wrong"), ("nobody@beta.example", PASSWORD), (EMAIL, ""), (EMAIL, "x" * 100_000)],
)
async def test_whatever_is_wrong_the_answer_is_the_same(
    foundation: Foundation, email: str, password: str
) -> None:
    with pytest.raises(Unauthenticated) as caught:
        await foundation.identity.sign_in(email, password, caller=HERE)
    assert caught.value.code == "wrong-credentials"
    assert "wrong" in caught.value.message


async def test_what_is_no_address_is_malformed(foundation: Foundation) -> None:
    with pytest.raises(Malformed):
        await foundation.identity.sign_in("no address", "x", caller=HERE)


async def test_nobody_enters_a_tenant_they_do_not_belong_to(foundation: Foundation) -> None:
    with pytest.raises(Forbidden):
        await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE, organization_id=ALPHA)
    signed_in = await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    with pytest.raises(Forbidden):
        await foundation.identity.principal(ALPHA, signed_in.principal.user_id)


async def test_failures_slow_the_next_attempt_and_time_forgives(foundation: Foundation) -> None:
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            await foundation.identity.sign_in(EMAIL, "wrong", caller=HERE)
    with pytest.raises(Throttled) as caught:
        await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    assert 1 <= caught.value.retry_after_s <= 300
    # Elsewhere the same person may try, so that a stranger cannot lock them out.
    await foundation.identity.sign_in(EMAIL, PASSWORD, caller=Caller(address="198.51.100.7"))
    foundation.clock.time += timedelta(seconds=301)
    await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE)


async def test_a_blocked_user_and_an_ended_membership_stay_outside(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    signed_in = await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    session = await foundation.identity.open_session(signed_in.principal, caller=HERE)
    hub_database.sql(f"update membership set status = 'ended' where organization_id = '{BETA}'")
    with pytest.raises(Unauthenticated):
        await foundation.identity.session_principal(session.token)
    with pytest.raises(Forbidden):
        await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    hub_database.sql("update membership set status = 'active'")
    hub_database.sql(f"update app_user set status = 'blocked' where email = '{EMAIL}'")
    with pytest.raises(Unauthenticated):
        await foundation.identity.session_principal(session.token)
    with pytest.raises(Unauthenticated):
        await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    hub_database.sql("update app_user set status = 'active'")


async def test_a_session_lasts_and_ends(foundation: Foundation, hub_database: HubDatabase) -> None:
    identity = foundation.identity
    signed_in = await identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    session = await identity.open_session(signed_in.principal, caller=HERE)
    found = await identity.session_principal(session.token)
    assert (found.user_id, found.organization_id, found.permissions) == (
        signed_in.principal.user_id,
        BETA,
        signed_in.principal.permissions,
    )
    assert found.session_id is not None
    assert session.token not in hub_database.sql("select * from user_session")
    foundation.clock.time += SESSION_LIFETIME
    with pytest.raises(Unauthenticated):
        await identity.session_principal(session.token)


async def test_signing_out_ends_the_session_and_may_be_repeated(foundation: Foundation) -> None:
    identity = foundation.identity
    signed_in = await identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    session = await identity.open_session(signed_in.principal, caller=HERE)
    other = await identity.open_session(signed_in.principal, caller=HERE)
    for _ in range(2):
        await identity.end_session(session.token)
    with pytest.raises(Unauthenticated):
        await identity.session_principal(session.token)
    await identity.session_principal(other.token)


async def test_a_token_holds_for_its_own_tenant_alone(foundation: Foundation) -> None:
    """The tenant is in the token in clear: whoever changes it finds no such session there."""
    identity = foundation.identity
    signed_in = await identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    token = (await identity.open_session(signed_in.principal, caller=HERE)).token
    moved = _with_tenant(token, ALPHA)
    for forged in (moved, token[:-4] + "AAA=", token + "A", "", "é", "x" * 1_000):
        with pytest.raises(Unauthenticated):
            await identity.session_principal(forged)


async def test_a_new_password_ends_every_session(foundation: Foundation) -> None:
    identity = foundation.identity
    signed_in = await identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    session = await identity.open_session(signed_in.principal, caller=HERE)
    await identity.reset_password(EMAIL, "another password")
    with pytest.raises(Unauthenticated):
        await identity.session_principal(session.token)
    with pytest.raises(Unauthenticated):
        await identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    await identity.sign_in(EMAIL, "another password", caller=HERE)
    # Seeding never takes a password back.
    await foundation.seed(without_staff())
    await identity.sign_in(EMAIL, "another password", caller=HERE)
    await identity.reset_password(EMAIL, PASSWORD)
    with pytest.raises(NotFound):
        await identity.reset_password("nobody@beta.example", "x")


async def test_one_person_in_two_tenants_chooses(foundation: Foundation) -> None:
    both = without_staff()
    both["tenants"][0]["owner"] = both["tenants"][1]["owner"]
    await foundation.seed(both)
    signed_in = await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    assert {choice.organization_id for choice in signed_in.organizations} == {ALPHA, BETA}
    chosen = await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE, organization_id=ALPHA)
    assert chosen.principal.organization_id == ALPHA


async def test_an_old_hash_is_renewed_at_sign_in(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    hub_database.sql(f"update app_user set password_hash = '{weak}' where email = '{EMAIL}'")
    await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE)
    stored = hub_database.sql(f"select password_hash from app_user where email = '{EMAIL}'")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await foundation.identity.sign_in(EMAIL, PASSWORD, caller=HERE)


async def test_ended_sessions_are_forgotten_in_time(
    foundation: Foundation, hub_database: HubDatabase
) -> None:
    signed_in = await foundation.identity.sign_in(
        EMAIL, PASSWORD, caller=HERE, organization_id=BETA
    )
    hub_database.sql("delete from user_session")
    await foundation.identity.open_session(signed_in.principal, caller=HERE)
    for passed, forgotten in ((SESSIONS_KEPT, 0), (SESSION_LIFETIME + timedelta(seconds=1), 1)):
        foundation.clock.time += passed
        async with foundation.database.tenant(BETA) as session:
            assert await delete_old_sessions(session, foundation.clock) == forgotten


def _with_tenant(token: str, organization_id: UUID) -> str:
    raw = base64.urlsafe_b64decode(token)
    return base64.urlsafe_b64encode(organization_id.bytes + raw[16:]).decode()
