"""Sums over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from hub.analytics import readmodel
from hub.analytics.readmodel import DayFilter
from hub.analytics.schemas import DayParameters, DaySalesList
from hub.kit.db import Database
from hub.kit.http import CursorText, Guard
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems


def build_router(*, database: Database, guard: Guard) -> APIRouter:
    """`/v1/sales/by-day`."""
    router = APIRouter(tags=["sales"])

    @router.get("/v1/sales/by-day", operation_id="listSalesByDay", responses=problems())
    async def list_sales_by_day(
        query: Annotated[DayParameters, Query()],
        principal: Annotated[Principal, Depends(guard(Permission.SALES_READ))],
    ) -> DaySalesList:
        """Sums per business date, store and currency, oldest day first."""
        limit = checked_limit(query.limit)
        after = decode_cursor(query.cursor, tuple[date, UUID, CursorText]) if query.cursor else None
        chosen = DayFilter(**query.model_dump(exclude={"limit", "cursor"}))
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.sales_by_day(session, chosen, after=after, most=limit + 1)
        return DaySalesList.of(
            page_of(
                rows, limit, lambda row: [row["business_date"], row["store_id"], row["currency"]]
            )
        )

    return router
