"""Signing in over HTTP, and who one is then."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from hub.identity.models import AccessToken, Caller
from hub.identity.schemas import (
    Me,
    OrganizationAnswer,
    RefreshToken,
    SignedInTokens,
    SignIn,
    Tokens,
)
from hub.identity.service import Identity
from hub.identity.tokens import AccessTokens
from hub.kit.http import Guard, no_parameters
from hub.kit.permissions import Principal
from hub.kit.problem_responses import problems


def build_router(*, identity: Identity, tokens: AccessTokens, guard: Guard) -> APIRouter:
    """`/v1/auth/…` and `/v1/me`."""
    router = APIRouter(tags=["identity"], dependencies=[Depends(no_parameters)])
    _add_sign_in(router, identity, tokens)
    _add_sign_out(router, identity)

    @router.get("/v1/me", operation_id="getMe", responses=problems(HTTPStatus.NOT_FOUND))
    async def me(principal: Annotated[Principal, Depends(guard())]) -> Me:
        """Who is signed in."""
        profile = await identity.profile(principal)
        return Me(
            user_id=profile.user_id,
            email=profile.email,
            name=profile.name,
            language=profile.language,
            organization_id=principal.organization_id,
            permissions=sorted(principal.permissions),
        )

    return router


def caller_of(request: Request) -> Caller:
    """From where a request comes, for throttling and the list of sessions."""
    return Caller(
        address=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", "")[:200],
    )


def _add_sign_in(router: APIRouter, identity: Identity, tokens: AccessTokens) -> None:
    answers = problems(
        HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS
    )

    @router.post("/v1/auth/sign-in", operation_id="signIn", responses=answers)
    async def sign_in(body: SignIn, request: Request) -> SignedInTokens:
        """Trade an e-mail and a password for tokens. Failures are throttled."""
        caller = caller_of(request)
        found = await identity.sign_in(
            body.email, body.password, caller=caller, organization_id=body.organization_id
        )
        session = await identity.open_session(found.principal, caller=caller)
        return SignedInTokens(
            **_tokens(found.principal, tokens.issue(found.principal), session.token),
            session_expires_at=session.expires_at,
            organizations=[
                OrganizationAnswer(
                    organization_id=choice.organization_id, name=choice.name, role=choice.role_code
                )
                for choice in found.organizations
            ],
        )

    @router.post("/v1/auth/refresh", operation_id="refreshTokens", responses=answers)
    async def refresh(body: RefreshToken) -> Tokens:
        """A new access token with what the person may do now."""
        principal = await identity.session_principal(body.refresh_token)
        return Tokens(**_tokens(principal, tokens.issue(principal), body.refresh_token))


def _add_sign_out(router: APIRouter, identity: Identity) -> None:
    @router.post(
        "/v1/auth/sign-out",
        operation_id="signOut",
        status_code=HTTPStatus.NO_CONTENT,
        responses=problems(HTTPStatus.UNPROCESSABLE_ENTITY),
    )
    async def sign_out(body: RefreshToken) -> None:
        """End the session; an access token already given holds for its last minutes."""
        await identity.end_session(body.refresh_token)


def _tokens(principal: Principal, access: AccessToken, refresh_token: str) -> dict[str, Any]:
    return {
        "access_token": access.token,
        "expires_in": access.expires_in_s,
        "organization_id": principal.organization_id,
        "refresh_token": refresh_token,
    }
