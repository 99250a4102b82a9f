"""Products over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime

from edge_agent.catalog.label_schemas import LabelChangeList, LabelConfirmation, LabelsRequest
from edge_agent.catalog.labels import LabelMoment, LabelService
from edge_agent.catalog.ports import RequireSignedIn, SignedInStaff, TradingStore
from edge_agent.catalog.proposals import ProposalService
from edge_agent.catalog.schemas import ProductList, ProductState, ProposalRequest
from edge_agent.catalog.service import MAX_LIMIT, CatalogService
from edge_agent.kit.problem_responses import problems
from edge_agent.printing.routes import PAPERS, Asked, answered
from protocol.errors import Malformed

Code = Annotated[str | None, Query(max_length=64, description="GTIN, SKU or internal code, exact")]
Text = Annotated[str | None, Query(max_length=200, description="Beginnings of words")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
At = Annotated[
    AwareDatetime | None, Query(description="The moment that is asked for; now if left out.")
]
After = Annotated[UUID | None, Query(description="The last answer's `next`")]


def build_router(
    catalog: CatalogService,
    proposals: ProposalService,
    *,
    store: TradingStore,
    require_signed_in: RequireSignedIn,
) -> APIRouter:
    """`/products`."""
    router = APIRouter(prefix="/products", tags=["products"])

    @router.get(
        "",
        summary="Find products",
        responses=problems(404),
        dependencies=[Depends(require_signed_in)],
    )
    async def find(
        code: Code = None, q: Text = None, limit: Limit = 50, after: After = None
    ) -> ProductList:
        """By `code` (404 when unknown), by words in `q`, or all in the order of their ids."""
        if sum(given is not None for given in (code, q, after)) > 1:
            raise Malformed("malformed", "Give one of code, q and after.")
        day = await store.today()
        if code is not None:
            return ProductList.of(await catalog.by_code(code, on=day.on), day)
        if q is not None:
            return ProductList.of(await catalog.search(q, limit=limit, on=day.on), day)
        page = await catalog.listing(after=after, limit=limit, on=day.on)
        return ProductList.of_page(page, day)

    @router.get(
        "/{product_id}",
        summary="One product",
        responses=problems(404),
        dependencies=[Depends(require_signed_in)],
    )
    async def product(product_id: UUID) -> ProductState:
        """Withdrawn ones too: `active` is false then."""
        day = await store.today()
        return ProductState.of(await catalog.product(product_id, on=day.on), day)

    @router.post("", status_code=201, summary="Propose a product", responses=problems(409))
    async def propose(
        proposal: ProposalRequest,
        caller: Annotated[SignedInStaff, Depends(require_signed_in)],
        response: Response,
    ) -> ProductState:
        """Sellable at once; the office adopts or merges it later. The same again: 200."""
        new = await proposals.propose(proposal.to_proposal(), staff_id=caller.staff_id)
        response.status_code = 201 if new else 200
        day = await store.today()
        return ProductState.of(await catalog.product(proposal.id, on=day.on), day)

    return router


def build_label_router(
    labels: LabelService, *, store: TradingStore, require_signed_in: RequireSignedIn
) -> APIRouter:
    """`/labels`."""
    router = APIRouter(prefix="/labels", tags=["labels"], dependencies=[Depends(require_signed_in)])

    async def moment(at: At = None) -> LabelMoment:
        day = await store.today(at)
        return LabelMoment(
            at=day.at,
            on=day.on,
            currency=day.settings.currency,
            languages=day.settings.languages,
        )

    @router.get("/changes", summary="Shelf labels that are false")
    async def changes(
        when: Annotated[LabelMoment, Depends(moment)], limit: Limit = 50, after: After = None
    ) -> LabelChangeList:
        """Every product whose label does not say what everybody pays, or has none yet. With `at`
        the evening before: those that will be false then."""
        page = await labels.changes(when, after=after, limit=limit)
        return LabelChangeList.of(page, await store.settings())

    @router.post(
        "/paper",
        summary="Shelf labels on paper",
        responses={**PAPERS, **problems(404)},
        response_class=Response,
    )
    async def paper(
        wanted: LabelsRequest, when: Annotated[LabelMoment, Depends(moment)], asked: Asked
    ) -> Response:
        """A roll, cut after each. It counts as hanging once it is confirmed."""
        return answered(await labels.paper(wanted.product_ids, when, asked))

    @router.post("/confirm", status_code=204, summary="Say which labels hang")
    async def confirm(confirmation: LabelConfirmation) -> None:
        """With the price that is on them, so that one that changed meanwhile stays in the queue."""
        await labels.confirm(confirmation.to_hanging())

    return router
