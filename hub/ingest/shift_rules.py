"""What the tickets of a shift come to, added up as they are read; late ones apart."""

from hub.sales.models import ShiftTotals, TaxHeld
from hub.sales.rules import TaxKey, Ticket, settled_tenders, tax_key
from hub.tills.perpetual_rules import AddendaSums
from protocol.messages.ticket import ReturnFinalised

MOST_LATE = 2_000


class OpenShift:
    """One shift in one currency, as `sales` sums it up from the books."""

    def __init__(self) -> None:
        self._counts = {"sale": 0, "return": 0}
        self._payable = {"sale": 0, "return": 0}
        self._duty = self._duty_count = 0
        self._tenders: dict[str, tuple[int, int]] = {}
        self._taxes: dict[TaxKey, TaxHeld] = {}

    def add(self, ticket: Ticket) -> None:
        """One more ticket."""
        back = isinstance(ticket, ReturnFinalised)
        sign, kind = (-1, "return") if back else (1, "sale")
        self._counts[kind] += 1
        self._payable[kind] += ticket.totals.payable_minor
        if not back:
            self._duty += ticket.totals.duty_minor
            self._duty_count += ticket.totals.duty_minor > 0
        for tender in settled_tenders(ticket):
            times, net = self._tenders.get(tender.kind, (0, 0))
            own = (times + (tender.line_no > 0), net + sign * tender.net_minor)
            self._tenders[tender.kind] = own
        for tax in ticket.tax_lines:
            so_far = self._taxes.get(tax_key(tax), TaxHeld(base_minor=0, tax_minor=0, count=0))
            self._taxes[tax_key(tax)] = TaxHeld(
                base_minor=so_far.base_minor + sign * tax.base_minor,
                tax_minor=so_far.tax_minor + sign * tax.tax_minor,
                count=so_far.count + 1,
            )

    def totals(self) -> ShiftTotals:
        """As a Z sums them up."""
        return ShiftTotals(
            sales_count=self._counts["sale"],
            returns_count=self._counts["return"],
            gross_minor=self._payable["sale"],
            returns_minor=self._payable["return"],
            tenders=self._tenders,
            taxes=self._taxes,
            duty_minor=self._duty,
            duty_count=self._duty_count,
        )


class LateTickets:
    """Tickets that came too late for their Z, by its number; the latest 2,000 such Zs."""

    def __init__(self) -> None:
        self._sums: dict[int, AddendaSums] = {}

    @property
    def sums(self) -> dict[int, AddendaSums]:
        """By the number of the Z."""
        return self._sums

    def add(self, z_number: int, more: AddendaSums) -> None:
        """So many more."""
        own = self._sums.pop(z_number, (0, 0, 0, 0))
        one, two, three, four = (a + b for a, b in zip(own, more, strict=True))
        self._sums[z_number] = (one, two, three, four)
        while len(self._sums) > MOST_LATE:
            self._sums.pop(next(iter(self._sums)))

    @classmethod
    def sums_of(cls, ticket: Ticket) -> AddendaSums:
        """What one late ticket adds."""
        payable = ticket.totals.payable_minor
        return (0, 0, 1, payable) if isinstance(ticket, ReturnFinalised) else (1, payable, 0, 0)
