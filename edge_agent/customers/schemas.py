"""Customers over HTTP."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from edge_agent.kit.client_ids import ClientId
from edge_agent.kit.texts import NO_NUL, VISIBLE
from protocol.messages.proposal import PersonCard


class CustomerProposal(BaseModel):
    """A customer the shop meets for the first time. Name and phone leave the shop sealed only."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a04",
                    "name": "Nadia B.",
                    "phone": "+213 555 01 02 03",
                }
            ]
        },
    )

    id: ClientId
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL), VISIBLE]
    phone: Annotated[str, Field(min_length=1, max_length=40, pattern=NO_NUL), VISIBLE] | None = None

    def to_card(self) -> PersonCard:
        """What is sealed."""
        return PersonCard(name=self.name, phone=self.phone)


class CustomerState(BaseModel):
    """The customer's id, to put on tickets at once."""

    id: UUID
