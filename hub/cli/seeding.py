"""From a seed file to open shops: one transaction per tenant, each repeatable.

What the file says is made so; what it does not speak of stays as it is. Everything is published,
and publishing again what did not change makes no version.
"""

import os
from collections.abc import Mapping, Sequence
from uuid import UUID

from hub.catalog.models import Category, Price, Product, TaxRate
from hub.catalog.offer_models import OfferedList, OfferedPromotion
from hub.catalog.offer_service import Offers
from hub.catalog.publishing import CatalogPublisher
from hub.catalog.service import Catalog
from hub.cli.seed_file import SeedFile, SeedProduct, SeedStaff, SeedStore, SeedTenant
from hub.collections.service import CollectionWriter
from hub.fleet.models import Device
from hub.fleet.service import Fleet
from hub.identity.models import UserProfile
from hub.identity.service import Membership
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from hub.kit.ids import IdSource
from hub.kit.passwords import Passwords
from hub.staff.models import StaffMember
from hub.staff.service import Staff
from hub.tenancy.fiscal_service import FiscalTerms
from hub.tenancy.models import Organization, Register, Store, StoreTerms
from hub.tenancy.rules import pairing_token_hash
from hub.tenancy.service import Tenancy


class Seeding:
    """Seeds tenants as role `app`, which cannot reach past the one it is working on."""

    def __init__(
        self, database: Database, *, clock: Clock, ids: IdSource, passwords: Passwords
    ) -> None:
        writer = CollectionWriter(clock)
        self._database = database
        self._ids = ids
        self._tenancy = Tenancy(clock=clock, random_bytes=os.urandom, writer=writer)
        self._fiscal = FiscalTerms(clock)
        self._membership = Membership(clock=clock, ids=ids, passwords=passwords)
        self._fleet = Fleet(clock)
        self._catalog = Catalog(clock)
        self._publisher = CatalogPublisher(clock=clock, writer=writer)
        self._offers = Offers(clock=clock, writer=writer)
        self._staff = Staff(clock=clock, passwords=passwords, writer=writer)

    async def seed(self, file: SeedFile) -> None:
        """Seed every tenant; one that fails leaves nothing of itself and raises."""
        for tenant in file.tenants:
            async with self._database.tenant(tenant.id) as session:
                await self._tenant(session, tenant)

    async def _tenant(self, session: TenantSession, tenant: SeedTenant) -> None:
        await self._tenancy.put_organization(
            session,
            Organization(organization_id=tenant.id, name=tenant.name, currency=tenant.currency),
        )
        await self._owner(session, tenant)
        await self._fiscal_terms(session, tenant)
        entities = {n.code: n.entity.legal_entity_id for n in tenant.legal_entities}
        for store in tenant.stores:
            await self._store(session, store, tenant=tenant, entities=entities)
        stores = [store.id for store in tenant.stores]
        await self._tenancy.publish(session, stores)
        await self._people(session, tenant.staff, stores=stores)
        await self._offered(session, tenant)
        await self._products(session, tenant)
        await self._publisher.publish_stores(session)
        await self._offers.publish(session)

    async def _fiscal_terms(self, session: TenantSession, tenant: SeedTenant) -> None:
        for named in tenant.legal_entities:
            await self._fiscal.put_legal_entity(session, named.entity, code=named.code)
        for terms in tenant.cash_terms:
            await self._fiscal.put_cash_terms(session, terms)

    async def _offered(self, session: TenantSession, tenant: SeedTenant) -> None:
        lists = [OfferedList(price_list=each) for each in tenant.price_lists]
        await self._offers.put_price_lists(session, lists)
        promotions = [
            OfferedPromotion(
                promotion=each.promotion,
                store_ids=None if each.stores is None else frozenset(each.stores),
            )
            for each in tenant.promotions
        ]
        await self._offers.put_promotions(session, promotions)

    async def _owner(self, session: TenantSession, tenant: SeedTenant) -> None:
        owner = tenant.owner
        await self._membership.start_roles(session)
        await self._membership.add_user(
            session,
            UserProfile(
                user_id=self._ids.next(),
                email=owner.email,
                name=owner.name,
                language=owner.language,
            ),
            password=owner.password.get_secret_value(),
            role_code="owner",
        )

    async def _store(
        self,
        session: TenantSession,
        store: SeedStore,
        *,
        tenant: SeedTenant,
        entities: Mapping[str, UUID],
    ) -> None:
        await self._tenancy.put_store(
            session,
            Store(
                store_id=store.id,
                code=store.code,
                name=store.name,
                currency=store.currency or tenant.currency,
                timezone=store.timezone,
                legal_entity_id=entities[store.legal_entity] if store.legal_entity else None,
            ),
            terms=StoreTerms(
                store_id=store.id,
                prices_include_tax=store.prices_include_tax,
                languages=tuple(store.languages),
                cutoff_minute=store.cutoff_minute,
                allow_negative_stock=store.allow_negative_stock,
                cashier_may=tuple(store.cashier_may),
            ),
        )
        for register in store.registers:
            await self._tenancy.put_register(
                session,
                Register(
                    register_id=register.id,
                    store_id=store.id,
                    name=register.name,
                    code=register.code,
                    pairing_token_hash=pairing_token_hash(register.pairing_token),
                ),
            )
        for device in store.devices:
            await self._fleet.register(
                session,
                Device(
                    device_id=device.id,
                    store_id=store.id,
                    name=device.name,
                    certificate_fingerprint=device.certificate_fingerprint,
                ),
            )

    async def _people(
        self, session: TenantSession, people: Sequence[SeedStaff], *, stores: Sequence[UUID]
    ) -> None:
        for person in people:
            await self._staff.put_member(
                session,
                StaffMember(
                    staff_id=person.id,
                    name=person.name,
                    roles=tuple(person.roles),
                    store_ids=tuple(person.stores),
                ),
            )
            await self._staff.set_pin(session, person.id, pin=person.pin.get_secret_value())
        await self._staff.publish(session, stores)

    async def _products(self, session: TenantSession, tenant: SeedTenant) -> None:
        rates = [
            TaxRate(
                tax_id=rate.id,
                name=rate.name,
                rate_ppm=rate.rate_ppm,
                exempt=rate.exempt,
                valid_from=rate.valid_from,
            )
            for rate in tenant.tax_rates
        ]
        categories = [
            Category(category_id=self._ids.next(), code=category.code, names=category.names)
            for category in tenant.categories
        ]
        await self._catalog.put_tax_rates(session, rates)
        await self._catalog.put_categories(session, categories)
        await self._catalog.put_products(session, [_product(one) for one in tenant.products])
        prices = [price for one in tenant.products for price in self._prices(one, tenant)]
        await self._catalog.put_prices(session, prices)

    def _prices(self, product: SeedProduct, tenant: SeedTenant) -> list[Price]:
        currencies = {store.id: store.currency or tenant.currency for store in tenant.stores}
        amounts: list[tuple[UUID | None, int]] = [*product.store_prices.items()]
        if product.price_minor is not None:
            amounts.append((None, product.price_minor))
        listed = [
            Price(
                price_id=self._ids.next(),
                product_id=product.id,
                currency=tenant.currency,
                unit_price_minor=each.price_minor,
                effective_at=each.effective_at,
                price_list_id=each.price_list_id,
                min_quantity=each.min_quantity,
            )
            for each in product.list_prices
        ]
        return listed + [
            Price(
                price_id=self._ids.next(),
                product_id=product.id,
                store_id=store_id,
                currency=currencies[store_id] if store_id else tenant.currency,
                unit_price_minor=amount_minor,
            )
            for store_id, amount_minor in amounts
        ]


def _product(product: SeedProduct) -> Product:
    return Product(
        product_id=product.id,
        sku=product.sku,
        names=product.names,
        unit=product.unit,
        tax_id=product.tax_id,
        codes=tuple(product.codes),
        category_code=product.category,
        active=product.active,
    )
