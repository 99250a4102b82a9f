"""Issued invoices → invoice. A number or a figure that is odd is booked and named."""

from collections.abc import Sequence

from hub.events.models import NewEvent, ReceivedFact, discrepancy_of
from hub.events.service import DiscrepancyList
from hub.kit.db import TenantSession
from hub.sales import invoice_repository as repository
from hub.sales.invoice_rules import NewInvoice, number_differences, ticket_differences
from protocol.messages.invoice import InvoiceIssued


class InvoicesProjection:
    """Handles invoices and credit notes; shares the projector's commit.

    Must run after the tickets of the same group are booked, because an invoice stands on one.
    """

    fact_types = frozenset({"invoice.issued"})

    def __init__(self, discrepancies: DiscrepancyList) -> None:
        self._discrepancies = discrepancies

    async def project(
        self, session: TenantSession, facts: Sequence[ReceivedFact]
    ) -> Sequence[NewEvent]:
        """Keep them as they were issued; one event each."""
        issued = [(fact, _issued(fact)) for fact in facts]
        invoices = [
            NewInvoice(
                store_id=fact.envelope.store_id,
                register_id=fact.envelope.register_id,
                issued=invoice,
            )
            for fact, invoice in issued
        ]
        ticket_ids = sorted({invoice.ticket_id for _, invoice in issued})
        tickets = await repository.tickets_held(session, ticket_ids)
        invoiced = await repository.invoiced(session, ticket_ids)
        numbers = number_differences(invoices, await repository.numbers_held(session, invoices))
        await repository.insert(session, [repository.row_of(*each) for each in issued])
        found = []
        for fact, invoice, odd in zip(facts, invoices, numbers, strict=True):
            ticket_id = invoice.issued.ticket_id
            odds = ticket_differences(
                invoice, tickets.get(ticket_id), invoiced=ticket_id in invoiced
            )
            found += [discrepancy_of(fact, each) for each in (*odd, *odds)]
            invoiced.add(ticket_id)
        await self._discrepancies.record(session, found)
        return [_event(fact, invoice) for fact, invoice in issued]


def _issued(fact: ReceivedFact) -> InvoiceIssued:
    assert isinstance(fact.body, InvoiceIssued)
    return fact.body


def _event(fact: ReceivedFact, issued: InvoiceIssued) -> NewEvent:
    """Thin, and nothing of the buyer."""
    return NewEvent(
        id=fact.id,
        type=fact.envelope.type,
        store_id=fact.envelope.store_id,
        occurred_at=fact.envelope.at,
        payload={
            "invoice_id": fact.id,
            "kind": issued.kind,
            "store_id": fact.envelope.store_id,
            "register_id": fact.envelope.register_id,
            "legal_entity_id": issued.legal_entity_id,
            "ticket_id": issued.ticket_id,
            "year": issued.year,
            "series_epoch": issued.series_epoch,
            "number": issued.number,
            "currency": issued.currency,
            "payable_minor": issued.payable_minor,
        },
    )
