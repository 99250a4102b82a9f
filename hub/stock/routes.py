"""Stock over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from hub.kit.db import Database
from hub.kit.http import Guard
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from hub.stock import readmodel
from hub.stock.readmodel import OnHandFilter
from hub.stock.schemas import OnHandList, OnHandParameters


def build_router(*, database: Database, guard: Guard) -> APIRouter:
    """`/v1/stock`."""
    router = APIRouter(tags=["stock"])

    @router.get("/v1/stock", operation_id="listStock", responses=problems())
    async def list_stock(
        query: Annotated[OnHandParameters, Query()],
        principal: Annotated[Principal, Depends(guard(Permission.STOCK_READ))],
    ) -> OnHandList:
        """On-hand per store and product; what never moved is not listed."""
        limit = checked_limit(query.limit)
        after = decode_cursor(query.cursor, tuple[UUID, UUID]) if query.cursor else None
        chosen = OnHandFilter(store_id=query.store_id, product_id=query.product_id)
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.on_hand(session, chosen, after=after, most=limit + 1)
        return OnHandList.of(page_of(rows, limit, lambda row: [row["store_id"], row["product_id"]]))

    return router
