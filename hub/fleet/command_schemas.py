"""Commands as the API takes and shows them."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import RowMapping

from hub.fleet.commands import LONGEST_S, SHORTEST_S, CommandKind
from hub.kit.http import Answer, ListAnswer, ListParameters, Strict, example
from hub.kit.pages import Page

_ID = "0197a1b2-0000-7000-8000-000000000051"


class CommandBody(
    Strict,
    json_schema_extra=example({"kind": "send-diagnostics", "expires_in_s": 3600}),
):
    """What the device shall do, and until when it may begin."""

    kind: CommandKind
    expires_in_s: Annotated[int, Field(ge=SHORTEST_S, le=LONGEST_S)] = 3600
    command_id: Annotated[
        UUID | None, Field(description="Made by the caller, so that a repetition is the same.")
    ] = None


class Command(
    Answer,
    json_schema_extra=example(
        {
            "command_id": _ID,
            "device_id": "0197a1b2-0000-7000-8000-000000000012",
            "kind": "send-diagnostics",
            "status": "done",
            "created_at": "2026-11-23T10:00:00Z",
            "expires_at": "2026-11-23T11:00:00Z",
            "delivered_at": "2026-11-23T10:00:02Z",
            "answered_at": "2026-11-23T10:00:03Z",
            "detail": "{}",
        }
    ),
):
    """A command and what became of it."""

    command_id: UUID
    device_id: UUID
    kind: str
    status: Annotated[
        Literal["open", "done", "failed", "refused", "expired", "interrupted"],
        Field(description="`open` until it is answered or too late."),
    ]
    created_at: datetime
    expires_at: datetime
    delivered_at: Annotated[datetime | None, Field(description="Told the last time.")]
    answered_at: datetime | None
    detail: Annotated[str, Field(description="The device's own words.")]

    @classmethod
    def of_row(cls, row: RowMapping, *, now: datetime) -> Self:
        """The command of a row."""
        late = "expired" if row["expires_at"] <= now else "open"
        return cls.model_validate({**row, "status": row["result"] or late})


class CommandList(ListAnswer[Command]):
    """A page of commands."""

    @classmethod
    def of_rows(cls, page: Page[RowMapping], *, now: datetime) -> Self:
        """The answer for a page of rows."""
        return cls(items=[Command.of_row(row, now=now) for row in page.items], next=page.next)


class CommandParameters(ListParameters):
    """Which commands to list."""
