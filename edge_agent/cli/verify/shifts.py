"""The sums of a shift once more, from its facts, in the form in which a Z is reported."""

from datetime import date, datetime
from uuid import UUID

from edge_agent.sales.rules import AddendaTotal, ShiftTickets, TaxTotal, TenderTotal, TicketKind
from edge_agent.tills.report_rules import Closing, Standing, report, shift_closed
from edge_agent.tills.rules import Shift, sum_cash
from protocol.checkout.basket import TaxTreatment
from protocol.messages.ticket import ReturnFinalised, SaleFinalised
from protocol.messages.till import CashMoved, ShiftClosed, ShiftOpened

Ticket = SaleFinalised | ReturnFinalised
_TaxKey = tuple[str, int, TaxTreatment]


class ShiftBook:
    """One shift as its facts come; `add` and `move` in their order."""

    def __init__(
        self, shift_id: UUID, register_id: UUID, opened: ShiftOpened, *, at: datetime, on: date
    ) -> None:
        self._shift = Shift(
            id=shift_id,
            register_id=register_id,
            currency=opened.currency,
            float_minor=opened.float_minor,
            business_date=on,
            opened_at=at,
            opened_by=UUID(int=0),
        )
        self._tickets: dict[TicketKind, list[int]] = {"sale": [0] * 6, "return": [0] * 6}
        self._tenders: dict[tuple[str, TicketKind], list[int]] = {}
        self._taxes: dict[_TaxKey, list[int]] = {}
        self._receipts: dict[int, tuple[int, int]] = {}
        self._cash: list[CashMoved] = []

    @property
    def currency(self) -> str:
        """The shift's."""
        return self._shift.currency

    @property
    def year(self) -> int:
        """Of its business date."""
        return self._shift.business_date.year

    def move(self, moved: CashMoved) -> None:
        """Cash beside tickets."""
        self._cash.append(moved)

    def add(self, ticket: Ticket) -> None:
        """A ticket of the shift that came before its close; another currency's is in no Z."""
        if ticket.currency != self.currency:
            return
        kind = kind_of(ticket)
        totals = ticket.totals
        sums = self._tickets[kind]
        handed_over = ticket.mode == "handed_over"
        duty = (totals.duty_minor, totals.duty_minor > 0)
        for place, more in enumerate(
            (1, totals.payable_minor, totals.change_minor, handed_over, *duty)
        ):
            sums[place] += more
        for tender in ticket.tenders:
            known = self._tenders.setdefault((tender.kind, kind), [0, 0])
            known[0] += 1
            known[1] += tender.amount_minor
        sign = 1 if kind == "sale" else -1
        for tax in ticket.tax_lines:
            taxed = self._taxes.setdefault((tax.tax_id, tax.rate_ppm, tax.treatment), [0, 0, 0])
            taxed[0] += sign * tax.base_minor
            taxed[1] += sign * tax.tax_minor
            taxed[2] += 1
        first, last = self._receipts.get(ticket.series_epoch, (ticket.receipt_number, 0))
        number = ticket.receipt_number
        self._receipts[ticket.series_epoch] = (min(first, number), max(last, number))

    def z(
        self, found: ShiftClosed, *, before: Standing, addenda: list[AddendaTotal]
    ) -> ShiftClosed:
        """What its Z should have said, but for number, count, chain and signature."""
        closing = Closing(
            z_number=found.z_number,
            closed_at=self._shift.opened_at,
            counted_cash_minor=found.cash.counted_minor,
            chain_hash=found.chain_hash,
        )
        cash = sum_cash((moved.kind, moved.amount_minor) for moved in self._cash)
        tickets = self._sums(addenda)
        return shift_closed(report(self._shift, tickets, cash=cash, before=before, closing=closing))

    def _sums(self, addenda: list[AddendaTotal]) -> ShiftTickets:
        sales, returns = self._tickets["sale"], self._tickets["return"]
        newest = max(self._receipts, default=None)
        first, last = (None, None) if newest is None else self._receipts[newest]
        return ShiftTickets(
            sales_count=sales[0],
            returns_count=returns[0],
            gross_minor=sales[1],
            returns_minor=returns[1],
            change_minor=sales[2],
            returns_change_minor=returns[2],
            handed_over_count=sales[3] + returns[3],
            duty_minor=sales[4],
            duty_count=sales[5],
            tenders=[
                TenderTotal(ticket_kind=kind, tender_kind=tender, count=count, amount_minor=amount)
                for (tender, kind), (count, amount) in sorted(self._tenders.items())
            ],
            taxes=[
                TaxTotal(
                    tax_id=key[0],
                    rate_ppm=key[1],
                    treatment=key[2],
                    base_minor=base,
                    tax_minor=tax,
                    count=count,
                )
                for key, (base, tax, count) in sorted(self._taxes.items())
            ],
            addenda=addenda,
            series_epoch=newest,
            first_receipt=first,
            last_receipt=last,
        )


def kind_of(ticket: Ticket) -> TicketKind:
    """Which of the two it is."""
    return "sale" if isinstance(ticket, SaleFinalised) else "return"
