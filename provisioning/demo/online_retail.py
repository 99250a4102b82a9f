"""Online Retail rows become tickets: the rules of DESIGN §10.

The law: every row ends in exactly one entry, as sold, returned, adjusted or refused, and no row
stops the others. Pure: rows in, entries out; `online_retail_file` reads the file.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace

import msgspec

from protocol.codec.facts import MAX_FACT_BYTES, MAX_FACT_LINES
from protocol.vocabulary.quantity import MAX_QUANTITY
from provisioning.demo.online_retail_tickets import (
    FATE_OF,
    FATES,
    CatalogueEntry,
    Entry,
    Fate,
    Line,
    RefusedRow,
    ReturnTicket,
    Row,
    SaleTicket,
    StockAdjustment,
)

MAX_AMOUNT_MINOR = 10**12  # promise M
_RETURN_PREFIX = "C"
# What a fact takes at most beside its lines, and each line beside its texts and figures.
LINE_BYTES = 290
TICKET_BYTES = 4_096


def arrange(
    rows: Sequence[Row],
    refused: Iterable[RefusedRow] = (),
    *,
    priced: Container[str] = frozenset(),
    columns_of: Callable[[int], Mapping[str, object]] = lambda _number: {},
) -> list[Entry]:
    """All entries in the order in which the shop lived them.

    `refused`: rows that could not be read; `priced`: the invoices of those among them whose price
    is not zero; `columns_of`: a row's columns by its number.
    """
    usual = usual_prices(rows)
    texts = text_bytes(rows)
    invoices: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        invoices[row.invoice_no].append(row)
    entries: list[Entry] = list(refused)
    for invoice_no, invoice in invoices.items():
        all_free = invoice_no not in priced and all(row.unit_price_minor == 0 for row in invoice)
        tickets, rejected = _split(invoice, all_free=all_free, usual=usual, texts=texts)
        entries.extend(tickets)
        entries.extend(
            RefusedRow(row_number=row.number, at=row.at, columns=columns_of(row.number), reason=why)
            for row, why in rejected
        )
    entries.sort(key=lambda entry: (entry.at, _first_row(entry)))
    return _link_returns(entries)


def first_tickets(entries: Sequence[Entry], count: int) -> list[Entry]:
    """The entries up to the `count`-th sale or return ticket, all of them if there are fewer."""
    taken: list[Entry] = []
    tickets = 0
    for entry in entries:
        if tickets == count:
            break
        taken.append(entry)
        tickets += isinstance(entry, SaleTicket | ReturnTicket)
    return taken


def count_rows(entries: Iterable[Entry]) -> dict[Fate, int]:
    """Rows by fate; their sum is the number of rows the entries were made from."""
    counted: dict[Fate, int] = dict.fromkeys(FATES, 0)
    for entry in entries:
        counted[FATE_OF[type(entry)]] += entry.row_count
    return counted


def usual_prices(rows: Iterable[Row]) -> dict[str, int]:
    """Code → the price it was most often sold at; of equals, the first seen.

    A code that was never sold has the price it was first returned at; a free one has none.
    """
    seen: dict[str, Counter[int]] = defaultdict(Counter)
    fallback: dict[str, int] = {}
    for row in rows:
        if row.unit_price_minor > 0:
            if row.quantity > 0:
                seen[row.stock_code][row.unit_price_minor] += 1
            else:
                fallback.setdefault(row.stock_code, row.unit_price_minor)
    most = {code: prices.most_common(1)[0][0] for code, prices in seen.items()}
    return {**fallback, **most}


def text_bytes(rows: Iterable[Row]) -> dict[str, int]:
    """Code → the most bytes that it and any name it goes by take in a ticket's line."""
    names: dict[tuple[str, str], None] = {}
    for row in rows:
        names.setdefault((row.stock_code, row.description or row.stock_code))
    longest: dict[str, int] = {}
    for code, name in names:
        size = sum(len(msgspec.json.encode(text)) for text in (code, name))
        longest[code] = max(size, longest.get(code, 0))
    return longest


def figure_bytes(row: Row, usual_price_minor: int) -> int:
    """What a line takes beside its texts, never less."""
    amount_minor = abs(row.quantity) * row.unit_price_minor
    figures = (row.quantity, row.unit_price_minor, usual_price_minor, amount_minor, amount_minor)
    return LINE_BYTES + sum(len(str(figure)) for figure in figures)


