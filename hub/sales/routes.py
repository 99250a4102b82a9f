"""Tickets over HTTP."""

from datetime import date
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from hub.kit.db import Database
from hub.kit.http import Guard, no_parameters
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from hub.sales import readmodel
from hub.sales.readmodel import SaleFilter
from hub.sales.schemas import Sale, SaleList, SaleParameters
from protocol.errors import NotFound


def build_router(*, database: Database, guard: Guard) -> APIRouter:
    """`/v1/sales`. A fixed path below it (by-day) must be added before this router."""
    router = APIRouter(tags=["sales"])
    may_read = guard(Permission.SALES_READ)

    @router.get("/v1/sales", operation_id="listSales", responses=problems())
    async def list_sales(
        query: Annotated[SaleParameters, Query()],
        principal: Annotated[Principal, Depends(may_read)],
    ) -> SaleList:
        """Sales and returns, newest business date first."""
        limit = checked_limit(query.limit)
        after = decode_cursor(query.cursor, tuple[date, UUID]) if query.cursor else None
        chosen = SaleFilter(**query.model_dump(exclude={"limit", "cursor"}))
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.sales(session, chosen, after=after, most=limit + 1)
        return SaleList.of_rows(page_of(rows, limit, lambda row: [row["business_date"], row["id"]]))

    @router.get(
        "/v1/sales/{sale_id}",
        operation_id="getSale",
        responses=problems(HTTPStatus.NOT_FOUND),
        dependencies=[Depends(no_parameters)],
    )
    async def get_sale(sale_id: UUID, principal: Annotated[Principal, Depends(may_read)]) -> Sale:
        """One ticket with its lines, tax lines and tenders. The id is the tablet's sale id."""
        async with database.tenant(principal.organization_id) as session:
            found = await readmodel.sale(session, sale_id)
        if found is None:
            raise NotFound("unknown-sale", "There is no such sale.")
        return Sale.of_ticket(found)

    return router
