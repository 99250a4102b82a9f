"""The month's figures for an accountant, read from the books as they are now."""

from collections.abc import AsyncIterator
from uuid import UUID

from hub.analytics import extract_repository as repository
from hub.analytics.extract_rules import (
    DUTY_HEADINGS,
    TAX_HEADINGS,
    EntityNames,
    Month,
    Row,
    duty_rows,
    journal_headings,
    journal_row,
    tax_rows,
)
from hub.kit.db import Database
from hub.tenancy.fiscal_service import FiscalTerms
from protocol.errors import NotFound


class MonthlyExtracts:
    """One tenant's month; of one legal entity alone where it is named by its code."""

    def __init__(self, database: Database, *, fiscal: FiscalTerms) -> None:
        self._database = database
        self._fiscal = fiscal

    async def taxes(
        self, organization_id: UUID, month: Month, *, legal_entity: str | None = None
    ) -> list[Row]:
        """TVA by rate, headings first. Raises NotFound `unknown-legal-entity`."""
        own, names = await self._entity(organization_id, legal_entity)
        async with self._database.tenant(organization_id) as session:
            found = await repository.month_taxes(session, month, own)
        return [list(TAX_HEADINGS), *tax_rows(found, entities=names)]

    async def duty(
        self, organization_id: UUID, month: Month, *, legal_entity: str | None = None
    ) -> list[Row]:
        """Stamp duty by store and day, headings first. Raises as `taxes`."""
        own, names = await self._entity(organization_id, legal_entity)
        async with self._database.tenant(organization_id) as session:
            found = await repository.month_duty(session, month, own)
        return [list(DUTY_HEADINGS), *duty_rows(found, entities=names)]

    async def journal(
        self, organization_id: UUID, month: Month, *, legal_entity: str | None = None
    ) -> AsyncIterator[list[Row]]:
        """The daily sales journal: the headings, then each day's rows, a transaction each."""
        own, names = await self._entity(organization_id, legal_entity)
        async with self._database.tenant(organization_id) as session:
            columns = await repository.journal_columns(session, month)
        yield [journal_headings(columns)]
        for on in month.days:
            async with self._database.tenant(organization_id) as session:
                days = await repository.register_days(session, on, own)
            yield [journal_row(on, day, columns=columns, entities=names) for day in days]

    async def _entity(
        self, organization_id: UUID, code: str | None
    ) -> tuple[UUID | None, EntityNames]:
        async with self._database.tenant(organization_id) as session:
            entities = await self._fiscal.legal_entities(session)
        if code is not None and code not in entities:
            raise NotFound("unknown-legal-entity", f"There is no legal entity {code!r}.")
        names: dict[UUID | None, str] = {None: ""}
        names.update({entity.legal_entity_id: each for each, entity in entities.items()})
        return (None if code is None else entities[code].legal_entity_id), names
