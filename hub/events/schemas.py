"""Events and discrepancies as the API shows them."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, WithJsonSchema

from hub.kit.http import BIGINT_MAX, FROM_JSON, Answer, ListAnswer, ListParameters, Strict, example
from hub.kit.pages import DEFAULT_LIMIT, MAX_LIMIT

_STORE = "0197a1b2-0000-7000-8000-000000000010"
_SALE = "0197a1b2-0000-7000-8000-000000000030"
_EVENT = {
    "position": 4211,
    "id": _SALE,
    "type": "sale.finalised",
    "store_id": _STORE,
    "occurred_at": "2026-11-23T09:58:01Z",
    "recorded_at": "2026-11-23T09:58:02Z",
    "payload": {"sale_id": _SALE, "store_id": _STORE},
}
_DIFFERENCE = {
    "fact_id": _SALE,
    "store_id": _STORE,
    "business_date": "2026-11-23",
    "code": "wrong-totals",
    "subject": "totals.payable_minor",
    "expected": "27000",
    "found": "26500",
    "recorded_at": "2026-11-23T09:58:02Z",
}


class Event(Answer, json_schema_extra=example(_EVENT)):
    """Something that took effect at the hub. `payload` is thin: ids to ask about."""

    position: Annotated[int, Field(description="Rises by one per event of the tenant.")]
    id: UUID
    type: str
    store_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime
    payload: Annotated[dict[str, Any], FROM_JSON]


class EventList(Answer, json_schema_extra=example({"items": [_EVENT], "next": 4211})):
    """Events in order. `next` is the position to ask after for more, null when there is none yet.

    A follower keeps the position of the last event it took and asks after that.
    """

    items: list[Event]
    next: int | None


class EventParameters(Strict):
    """Where to begin."""

    after: Annotated[int, Field(ge=0, le=BIGINT_MAX, description="A position; 0 = the start.")] = 0
    limit: Annotated[
        int | None,
        Field(description=f"Events per answer, 1 to {MAX_LIMIT}; {DEFAULT_LIMIT} by default."),
        WithJsonSchema(
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        ),
    ] = None


class Discrepancy(Answer, json_schema_extra=example(_DIFFERENCE)):
    """A figure of a fact that differs from what its inputs, or other facts, say."""

    fact_id: UUID
    store_id: UUID
    business_date: date
    code: str
    subject: Annotated[str, Field(description="Dotted path of the figure.")]
    expected: str | None
    found: str | None
    recorded_at: datetime


class DiscrepancyList(ListAnswer[Discrepancy]):
    """A page of discrepancies."""


class DiscrepancyParameters(ListParameters):
    """Whose discrepancies to list."""

    store_id: UUID | None = None
