"""Changing the catalogue; every change is published in its own transaction and leaves a trace.

`Catalog` works in a transaction that the caller opened (seeding, imports, proposals);
`CatalogService` is for a signed-in user: one method, one transaction.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hub.audit.models import Act
from hub.audit.service import AuditTrail
from hub.catalog import repository
from hub.catalog.models import Category, NewPrice, Price, Product, ProductChanges, TaxRate
from hub.catalog.publishing import CatalogPublisher
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from hub.kit.ids import IdSource
from hub.kit.permissions import Permission, Principal
from protocol.errors import Malformed, NotFound, Refused


class Catalog:
    """Bulk changes in the caller's transaction. They publish nothing by themselves."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def put_tax_rates(self, session: TenantSession, rates: Sequence[TaxRate]) -> None:
        """Create or correct tax rates."""
        if rates:
            await repository.put_tax_rates(session, rates)

    async def put_categories(self, session: TenantSession, categories: Sequence[Category]) -> None:
        """Create categories, or rename those with these codes."""
        if categories:
            await repository.put_categories(session, categories)

    async def put_products(self, session: TenantSession, products: Sequence[Product]) -> None:
        """Create or replace products; raises Refused `sku-taken`, `code-taken`."""
        if products:
            await repository.put_products(session, products, at=self._clock.now())

    async def put_prices(self, session: TenantSession, prices: Sequence[Price]) -> None:
        """Set prices."""
        if prices:
            await repository.put_prices(session, prices, at=self._clock.now())


class CatalogService:
    """What a signed-in user may do with products and prices."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        ids: IdSource,
        publisher: CatalogPublisher,
        trail: AuditTrail,
    ) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._publisher = publisher
        self._trail = trail

    async def create_product(self, principal: Principal, product: Product) -> None:
        """Add a product to every store's catalogue.

        Raises Forbidden, Refused `product-exists`, `sku-taken`, `code-taken`, Malformed
        `unknown-tax`, `unknown-category`.
        """
        principal.require(Permission.CATALOG_WRITE)
        async with self._database.tenant(principal.organization_id) as session:
            if await repository.product_exists(session, product.product_id):
                raise Refused("product-exists", "There is a product with this id already.")
            await self._check_tax(session, product.tax_id)
            await repository.put_products(session, [product], at=self._clock.now())
            await self._publisher.publish_stores(session, product_ids=[product.product_id])
            await self._record(
                session, principal, action="product.created", product_id=product.product_id
            )

    async def change_product(
        self,
        principal: Principal,
        product_id: UUID,
        *,
        changes: ProductChanges,
        revision: int | None = None,
    ) -> int:
        """Change a product at `revision` (None: whatever it is); the new revision.

        Raises Forbidden, NotFound `unknown-product`, Refused `revision-differs`, `code-taken`,
        Malformed `unknown-tax`, `unknown-category`.
        """
        principal.require(Permission.CATALOG_WRITE)
        async with self._database.tenant(principal.organization_id) as session:
            if changes.tax_id is not None:
                await self._check_tax(session, changes.tax_id)
            changed = await repository.change_product(
                session,
                product_id,
                changes=changes,
                revision=revision,
                at=self._clock.now(),
            )
            if changed is None:
                await self._check_product(session, product_id)
                raise Refused("revision-differs", "Somebody changed it; read it again.")
            if changes.codes is not None:
                await repository.put_codes(session, {product_id: changes.codes})
            await self._publisher.publish_stores(session, product_ids=[product_id])
            await self._record(session, principal, action="product.changed", product_id=product_id)
        return changed

    async def set_price(self, principal: Principal, price: NewPrice) -> None:
        """Set a price for one store or all of its currency, from now or a later instant on.

        Raises Forbidden, NotFound `unknown-product`, `unknown-store`, Malformed `wrong-currency`
        where nobody sells in it, Refused `newer-price-begun` where it would never count.
        """
        principal.require(Permission.CATALOG_WRITE)
        async with self._database.tenant(principal.organization_id) as session:
            await self._check_product(session, price.product_id)
            only = None if price.store_id is None else [price.store_id]
            await self._check_currency(session, only, currency=price.currency)
            now = self._clock.now()
            begins = Price(
                price_id=self._ids.next(),
                product_id=price.product_id,
                store_id=price.store_id,
                currency=price.currency,
                unit_price_minor=price.unit_price_minor,
                effective_at=price.effective_at or now,
            )
            await self._check_counts(session, begins, now=now)
            await repository.put_prices(session, [begins], at=now)
            await self._publisher.publish_stores(session, only, product_ids=[price.product_id])
            await self._record(session, principal, action="price.set", product_id=price.product_id)

    async def _check_product(self, session: TenantSession, product_id: UUID) -> None:
        if not await repository.product_exists(session, product_id):
            raise NotFound("unknown-product", "There is no such product.")

    async def _check_currency(
        self, session: TenantSession, only: list[UUID] | None, *, currency: str
    ) -> None:
        stores = await repository.stores(session, only)
        if only and not stores:
            raise NotFound("unknown-store", "There is no such store.")
        used = sorted({store["currency"] for store in stores})
        if currency not in used:
            where = "This store sells" if only else "The stores sell"
            raise Malformed(
                "wrong-currency",
                f"{where} in {', '.join(used) or 'no currency yet'}, not in {currency}.",
                fields={"currency": f"not one of {', '.join(used)}"},
            )

    async def _check_counts(self, session: TenantSession, price: Price, *, now: datetime) -> None:
        newer = await repository.newer_price_begun(session, price, now=now)
        if newer is not None:
            raise Refused(
                "newer-price-begun",
                f"A price of {newer.isoformat()} is in force; this one would never count. "
                "Leave effective_at out to set the price from now on.",
                fields={"effective_at": f"is before {newer.isoformat()}"},
            )

    async def _check_tax(self, session: TenantSession, tax_id: str) -> None:
        rates = await repository.tax_rates(session, self._clock.now().date())
        if tax_id not in {rate["tax_id"] for rate in rates}:
            raise Malformed(
                "unknown-tax", f"There is no tax {tax_id!r}.", fields={"tax_id": "unknown"}
            )

    async def _record(
        self, session: TenantSession, principal: Principal, *, action: str, product_id: UUID
    ) -> None:
        act = Act(
            actor_kind="user",
            actor_id=principal.user_id,
            action=action,
            subject_kind="product",
            subject_id=str(product_id),
        )
        await self._trail.record(session, act)
