"""Ids that a tablet makes: UUIDv7 (DESIGN §5), so that what is written together lies together."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

_VERSION = 7


def _require_version(identifier: UUID) -> UUID:
    if identifier.version != _VERSION:
        raise ValueError("make ids as UUID version 7")
    return identifier


ClientId = Annotated[
    UUID,
    AfterValidator(_require_version),
    Field(description="Made by the tablet: UUID version 7."),
]
