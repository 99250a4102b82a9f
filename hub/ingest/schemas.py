"""What took no effect, as the API shows it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.kit.http import Answer, ListAnswer, ListParameters, example

_DEVICE = "0197a1b2-0000-7000-8000-000000000012"
_QUARANTINED = {
    "id": "0197a1b2-0000-7000-8000-000000000040",
    "device_id": _DEVICE,
    "epoch": 1,
    "from_seq": 4201,
    "to_seq": 4201,
    "reason": "bad_hash",
    "fact_id": None,
    "size_bytes": 6,
    "received_at": "2026-11-23T09:58:02Z",
}
_ASIDE = {
    "device_id": _DEVICE,
    "epoch": 1,
    "seq": 4202,
    "state": "parked",
    "reason": "unknown-type",
    "fact_id": "0197a1b2-0000-7000-8000-000000000041",
    "type": "gift.wrapped",
    "size_bytes": 512,
    "received_at": "2026-11-23T09:58:02Z",
}


class QuarantinedItem(Answer, json_schema_extra=example(_QUARANTINED)):
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


class QuarantinedBytes(
    QuarantinedItem, json_schema_extra=example({**_QUARANTINED, "content_base64": "Zm9yZ2Vk"})
):
    """The same with what was sent."""

    content_base64: Annotated[str, Field(description="The bytes exactly as received.")]


class QuarantineList(ListAnswer[QuarantinedItem]):
    """A page of quarantined items."""


class SetAsideFact(Answer, json_schema_extra=example(_ASIDE)):
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


class ImportedJournal(
    Answer,
    json_schema_extra=example(
        {"device_id": _DEVICE, "from": 4201, "to": 4260, "new": 60, "known": 0}
    ),
):
    """What the hub holds now of an exported journal: all of it."""

    device_id: UUID
    first: Annotated[int, Field(serialization_alias="from", description="The first fact's seq.")]
    last: Annotated[int, Field(serialization_alias="to")]
    new: Annotated[int, Field(description="Facts that the hub did not have.")]
    known: int
