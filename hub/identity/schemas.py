"""Signing in, as the API shows it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from hub.kit.http import Answer, Strict, example

_ORGANIZATION = "0197a1b2-0000-7000-8000-000000000001"
_USER = "0197a1b2-0000-7000-8000-0000000000a1"
_REFRESH = "AZehsgAAcACAAAAAAAAAAX…"
_TOKENS = {
    "access_token": "eyJhbGciOiJFZERTQSJ9…",
    "token_type": "Bearer",
    "expires_in": 300,
    "organization_id": _ORGANIZATION,
    "refresh_token": _REFRESH,
}
_CHOICE = {"organization_id": _ORGANIZATION, "name": "Superette El Baraka", "role": "owner"}


class SignIn(
    Strict,
    json_schema_extra=example(
        {"email": "amel@baraka.example", "password": "correct horse battery staple"}
    ),
):
    """Who wants in. Without an organization it is the one the person joined first."""

    email: Annotated[str, Field(max_length=255, pattern=r"^[^@\s\x00]{1,64}@[^@\s\x00]{1,190}$")]
    password: Annotated[
        str, Field(min_length=1, max_length=1024, json_schema_extra={"format": "password"})
    ]
    organization_id: UUID | None = None


class RefreshToken(Strict, json_schema_extra=example({"refresh_token": _REFRESH})):
    """The token that outlives access tokens."""

    refresh_token: Annotated[str, Field(min_length=1, max_length=256)]


class Tokens(Answer, json_schema_extra=example(_TOKENS)):
    """Send `access_token` as a bearer; after `expires_in` seconds ask for another by the refresh
    token, which holds until `session_expires_at`."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_in: Annotated[int, Field(description="Seconds.")]
    organization_id: UUID
    refresh_token: str


class OrganizationAnswer(Answer, json_schema_extra=example(_CHOICE)):
    """A tenant that the person may enter."""

    organization_id: UUID
    name: str
    role: str


class SignedInTokens(
    Tokens,
    json_schema_extra=example(
        {**_TOKENS, "session_expires_at": "2026-11-24T05:00:00Z", "organizations": [_CHOICE]}
    ),
):
    """The same, with the tenants to choose from."""

    session_expires_at: datetime
    organizations: list[OrganizationAnswer]


class Me(
    Answer,
    json_schema_extra=example(
        {
            "user_id": _USER,
            "email": "amel@baraka.example",
            "name": "Amel",
            "language": "fr",
            "organization_id": _ORGANIZATION,
            "permissions": ["sales.read", "stores.read"],
        }
    ),
):
    """Who is signed in, where, and what they may do."""

    user_id: UUID
    email: str
    name: str
    language: str
    organization_id: UUID
    permissions: list[str]
