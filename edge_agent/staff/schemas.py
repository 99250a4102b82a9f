"""Signing in over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from edge_agent.staff.models import SignIn


class SignInRequest(BaseModel):
    """A PIN of four to eight digits."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"pin": "4711"}]}
    )

    pin: Annotated[str, Field(strict=True, pattern=r"^[0-9]{4,8}$")]


class SignedInStaff(BaseModel):
    """Who is at the register now."""

    id: UUID
    name: str
    roles: list[str] = Field(examples=[["cashier"]])


class SignInState(BaseModel):
    """Keep the token: it is told this once."""

    token: str
    expires_at: datetime
    staff: SignedInStaff

    @classmethod
    def of(cls, sign_in: SignIn) -> "SignInState":
        """The same for HTTP."""
        caller = sign_in.caller
        return cls(
            token=sign_in.token,
            expires_at=sign_in.expires_at,
            staff=SignedInStaff(id=caller.staff_id, name=caller.name, roles=list(caller.roles)),
        )
