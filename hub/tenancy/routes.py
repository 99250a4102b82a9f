"""Stores and registers over HTTP."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from hub.kit.clock import Clock
from hub.kit.db import Database
from hub.kit.http import Guard, ListParameters, no_parameters
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from hub.tenancy import readmodel
from hub.tenancy.schemas import Register, RegisterList, RegisterParameters, Store, StoreList
from protocol.errors import NotFound


def build_router(*, database: Database, guard: Guard, clock: Clock) -> APIRouter:
    """`/v1/stores` and `/v1/registers`."""
    router = APIRouter(tags=["stores"])
    _add_stores(router, database=database, guard=guard, clock=clock)
    _add_registers(router, database=database, guard=guard)
    return router


def _add_stores(router: APIRouter, *, database: Database, guard: Guard, clock: Clock) -> None:
    may_read = guard(Permission.STORES_READ)

    @router.get("/v1/stores", operation_id="listStores", responses=problems())
    async def list_stores(
        query: Annotated[ListParameters, Query()],
        principal: Annotated[Principal, Depends(may_read)],
    ) -> StoreList:
        """The tenant's stores, oldest first."""
        limit = checked_limit(query.limit)
        (after,) = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else (None,)
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.stores(
                session, today=clock.now().date(), after_id=after, most=limit + 1
            )
        return StoreList.of(page_of(rows, limit, lambda row: [row["store_id"]]))

    @router.get(
        "/v1/stores/{store_id}",
        operation_id="getStore",
        responses=problems(HTTPStatus.NOT_FOUND),
        dependencies=[Depends(no_parameters)],
    )
    async def get_store(
        store_id: UUID, principal: Annotated[Principal, Depends(may_read)]
    ) -> Store:
        """One store."""
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.stores(session, today=clock.now().date(), store_id=store_id)
        if not rows:
            raise NotFound("unknown-store", "There is no such store.")
        return Store.model_validate(dict(rows[0]))


def _add_registers(router: APIRouter, *, database: Database, guard: Guard) -> None:
    may_read = guard(Permission.STORES_READ)

    @router.get("/v1/registers", operation_id="listRegisters", responses=problems())
    async def list_registers(
        query: Annotated[RegisterParameters, Query()],
        principal: Annotated[Principal, Depends(may_read)],
    ) -> RegisterList:
        """The tenant's registers, oldest first."""
        limit = checked_limit(query.limit)
        (after,) = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else (None,)
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.registers(
                session, store_id=query.store_id, after_id=after, most=limit + 1
            )
        return RegisterList.of(page_of(rows, limit, lambda row: [row["register_id"]]))

    @router.get(
        "/v1/registers/{register_id}",
        operation_id="getRegister",
        responses=problems(HTTPStatus.NOT_FOUND),
        dependencies=[Depends(no_parameters)],
    )
    async def get_register(
        register_id: UUID, principal: Annotated[Principal, Depends(may_read)]
    ) -> Register:
        """One register."""
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.registers(session, register_id=register_id)
        if not rows:
            raise NotFound("unknown-register", "There is no such register.")
        return Register.model_validate(dict(rows[0]))
