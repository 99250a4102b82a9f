"""Pairing tablets over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Depends

from edge_agent.kit.problem_responses import problems
from edge_agent.shop.ports import RequireManager
from edge_agent.shop.schemas import PairingRequest, PairingState
from edge_agent.shop.service import ShopService


def build_router(service: ShopService, *, require_manager: RequireManager) -> APIRouter:
    """`/pairings`."""
    router = APIRouter(prefix="/pairings", tags=["tablets"])

    @router.post(
        "",
        status_code=201,
        summary="Pair a tablet to a register",
        responses=problems(401, 409, 429),
    )
    async def pair(request: PairingRequest) -> PairingState:
        """Needs no sign-in, but the code that the office shows for the register. A code pairs any
        number of tablets until the office changes it."""
        pairing = await service.pair(request.pairing_token, tablet_name=request.tablet_name)
        return PairingState.of(pairing)

    @router.delete(
        "/{tablet_id}",
        status_code=204,
        summary="Revoke a tablet",
        responses=problems(403, 404),
        dependencies=[Depends(require_manager)],
    )
    async def revoke(tablet_id: UUID) -> None:
        """For managers. The tablet's sign-ins end at once."""
        await service.revoke(tablet_id)

    return router
