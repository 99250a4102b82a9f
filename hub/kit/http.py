"""What every route of the API stands on: the guard, strict bodies and parameters, lists.

The file's law: the tenant comes from the principal, never from a path, a body or a header.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, Self, TypeVar, get_args

import msgspec
from fastapi import Depends, Header, Request
from fastapi.security import HTTPBearer
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict
from sqlalchemy import RowMapping

from hub.kit.pages import DEFAULT_LIMIT, MAX_LIMIT, Page
from hub.kit.permissions import Permission, Principal
from protocol.errors import Malformed, Unauthenticated

BIGINT_MAX = 2**63 - 1

# Postgres keeps no NUL, and no field of ours needs another control character.
Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Minor = Annotated[int, Field(strict=True, ge=0, le=10**12, description="Integer minor units.")]
CurrencyCode = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217 code.")]

# Parts of a cursor, as bounded as the columns they are compared with.
CursorText = Annotated[str, msgspec.Meta(max_length=300, pattern=r"^[^\x00]*$")]
CursorNumber = Annotated[int, msgspec.Meta(ge=0, le=BIGINT_MAX)]

# The driver hands json and jsonb over as text.
FROM_JSON = BeforeValidator(lambda value: json.loads(value) if isinstance(value, str) else value)

T = TypeVar("T")


def example(value: Any) -> JsonDict:
    """What the description shows of a body, as the class argument `json_schema_extra`."""
    return {"examples": [value]}


class Strict(BaseModel):
    """A body that a caller sends: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """A body that we send."""

    model_config = ConfigDict(frozen=True)


class ListParameters(Strict):
    """What every list takes."""

    limit: Annotated[
        int | None,
        Field(description=f"Items per page, 1 to {MAX_LIMIT}; {DEFAULT_LIMIT} by default."),
        WithJsonSchema(
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        ),
    ] = None
    cursor: Annotated[
        str | None,
        Field(description="The `next` of the page before."),
        WithJsonSchema({"type": "string"}),
    ] = None


class ListAnswer(Answer, Generic[T]):
    """A page: `next` is the cursor of the following one, null at the end."""

    items: list[T]
    next: str | None = None

    @classmethod
    def __pydantic_init_subclass__(cls, **arguments: Any) -> None:
        """A page's example holds its item's."""
        super().__pydantic_init_subclass__(**arguments)
        (item,) = get_args(cls.model_fields["items"].annotation)
        shown = getattr(item, "model_config", {}).get("json_schema_extra")
        if shown:
            pages: Any = [{"items": shown["examples"], "next": None}]
            cls.model_config["json_schema_extra"] = {"examples": pages}

    @classmethod
    def of(cls, page: Page[RowMapping]) -> Self:
        """The answer for a page of rows whose columns are the item's fields."""
        return cls.model_validate({"items": [dict(row) for row in page.items], "next": page.next})


class Guard:
    """Turns a bearer token into a principal that holds a permission."""

    def __init__(self, read_token: Callable[[str], Principal]) -> None:
        """`read_token`: whose an access token is; raises Unauthenticated."""
        self._read_token = read_token

    def __call__(self, permission: Permission | None = None) -> Callable[..., Awaitable[Principal]]:
        """The dependency of a route; without a permission any signed-in user passes.

        Raises Unauthenticated, or Forbidden `permission-missing`.
        """

        async def principal(request: Request, _: Annotated[Any, Depends(_SCHEME)]) -> Principal:
            found = self._read_token(bearer_token(request))
            if permission is not None:
                found.require(permission)
            return found

        return principal


_SCHEME = HTTPBearer(
    auto_error=False, description="The access token that `POST /v1/auth/sign-in` gives."
)


def bearer_token(request: Request) -> str:
    """The token of the Authorization header; raises Unauthenticated `token-missing`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("token-missing", "Sign in and send the access token as a bearer.")
    return token.strip()


async def no_parameters(request: Request) -> None:
    """For routes without query parameters; raises Malformed `unknown-parameter`."""
    if request.query_params:
        names = sorted(request.query_params)
        raise Malformed(
            "unknown-parameter",
            "This address takes no query parameters.",
            fields=dict.fromkeys(names[:20], "not known here"),
        )


def etag_of(revision: int) -> str:
    """The strong ETag of a resource's revision."""
    return f'"{revision}"'


async def expected_revision(
    if_match: Annotated[
        str | None,
        Header(description="The ETag under which you last read the resource."),
        WithJsonSchema({"type": "string", "example": '"3"'}),
    ] = None,
) -> int | None:
    """The revision that If-Match names; None without the header.

    Raises Malformed `bad-etag` for anything that is not one of our strong ETags.
    """
    if if_match is None:
        return None
    number = if_match.strip().removeprefix('"').removesuffix('"')
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise Malformed("bad-etag", "Send the ETag as the resource gave it.")
    return int(number)