def catalogue(entries: Iterable[Entry]) -> list[CatalogueEntry]:
    """Every code the tickets name, sorted by code."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    prices: dict[str, int] = {}
    for entry in entries:
        if isinstance(entry, RefusedRow):
            continue
        for line in entry.lines:
            prices[line.stock_code] = line.usual_price_minor
            counts = not isinstance(entry, StockAdjustment)  # write-offs carry scribbles
            if line.description and counts:
                names[line.stock_code][line.description] += 1
    return [
        CatalogueEntry(
            stock_code=code,
            name=names[code].most_common(1)[0][0] if names[code] else code,
            usual_price_minor=prices[code],
        )
        for code in sorted(prices)
    ]


_KINDS: Mapping[Fate, type[SaleTicket | ReturnTicket | StockAdjustment]] = {
    "sold": SaleTicket,
    "returned": ReturnTicket,
    "adjusted": StockAdjustment,
}


def _split(
    invoice: Sequence[Row], *, all_free: bool, usual: Mapping[str, int], texts: Mapping[str, int]
) -> tuple[list[SaleTicket | ReturnTicket | StockAdjustment], list[tuple[Row, str]]]:
    """An invoice's tickets, one per fate that occurs in it, and its refused rows with reasons."""
    lines: dict[Fate, list[Line]] = {fate: [] for fate in _KINDS}
    gross: Counter[Fate] = Counter()
    size: Counter[Fate] = Counter(dict.fromkeys(_KINDS, TICKET_BYTES))
    rejected: list[tuple[Row, str]] = []
    for row in invoice:
        fate, why = _judge(row, all_free=all_free)
        amount_minor = abs(row.quantity) * row.unit_price_minor
        line_bytes = texts[row.stock_code] + figure_bytes(row, usual.get(row.stock_code, 0))
        if not why:
            why = _beyond_limits(
                len(lines[fate]) + 1,
                gross_minor=gross[fate] + amount_minor,
                size_bytes=0 if fate == "adjusted" else size[fate] + line_bytes,
            )
        if why:
            rejected.append((row, why))
            continue
        gross[fate] += amount_minor
        size[fate] += line_bytes
        lines[fate].append(_line(row, line_no=len(lines[fate]) + 1, fate=fate, usual=usual))
    tickets = [
        kind(
            invoice_no=invoice[0].invoice_no,
            at=min(row.at for row in invoice),
            customer_id=invoice[0].customer_id,
            country=invoice[0].country,
            lines=tuple(lines[fate]),
        )
        for fate, kind in _KINDS.items()
        if lines[fate]
    ]
    return tickets, rejected


def _first_row(entry: Entry) -> int:
    return entry.row_number if isinstance(entry, RefusedRow) else entry.lines[0].row_number


def _judge(row: Row, *, all_free: bool) -> tuple[Fate, str]:
    """One row's fate, and why when it is refused."""
    if row.unit_price_minor < 0:
        return "refused", "the price is negative"
    if row.quantity == 0:
        return "refused", "the quantity is zero"
    if abs(row.quantity) > MAX_QUANTITY:
        return "refused", f"the quantity is beyond {MAX_QUANTITY}"
    if row.invoice_no.startswith(_RETURN_PREFIX):
        if row.quantity > 0:
            return "refused", "a return invoice with a positive quantity"
        return "returned", ""
    if row.quantity < 0:
        if row.unit_price_minor > 0:
            return "refused", "a negative quantity at a price, but no return invoice"
        return "adjusted", ""
    return ("adjusted" if all_free else "sold"), ""


def _beyond_limits(lines: int, *, gross_minor: int, size_bytes: int) -> str:
    if lines > MAX_FACT_LINES:
        return f"the invoice has more than {MAX_FACT_LINES} lines"
    if size_bytes > MAX_FACT_BYTES:
        return f"the invoice may take more than {MAX_FACT_BYTES} bytes"
    if gross_minor > MAX_AMOUNT_MINOR:
        return f"the invoice's amount is beyond {MAX_AMOUNT_MINOR} minor units"
    return ""


def _line(row: Row, *, line_no: int, fate: Fate, usual: Mapping[str, int]) -> Line:
    return Line(
        line_no=line_no,
        row_number=row.number,
        stock_code=row.stock_code,
        description=row.description,
        quantity=row.quantity if fate == "adjusted" else abs(row.quantity),
        unit_price_minor=row.unit_price_minor,
        usual_price_minor=usual.get(row.stock_code, 0),
        customer_id=row.customer_id,
    )


def _link_returns(entries: Iterable[Entry]) -> list[Entry]:
    """Names the sale of each returned line that only one earlier line can be, and only once.

    An unknown customer is nobody's same customer.
    """
    sold: dict[_Bought, list[tuple[str, int]]] = defaultdict(list)
    returned: set[tuple[str, int]] = set()

    def original(line: Line) -> tuple[str, int] | None:
        found = sold.get(_bought(line), [])
        if len(found) != 1 or found[0] in returned:
            return None
        returned.add(found[0])
        return found[0]

    linked: list[Entry] = []
    for entry in entries:
        if isinstance(entry, SaleTicket):
            for line in entry.lines:
                if line.customer_id is not None:
                    sold[_bought(line)].append((entry.invoice_no, line.line_no))
        if isinstance(entry, ReturnTicket):
            lines = tuple(replace(line, original=original(line)) for line in entry.lines)
            linked.append(replace(entry, lines=lines))
        else:
            linked.append(entry)
    return linked


_Bought = tuple[str | None, str, int, int]


def _bought(line: Line) -> _Bought:
    return (line.customer_id, line.stock_code, line.unit_price_minor, line.quantity)
