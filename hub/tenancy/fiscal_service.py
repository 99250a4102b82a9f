"""Legal entities with their regimes, and how cash is paid: kept, and shown to the shops.

Methods take the caller's transaction; the caller publishes (`Tenancy.publish`). What the program
ships for a currency holds where the tenant says nothing.
"""

from collections.abc import Sequence
from uuid import UUID

from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from hub.tenancy import fiscal_repository as repository
from hub.tenancy.fiscal_repository import NamedEntity
from hub.tenancy.fiscal_rules import check_cash_terms, check_legal_entity
from protocol.errors import Malformed
from protocol.messages.collections import CashTerms, LegalEntity


class FiscalTerms:
    """Who is liable for what, and the terms of cash, of one tenant."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def put_legal_entity(
        self, session: TenantSession, entity: LegalEntity, *, code: str
    ) -> None:
        """Create or change it; `code` is the tenant's own word for it, used once.

        Raises Malformed `malformed-legal-entity`.
        """
        check_legal_entity(entity)
        for other in await repository.entities(session):
            taken = other.entity.legal_entity_id != entity.legal_entity_id and other.code == code
            if taken or not code:
                raise Malformed(
                    "malformed-legal-entity",
                    "Use a code that no other legal entity has.",
                    fields={"code": "is taken" if taken else "is empty"},
                )
        await repository.put_entity(session, NamedEntity(code, entity), self._clock.now())

    async def legal_entities(self, session: TenantSession) -> dict[str, LegalEntity]:
        """By the tenant's own code."""
        return {named.code: named.entity for named in await repository.entities(session)}

    async def put_cash_terms(self, session: TenantSession, terms: CashTerms) -> None:
        """Make the terms of a currency exactly these; empty lists leave it to the program.

        Raises Malformed `malformed-cash-terms`, `malformed-tariff`, `unknown-currency`.
        """
        check_cash_terms(terms)
        await repository.put_cash_terms(session, terms)

    async def cash_terms(self, session: TenantSession) -> dict[str, CashTerms]:
        """By currency, as far as the tenant has terms of its own."""
        return await repository.cash_terms(session)

    async def items_of_stores(
        self, session: TenantSession, store_ids: Sequence[UUID]
    ) -> list[tuple[UUID, LegalEntity | CashTerms]]:
        """What each of these stores is shown: whose it is, and the cash terms of its currency."""
        entities = {
            named.entity.legal_entity_id: named.entity
            for named in await repository.entities(session)
        }
        terms = await repository.cash_terms(session)
        shown: list[tuple[UUID, LegalEntity | CashTerms]] = []
        for store in await repository.entities_of_stores(session, store_ids):
            if store.legal_entity_id is not None:
                shown.append((store.store_id, entities[store.legal_entity_id]))
            if store.currency in terms:
                shown.append((store.store_id, terms[store.currency]))
        return shown
