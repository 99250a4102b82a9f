"""Signing in over HTTP, and the dependencies by which other routes know their caller."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from edge_agent.kit.problem_responses import problems
from edge_agent.staff.models import Caller
from edge_agent.staff.ports import Tablets
from edge_agent.staff.rules import require_role
from edge_agent.staff.schemas import SignInRequest, SignInState
from edge_agent.staff.service import StaffService
from protocol.errors import Unauthenticated

_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


def provide_staff(app: FastAPI, service: StaffService) -> None:
    """Let `SignedIn` find the service; call once per app."""
    app.state.staff = service


async def _token(credentials: _Credentials) -> str:  # a plain def would cost a thread
    if credentials is None:
        raise Unauthenticated("no-token", "Send the header Authorization: Bearer with a token.")
    return credentials.credentials


Token = Annotated[str, Depends(_token)]


async def require_signed_in(token: Token, request: Request) -> Caller:
    """The caller; raises Unauthenticated `no-token` or `not-signed-in`."""
    service = cast("StaffService", request.app.state.staff)
    return await service.authenticate(token)


SignedIn = Annotated[Caller, Depends(require_signed_in)]


async def require_manager(caller: SignedIn) -> Caller:
    """The caller, a manager; raises Unauthenticated, Forbidden `role-missing`."""
    require_role(caller.roles, "manager")
    return caller


def build_router(service: StaffService, *, tablets: Tablets) -> APIRouter:
    """`/sign-ins`."""
    router = APIRouter(prefix="/sign-ins", tags=["staff"])

    @router.post("", status_code=201, summary="Sign in with a PIN", responses=problems(429))
    async def sign_in(request: SignInRequest, tablet_token: Token) -> SignInState:
        """The bearer token is the tablet's. Wrong PINs are slowed down, per tablet and store."""
        tablet = await tablets.tablet(tablet_token)
        return SignInState.of(await service.sign_in(request.pin, tablet=tablet))

    @router.delete("/current", status_code=204, summary="Sign out")
    async def sign_out(token: Token, _: SignedIn) -> None:
        """The bearer token is worthless afterwards."""
        await service.sign_out(token)

    return router
