"""What took no effect, as the API shows it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.kit.http import Answer, ListAnswer, ListParameters


class QuarantinedItem(Answer):
    """Bytes from a device that may not take effect: a forged hash, a fork, a fact id used again."""

    id: UUID
    device_id: UUID
    epoch: int
    from_seq: int
    to_seq: int
    reason: str
    fact_id: UUID | None
    size_bytes: int
    received_at: datetime


class QuarantinedBytes(QuarantinedItem):
    """The same with what was sent."""

    content_base64: Annotated[str, Field(description="The bytes exactly as received.")]


class QuarantineList(ListAnswer[QuarantinedItem]):
    """A page of quarantined items."""


class SetAsideFact(Answer):
    """A fact the hub keeps but cannot read: `dead` for ever, `parked` until a release knows it."""

    device_id: UUID
    epoch: int
    seq: int
    state: Literal["dead", "parked"]
    reason: str
    fact_id: UUID | None
    type: str | None
    size_bytes: int
    received_at: datetime


class SetAsideList(ListAnswer[SetAsideFact]):
    """A page of facts set aside."""


class AsideParameters(ListParameters):
    """Of which device to list."""

    device_id: UUID | None = None
