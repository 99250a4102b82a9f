"""Products and prices over HTTP. A change is published to the shops in its own transaction."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from hub.catalog import models, readmodel
from hub.catalog.readmodel import PriceFilter, ProductFilter
from hub.catalog.schemas import (
    NewPrice,
    NewProduct,
    PriceList,
    PriceParameters,
    Product,
    ProductList,
    ProductParameters,
    ProductPatch,
)
from hub.catalog.service import CatalogService
from hub.kit.db import Database
from hub.kit.http import Guard, etag_of, expected_revision, no_parameters
from hub.kit.pages import checked_limit, decode_cursor, page_of
from hub.kit.permissions import Permission, Principal
from hub.kit.problem_responses import problems
from protocol.errors import NotFound, Refused
from protocol.vocabulary.currencies import currency
from protocol.vocabulary.text import query_terms


def build_router(*, database: Database, guard: Guard, catalog: CatalogService) -> APIRouter:
    """`/v1/products` and `/v1/prices`."""
    router = APIRouter(tags=["catalog"])
    _add_reads(router, database=database, guard=guard)
    _add_prices(router, database=database, guard=guard, catalog=catalog)
    _add_writes(router, database=database, guard=guard, catalog=catalog)
    return router


def _add_reads(router: APIRouter, *, database: Database, guard: Guard) -> None:
    may_read = guard(Permission.CATALOG_READ)

    @router.get("/v1/products", operation_id="listProducts", responses=problems())
    async def list_products(
        query: Annotated[ProductParameters, Query()],
        principal: Annotated[Principal, Depends(may_read)],
    ) -> ProductList:
        """The tenant's products, all or those searched for."""
        limit = checked_limit(query.limit)
        (after,) = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else (None,)
        terms = query_terms(query.q) if query.q else None
        if terms == []:
            return ProductList(items=[])
        chosen = ProductFilter(code=query.code, terms=terms, active=query.active)
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.products(session, chosen, after_id=after, most=limit + 1)
        return ProductList.of(page_of(rows, limit, lambda row: [row["product_id"]]))

    @router.get(
        "/v1/products/{product_id}",
        operation_id="getProduct",
        responses=problems(HTTPStatus.NOT_FOUND),
        dependencies=[Depends(no_parameters)],
    )
    async def get_product(
        product_id: UUID,
        response: Response,
        principal: Annotated[Principal, Depends(may_read)],
    ) -> Product:
        """One product; its ETag is what a change must name in If-Match."""
        found = await _product(database, principal, product_id)
        response.headers["ETag"] = etag_of(found.revision)
        return found


def _add_prices(
    router: APIRouter, *, database: Database, guard: Guard, catalog: CatalogService
) -> None:
    @router.get("/v1/prices", operation_id="listPrices", responses=problems())
    async def list_prices(
        query: Annotated[PriceParameters, Query()],
        principal: Annotated[Principal, Depends(guard(Permission.CATALOG_READ))],
    ) -> PriceList:
        """Every price of the tenant: past, present and announced."""
        limit = checked_limit(query.limit)
        (after,) = decode_cursor(query.cursor, tuple[UUID]) if query.cursor else (None,)
        chosen = PriceFilter(**query.model_dump(exclude={"limit", "cursor"}))
        async with database.tenant(principal.organization_id) as session:
            rows = await readmodel.prices(session, chosen, after_id=after, most=limit + 1)
        return PriceList.of(page_of(rows, limit, lambda row: [row["price_id"]]))

    @router.put(
        "/v1/products/{product_id}/price",
        operation_id="setPrice",
        status_code=HTTPStatus.NO_CONTENT,
        responses=problems(
            HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY
        ),
        dependencies=[Depends(no_parameters)],
    )
    async def set_price(
        product_id: UUID,
        body: NewPrice,
        principal: Annotated[Principal, Depends(guard(Permission.CATALOG_WRITE))],
    ) -> None:
        """Set a product's price, for one store or for all of a currency, in which one must sell.

        An instant that is past counts at once, unless a newer price has begun: then 409.
        """
        currency(body.currency)
        price = models.NewPrice(product_id=product_id, **body.model_dump())
        await catalog.set_price(principal, price)


def _add_writes(
    router: APIRouter, *, database: Database, guard: Guard, catalog: CatalogService
) -> None:
    may_write = guard(Permission.CATALOG_WRITE)

    @router.post(
        "/v1/products",
        operation_id="createProduct",
        status_code=HTTPStatus.CREATED,
        responses=problems(HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY),
        dependencies=[Depends(no_parameters)],
    )
    async def create_product(
        body: NewProduct, response: Response, principal: Annotated[Principal, Depends(may_write)]
    ) -> Product:
        """Add a product and publish it. The id makes a repeat harmless: it is refused."""
        fields = body.model_dump()
        product = models.Product(**{**fields, "codes": tuple(fields["codes"])})
        await catalog.create_product(principal, product)
        found = await _product(database, principal, body.product_id)
        response.headers["ETag"] = etag_of(found.revision)
        response.headers["Location"] = f"/v1/products/{found.product_id}"
        return found

    @router.patch(
        "/v1/products/{product_id}",
        operation_id="changeProduct",
        responses=problems(
            HTTPStatus.NOT_FOUND,
            HTTPStatus.CONFLICT,
            HTTPStatus.PRECONDITION_FAILED,
            HTTPStatus.PRECONDITION_REQUIRED,
            HTTPStatus.UNPROCESSABLE_ENTITY,
        ),
        dependencies=[Depends(no_parameters)],
    )
    async def change_product(
        product_id: UUID,
        body: ProductPatch,
        response: Response,
        principal: Annotated[Principal, Depends(may_write)],
        revision: Annotated[int | None, Depends(expected_revision)],
    ) -> Product:
        """Change a product as it was last read (If-Match) and publish it."""
        if revision is None:
            raise Refused("revision-missing", "Send the product's ETag in If-Match.")
        fields = body.model_dump()
        codes = None if body.codes is None else tuple(body.codes)
        changes = models.ProductChanges(**{**fields, "codes": codes})
        await catalog.change_product(principal, product_id, changes=changes, revision=revision)
        found = await _product(database, principal, product_id)
        response.headers["ETag"] = etag_of(found.revision)
        return found


async def _product(database: Database, principal: Principal, product_id: UUID) -> Product:
    async with database.tenant(principal.organization_id) as session:
        rows = await readmodel.products(session, ProductFilter(product_id=product_id))
    if not rows:
        raise NotFound("unknown-product", "There is no such product.")
    return Product.model_validate(dict(rows[0]))
