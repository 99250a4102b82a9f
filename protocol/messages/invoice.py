"""Invoices and credit notes. Their figures are the ticket's they stand on; here is what is added.

Numbers are gapless per (legal entity, register, epoch, year) and kind (promise N), both printed.
The buyer is a person or may be one, hence sealed like a proposed customer (`proposal`).
"""

from datetime import date
from typing import Literal
from uuid import UUID

from msgspec import Struct

InvoiceKind = Literal["invoice", "credit_note"]


class LegalIds(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who somebody is to the state: tax number, statistics, trade register, article of tax."""

    nif: str | None = None
    nis: str | None = None
    rc: str | None = None
    ai: str | None = None


class Party(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One side of an invoice, as printed. `address`: lines."""

    name: str
    address: tuple[str, ...] = ()
    ids: LegalIds = LegalIds()
    phone: str | None = None


class InvoiceIssued(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The paper for a ticket: an invoice for a sale, a credit note for a return.

    `corrects`: the invoice that a credit note takes back, where there was one. `buyer_id` is whose
    key seals `buyer` = nonce ‖ AES-256-GCM ciphertext of a Party. `seller` is as it was that day.
    """

    kind: InvoiceKind
    legal_entity_id: UUID
    seller: Party
    year: int
    series_epoch: int
    number: int
    issued_on: date
    ticket_id: UUID
    currency: str
    payable_minor: int
    buyer_id: UUID
    buyer: bytes
    corrects: UUID | None = None
    exemption: str | None = None
