"""Tablets, as the agent knows them."""

from uuid import UUID

from msgspec import Struct

from protocol.messages.collections import RegisterSettings


class Tablet(Struct, frozen=True, kw_only=True):
    """A tablet that holds a token; it serves one register."""

    tablet_id: UUID
    name: str
    register_id: UUID


class Pairing(Struct, frozen=True, kw_only=True):
    """What a tablet gets when it is paired; the token is told this once."""

    tablet_id: UUID
    tablet_token: str
    register: RegisterSettings
