"""Signing in, as the API shows it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.kit.http import Answer, Strict


class SignIn(Strict):
    """Who wants in. Without an organization it is the one the person joined first."""

    email: Annotated[str, Field(min_length=3, max_length=255, pattern=r"^[^\x00]+$")]
    password: Annotated[
        str, Field(min_length=1, max_length=1024, json_schema_extra={"format": "password"})
    ]
    organization_id: UUID | None = None


class RefreshToken(Strict):
    """The token that outlives access tokens."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=256)]


class Tokens(Answer):
    """Send `access_token` as a bearer; after `expires_in` seconds ask for another by the refresh
    token, which holds until `session_expires_at`."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: Annotated[int, Field(description="Seconds.")]
    organization_id: UUID
    refresh_token: str


class OrganizationAnswer(Answer):
    """A tenant that the person may enter."""

    organization_id: UUID
    name: str
    role: str


class SignedInTokens(Tokens):
    """The same, with the tenants to choose from."""

    session_expires_at: datetime
    organizations: list[OrganizationAnswer]


class Me(Answer):
    """Who is signed in, where, and what they may do."""

    user_id: UUID
    email: str
    name: str
    language: str
    organization_id: UUID
    permissions: list[str]
