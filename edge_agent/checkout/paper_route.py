"""Papers over HTTP."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response

from edge_agent.checkout.papers import PaperService
from edge_agent.kit.problem_responses import problems
from edge_agent.printing.models import MEDIA_TYPES, PaperAsked, PaperFormat, PrintedPaper
from edge_agent.staff.routes import SignedIn

_PAPERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The paper. `X-Paper-Copy`: 0 for the original, else which duplicate.",
        "content": {
            media: {"schema": {"type": "string", "format": "binary"}}
            for media in MEDIA_TYPES.values()
        },
    },
    **problems(404),
}
ZNumber = Annotated[int, Path(ge=1, le=2**53)]


async def paper_asked(
    format: PaperFormat = "png",  # noqa: A002 - the interface's own word
    width: Annotated[Literal["58", "80"], Query(description="Millimetres of a roll.")] = "80",
    languages: Annotated[
        str, Query(max_length=20, description="One or two of fr, ar, en; else the shop's.")
    ] = "",
) -> PaperAsked:
    """How the caller wants the paper."""
    wanted = tuple(language for language in languages.split(",") if language)
    return PaperAsked(format=format, width=80 if width == "80" else 58, languages=wanted)


Asked = Annotated[PaperAsked, Depends(paper_asked)]


def answered(paper: PrintedPaper) -> Response:
    """The paper's bytes."""
    headers = {"X-Paper-Copy": str(paper.copy), "Cache-Control": "no-store"}
    return Response(paper.content, media_type=paper.media_type, headers=headers)


def build_paper_router(service: PaperService) -> APIRouter:
    """`/tickets/{id}/paper`, `/shifts/current/x/paper`, `/z-reports/{n}/paper`,
    `/invoices/{id}/paper`."""
    router = APIRouter(tags=["papers"], responses=_PAPERS, default_response_class=Response)

    @router.get("/tickets/{ticket_id}/paper", summary="A receipt on paper")
    async def ticket(ticket_id: UUID, asked: Asked, _: SignedIn) -> Response:
        """Every call counts: the first is the original, the others are marked as duplicates."""
        return answered(await service.ticket(ticket_id, asked))

    @router.get("/invoices/{invoice_id}/paper", summary="An invoice on paper")
    async def invoice(invoice_id: UUID, asked: Asked, _: SignedIn) -> Response:
        """Counted like a receipt; as `pdf` it is a page of A4."""
        return answered(await service.invoice(invoice_id, asked))

    @router.get("/shifts/current/x/paper", summary="An X on paper")
    async def x(asked: Asked, caller: SignedIn) -> Response:
        """The tablet's register as it stands; nothing is counted."""
        return answered(await service.x(caller.register_id, asked))

    @router.get("/z-reports/{number}/paper", summary="A Z on paper")
    async def z(number: ZNumber, asked: Asked, caller: SignedIn) -> Response:
        """Of the tablet's register; counted like a receipt."""
        return answered(await service.z(caller.register_id, number, asked))

    return router
