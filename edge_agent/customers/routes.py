"""Customers over HTTP."""

from fastapi import APIRouter, Response

from edge_agent.customers.schemas import CustomerProposal, CustomerState
from edge_agent.customers.service import CustomerService
from edge_agent.kit.problem_responses import problems
from edge_agent.staff.routes import SignedIn


def build_router(service: CustomerService) -> APIRouter:
    """`/customers`."""
    router = APIRouter(tags=["customers"])

    @router.post(
        "/customers",
        status_code=201,
        response_model=CustomerState,
        responses=problems(409),
        summary="Propose a customer",
    )
    async def propose(
        proposal: CustomerProposal, response: Response, caller: SignedIn
    ) -> CustomerState:
        """Usable on tickets at once; the office adopts or merges. The same again: 200."""
        proposed = await service.propose(proposal.id, proposal.to_card(), staff_id=caller.staff_id)
        response.status_code = 201 if proposed else 200
        return CustomerState(id=proposal.id)

    return router
