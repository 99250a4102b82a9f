"""Invoices that the office issues itself, in a series of the hub's own."""

from collections.abc import Callable
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from hub.kit.clock import Clock
from hub.kit.db import TenantSession
from hub.kit.ids import IdSource
from hub.sales import invoice_repository as repository
from hub.sales.invoice_repository import InvoiceRow, TicketToInvoice
from hub.sales.invoice_rules import hub_number, kind_for
from hub.tenancy.fiscal_service import FiscalTerms
from protocol.errors import NotFound, Refused
from protocol.messages.collections import LegalEntity
from protocol.messages.invoice import InvoiceIssued, InvoiceKind, Party

_KEY_BYTES = 32
_NONCE_BYTES = 12


class HubInvoice(Struct, frozen=True, kw_only=True):
    """What was issued. `number_text`: as printed."""

    invoice_id: UUID
    kind: InvoiceKind
    year: int
    number: int
    number_text: str


class HubInvoices:
    """Issues invoices and credit notes for tickets that are in the books.

    `random_bytes(n)`: n unpredictable bytes, for the buyer's key.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        ids: IdSource,
        fiscal: FiscalTerms,
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._fiscal = fiscal
        self._random_bytes = random_bytes

    async def issue_invoice(
        self, session: TenantSession, ticket_id: UUID, buyer: Party
    ) -> HubInvoice:
        """The paper for a ticket, dated today where the store is: a credit note for a return.

        Its number is taken in the caller's transaction, and given again when that fails: the series
        of (legal entity, year, kind) has no gap. Raises NotFound `unknown-sale`; Refused
        `already-invoiced`, `no-legal-entity`.
        """
        ticket = await repository.lock_ticket(session, ticket_id)
        if ticket is None:
            raise NotFound("unknown-sale", "There is no such ticket.")
        if await repository.invoiced(session, [ticket_id]):
            raise Refused("already-invoiced", "An invoice stands on this ticket already.")
        seller = await self._seller(session, ticket)
        today = self._clock.now().astimezone(ZoneInfo(ticket.timezone)).date()
        kind = kind_for(ticket.kind)
        number = await repository.next_number(
            session, seller.legal_entity_id, year=today.year, kind=kind
        )
        buyer_id, sealed = await self._sealed(session, buyer)
        corrects = None
        if ticket.original_sale_id is not None:
            corrects = await repository.newest_invoice(session, ticket.original_sale_id)
        issued = InvoiceIssued(
            kind=kind,
            legal_entity_id=seller.legal_entity_id,
            seller=seller.party,
            year=today.year,
            series_epoch=0,
            number=number,
            issued_on=today,
            ticket_id=ticket_id,
            currency=ticket.currency,
            payable_minor=ticket.payable_minor,
            buyer_id=buyer_id,
            buyer=sealed,
            corrects=corrects,
            exemption=ticket.exemption,
        )
        invoice_id = await self._keep(session, ticket, issued, on=today)
        return HubInvoice(
            invoice_id=invoice_id,
            kind=kind,
            year=today.year,
            number=number,
            number_text=hub_number(kind, year=today.year, number=number),
        )

    async def _seller(self, session: TenantSession, ticket: TicketToInvoice) -> LegalEntity:
        for entity in (await self._fiscal.legal_entities(session)).values():
            if entity.legal_entity_id == ticket.legal_entity_id:
                return entity
        raise Refused("no-legal-entity", "Say first which legal entity the store belongs to.")

    async def _sealed(self, session: TenantSession, buyer: Party) -> tuple[UUID, bytes]:
        """A key seals exactly one card, and erasing the key erases the buyer."""
        buyer_id = self._ids.next()
        key, nonce = self._random_bytes(_KEY_BYTES), self._random_bytes(_NONCE_BYTES)
        await repository.keep_key(session, buyer_id, key, at=self._clock.now())
        sealed = nonce + AESGCM(key).encrypt(nonce, msgspec.json.encode(buyer), None)
        return buyer_id, sealed

    async def _keep(
        self, session: TenantSession, ticket: TicketToInvoice, issued: InvoiceIssued, *, on: date
    ) -> UUID:
        now = self._clock.now()
        row = InvoiceRow(
            id=self._ids.next(),
            source="hub",
            issued=issued,
            store_id=ticket.store_id,
            register_id=None,
            staff_id=None,
            device_id=None,
            business_date=on,
            occurred_at=now,
            received_at=now,
        )
        await repository.insert(session, [row])
        return row.id
