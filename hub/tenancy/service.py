"""Founding tenants and keeping their stores, and publishing both to the shops as `settings`.

Methods take the caller's transaction: a tenant is founded in one, and what a shop pulls commits
with the change.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.collections.service import CollectionWriter
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from hub.tenancy import repository, rules
from hub.tenancy.fiscal_service import FiscalTerms
from hub.tenancy.models import Organization, Register, Store, StoreTerms
from protocol.codec.items import encode_item, item_key
from protocol.errors import Malformed, NotFound
from protocol.messages.collections import Item, RegisterSettings, StoreSettings

SETTINGS = "settings"
_ORGANIZATIONS = 200


async def every_organization(database: Database) -> AsyncIterator[UUID]:
    """The tenants one after the other, in pages; one that is founded meanwhile may be left out."""
    last = UUID(int=0)
    while True:
        async with database.lookup() as session:
            page = await repository.organizations_after(session, last, most=_ORGANIZATIONS)
        if not page:
            return
        for organization_id in page:
            yield organization_id
        last = page[-1]


class Tenancy:
    """The tenant's own shape. `random_bytes(n)`: n unpredictable bytes, for pairing tokens."""

    def __init__(
        self, *, clock: Clock, random_bytes: Callable[[int], bytes], writer: CollectionWriter
    ) -> None:
        self._clock = clock
        self._random_bytes = random_bytes
        self._writer = writer
        self._fiscal = FiscalTerms(clock)

    async def put_organization(self, session: TenantSession, organization: Organization) -> None:
        """Found the session's tenant, or rename it."""
        assert organization.organization_id == session.organization_id
        await repository.put_organization(session, organization, self._clock.now())

    async def put_store(self, session: TenantSession, store: Store, *, terms: StoreTerms) -> None:
        """Create or change a store with its settings; raises Malformed `unknown-timezone`.

        The caller publishes.
        """
        try:
            ZoneInfo(store.timezone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise Malformed(
                "unknown-timezone",
                "Use an IANA name such as Africa/Algiers.",
                fields={"timezone": store.timezone},
            ) from error
        await repository.put_store(session, store, self._clock.now())
        await repository.put_terms(session, terms)

    async def put_register(self, session: TenantSession, register: Register) -> None:
        """Create or change a register; raises Malformed `bad-register-code`.

        The caller publishes.
        """
        rules.checked_register_code(register.code)
        await repository.put_register(session, register, self._clock.now())

    async def rotate_pairing_token(self, session: TenantSession, register_id: UUID) -> str:
        """A new pairing token for a register, published; shown once, only its hash is kept."""
        token = rules.pairing_token(self._random_bytes(rules.TOKEN_BYTES))
        store_id = await repository.replace_pairing_token(
            session, register_id, rules.pairing_token_hash(token)
        )
        if store_id is None:
            raise NotFound("unknown-register", "There is no such register.")
        await self.publish(session, [store_id])
        return token

    async def store_ids(self, session: TenantSession) -> list[UUID]:
        """Every store of the tenant."""
        return await repository.store_ids(session)

    async def zones(
        self, session: TenantSession, store_ids: Sequence[UUID]
    ) -> Mapping[UUID, ZoneInfo]:
        """Time zone per store; a store that is not the tenant's is left out."""
        zones = await repository.timezones(session, store_ids)
        return {store_id: ZoneInfo(name) for store_id, name in zones.items()}

    async def publish(self, session: TenantSession, store_ids: Sequence[UUID]) -> int:
        """Publish settings, registers, legal entity and cash terms of these stores, and nothing
        else; how many rows changed."""
        await self._writer.hold(session, store_ids, collection=SETTINGS)
        stores = await repository.stores_with_terms(session, store_ids, self._clock.now())
        shown: defaultdict[UUID, dict[str, bytes]] = defaultdict(dict)

        def show(store_id: UUID, item: Item) -> None:
            shown[store_id][item_key(item)] = encode_item(item)

        for store in stores:
            may = {**store, "cashier_may": tuple(store["cashier_may"])}
            settings = StoreSettings(organization_id=session.organization_id, **may)
            show(settings.store_id, settings)
        for register in await repository.registers(session, store_ids):
            item = RegisterSettings(
                register_id=register.register_id,
                name=register.name,
                code=register.code,
                pairing_token_hash=register.pairing_token_hash,
                active=register.active,
            )
            show(register.store_id, item)
        for store_id, own in await self._fiscal.items_of_stores(session, store_ids):
            show(store_id, own)
        return sum(
            [
                await self._writer.replace_all(
                    session, store_id=store_id, collection=SETTINGS, rows=rows
                )
                for store_id, rows in shown.items()
            ]
        )
