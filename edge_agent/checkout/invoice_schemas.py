"""Invoices and credit notes over HTTP."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from edge_agent.checkout.rules.invoicing import InvoiceOrder
from edge_agent.checkout.rules.orders import MAX_ADDRESS_LINES, SaleInvoice
from edge_agent.kit.client_ids import ClientId
from edge_agent.kit.texts import NO_NUL, VISIBLE
from edge_agent.sales.schemas import Currency
from protocol.messages.invoice import LegalIds, Party

_Text = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL), VISIBLE]
_Number = Annotated[str, Field(min_length=1, max_length=64, pattern=NO_NUL), VISIBLE]
_BUYER: dict[str, Any] = {
    "name": "SARL Les Frères",
    "address": ["12, rue Didouche Mourad", "16000 Alger"],
    "ids": {"nif": "000016001234567", "rc": "16/00-1234567B21"},
}
_INVOICE: dict[str, Any] = {
    "id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a07",
    "ticket_id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a05",
    "buyer": _BUYER,
}


class LegalIdsRequest(BaseModel):
    """NIF, NIS, trade register, article of tax; those that are known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    nif: _Number | None = None
    nis: _Number | None = None
    rc: _Number | None = None
    ai: _Number | None = None


class PartyRequest(BaseModel):
    """Who buys, as printed. It leaves the shop sealed only."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_BUYER]})

    name: _Text
    address: list[_Text] = Field(default=[], max_length=MAX_ADDRESS_LINES)
    ids: LegalIdsRequest = LegalIdsRequest()
    phone: _Number | None = None

    def to_party(self) -> Party:
        """The same as a message has it."""
        return Party(
            name=self.name,
            address=tuple(self.address),
            ids=LegalIds(**self.ids.model_dump()),
            phone=self.phone,
        )


class SaleInvoiceRequest(BaseModel):
    """An invoice in the commit of its sale, under an id that the tablet makes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: ClientId
    buyer: PartyRequest

    def to_invoice(self) -> SaleInvoice:
        """The same in the slice's words."""
        return SaleInvoice(id=self.id, buyer=self.buyer.to_party())


class InvoiceRequest(BaseModel):
    """An invoice for a sale, or a credit note for a return. A credit note may leave out the buyer:
    that of the invoice which it takes back."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [_INVOICE]}
    )

    id: ClientId
    ticket_id: UUID
    buyer: PartyRequest | None = None

    def to_order(self) -> InvoiceOrder:
        """The same in the slice's words."""
        buyer = None if self.buyer is None else self.buyer.to_party()
        return InvoiceOrder(id=self.id, ticket_id=self.ticket_id, buyer=buyer)


class LegalIdsFigures(BaseModel):
    """As printed."""

    nif: str | None = None
    nis: str | None = None
    rc: str | None = None
    ai: str | None = None


class PartyFigures(BaseModel):
    """One side of an invoice, as printed."""

    name: str
    address: list[str] = []
    ids: LegalIdsFigures = LegalIdsFigures()
    phone: str | None = None


class Invoice(BaseModel):
    """An issued invoice or credit note; its figures are the ticket's."""

    id: UUID
    kind: Literal["invoice", "credit_note"]
    text: str = Field(description="Its number as printed.", examples=["F2026-C1-1-000045"])
    number: int = Field(description="Gapless in its series, per kind.")
    series_epoch: int
    year: int
    register_id: UUID
    legal_entity_id: UUID
    seller: PartyFigures
    buyer: PartyFigures | None = Field(description="Null once the person has been erased.")
    issued_on: date
    ticket_id: UUID
    currency: Currency
    payable_minor: int
    seq: int
    hash: str
    corrects: UUID | None = Field(default=None, description="The invoice that is taken back.")
    exemption: str | None = None
