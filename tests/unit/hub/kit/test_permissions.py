"""The guard."""

from uuid import UUID

import pytest

from hub.identity.models import BUILT_IN_ROLES
from hub.kit.permissions import Permission, Principal
from protocol.errors import Forbidden

SOMEBODY = UUID(int=1)


@pytest.mark.parametrize("role", BUILT_IN_ROLES)
def test_a_role_allows_what_it_says_and_nothing_else(role: str) -> None:
    _, permissions = BUILT_IN_ROLES[role]
    principal = Principal(
        user_id=SOMEBODY, organization_id=SOMEBODY, permissions=frozenset(permissions)
    )
    for permission in Permission:
        if permission in permissions:
            principal.require(permission)
        else:
            with pytest.raises(Forbidden):
                principal.require(permission)


def test_only_the_owner_changes_users_and_stores() -> None:
    for permission in (Permission.USERS_WRITE, Permission.STORES_WRITE):
        holders = {role for role, (_, held) in BUILT_IN_ROLES.items() if permission in held}
        assert holders == {"owner"}


def test_an_accountant_changes_nothing() -> None:
    _, held = BUILT_IN_ROLES["accountant"]
    assert all(permission.value.endswith(".read") for permission in held)
