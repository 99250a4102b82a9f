"""PINs: who may be tried, and what a hash may cost."""

import re
from collections.abc import Collection, Iterable, Sequence

from protocol.errors import Forbidden
from protocol.messages.collections import StaffMember

# A PIN comes without a name, so a wrong one is compared with everybody's hash. More people than
# this cannot sign in at one shop: the first by id can.
MAX_STAFF = 50
_MAX_MEMORY_KIB = 128 * 1024
_MAX_PASSES = 10
_MAX_LANES = 8
_ARGON2ID = re.compile(r"\$argon2id\$v=19\$m=([0-9]{1,9}),t=([0-9]{1,4}),p=([0-9]{1,4})\$.+")


def candidates(members: Iterable[StaffMember]) -> Sequence[StaffMember]:
    """Whom a PIN may belong to, in the order of their ids."""
    active = [member for member in members if member.active and is_affordable(member.pin_hash)]
    active.sort(key=lambda member: member.staff_id)
    return active[:MAX_STAFF]


def is_affordable(pin_hash: str) -> bool:
    """Whether verifying an argon2id hash stays within the agent's memory and patience."""
    match = _ARGON2ID.fullmatch(pin_hash)
    if match is None:
        return False
    memory_kib, passes, lanes = map(int, match.groups())
    return memory_kib <= _MAX_MEMORY_KIB and passes <= _MAX_PASSES and lanes <= _MAX_LANES


def require_role(roles: Collection[str], role: str) -> None:
    """Raises Forbidden `role-missing`."""
    if role not in roles:
        raise Forbidden("role-missing", f"Ask someone with the role {role} to do this.")
