"""Whether what a fact says can be booked at all. Pure decisions.

The file's law: whatever a shop's own doors make is possible here (promise A); what is not would
break the sums, pages and indexes that it shares with others (promise I).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Struct

from protocol.codec.facts import MAX_FACT_LINES
from protocol.messages.proposal import ProductProposed
from protocol.messages.stock import StockLine
from protocol.messages.ticket import TaxLine, Tender, TicketLine, TicketTotals
from protocol.vocabulary.money import MAX_AMOUNT_MINOR
from protocol.vocabulary.numbering import MAX_Z_NUMBER
from protocol.vocabulary.quantity import MAX_QUANTITY

TIME_WITHOUT_ZONE = "time-without-zone"
IMPOSSIBLE_TIME = "impossible-time"
IMPOSSIBLE_QUANTITY = "impossible-quantity"
IMPOSSIBLE_CURRENCY = "impossible-currency"
IMPOSSIBLE_AMOUNT = "impossible-amount"
IMPOSSIBLE_COUNT = "impossible-count"
IMPOSSIBLE_NUMBER = "impossible-number"
IMPOSSIBLE_WORD = "impossible-word"
IMPOSSIBLE_TEXT = "impossible-text"

# Wide: a shop sells with a wrong clock, and what it sold belongs in the books. Beyond, an instant
# is none in some time zone, and no page that shows it can be read.
_FIRST_INSTANT, _END = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_CURRENCY = re.compile(r"[A-Z]{3}")
# As many as a quantity's text may have: sums of finer ones are exact nowhere.
_MAX_DECIMALS = 15
# A ticket's own amounts end at MAX_AMOUNT_MINOR (promise M), and so do the sums of its lines, which
# the shop's agent sees to; at the highest rate a tax on top is ten times that. A Z adds up a shift
# of them. It takes 450,000 tickets of that size before the 64 bits of a day's sum are full and a
# later honest one finds no room.
_MAX_TICKET_MINOR = 20 * MAX_AMOUNT_MINOR
_MAX_SUM_MINOR = 1_000 * MAX_AMOUNT_MINOR
# What books and rollups add up, of each part of a ticket.
_SUMMED: Mapping[type[Struct], tuple[str, ...]] = {
    part: tuple(
        name
        for name in part.__struct_fields__
        if name.endswith("_minor") and not name.endswith("price_minor")
    )
    for part in (TicketLine, TaxLine, Tender, TicketTotals)
}
# Words that rows are kept and summed by. A Z's are not among them: it is kept as it was written, so
# that one such word costs its own ticket and never the whole shift's Z.
_KEY_WORDS: Mapping[type[Struct], tuple[str, ...]] = {
    Tender: ("kind",),
    TaxLine: ("tax_id",),
    TicketLine: ("tax_id", "unit"),
    StockLine: ("unit",),
    ProductProposed: ("code", "name", "unit", "tax_id"),
}
# An agent cuts them at 64, a name at this; what no index takes begins beyond 600.
_MAX_WORD_CHARS = 200
# An agent makes none of more than 1,000. A product's name goes to every shop of its chain.
_MAX_TEXT_CHARS = 2_000
# What the columns hold: a bigint, and for the places of lines and for rates an integer. Versions of
# prices grow with time and are beyond the latter.
_MAX_NUMBER, _MAX_NARROW = 2**63 - 1, 2**31 - 1
_NARROW = ("line_no", "_ppm")


def impossible(part: Struct) -> str | None:
    """Why no fact can say this; None when it can.

    One such value in the books would break every sum and every page that it is on. Whatever the
    type of fact: each quantity is a plain decimal within the vocabulary's bound, each currency is
    three capitals, each amount and each list of them one that many can be summed of, each number
    one that a column holds, each instant known and within every calendar, each text one that a page
    can show and each word that is a key one that an index takes.
    """
    summed = _SUMMED.get(type(part), ())
    if any(abs(getattr(part, name)) > _MAX_TICKET_MINOR for name in summed):
        return IMPOSSIBLE_AMOUNT
    for name in _KEY_WORDS.get(type(part), ()):
        if len(getattr(part, name) or "") > _MAX_WORD_CHARS:
            return IMPOSSIBLE_WORD
    for name in part.__struct_fields__:
        reason = _impossible_value(name, getattr(part, name))
        if reason is not None:
            return reason
    return None


def _impossible_value(name: str, value: object) -> str | None:
    if isinstance(value, str):
        if name == "currency" and _CURRENCY.fullmatch(value) is None:
            return IMPOSSIBLE_CURRENCY
        return IMPOSSIBLE_TEXT if len(value) > _MAX_TEXT_CHARS else None
    if isinstance(value, int):
        return _impossible_int(name, value)
    if isinstance(value, Struct):
        return impossible(value)
    if isinstance(value, list | tuple):
        return _impossible_list(name, value)
    if isinstance(value, datetime):
        return impossible_time(value)
    if isinstance(value, Decimal):
        return None if _is_quantity(value) else IMPOSSIBLE_QUANTITY
    if isinstance(value, dict):
        return _impossible_list(name, [*value, *value.values()])
    # What is sealed is a name and a telephone number.
    sealed = isinstance(value, bytes) and len(value) > _MAX_TEXT_CHARS
    return IMPOSSIBLE_TEXT if sealed else None


def _impossible_int(name: str, value: int) -> str | None:
    if name.endswith("_minor"):
        return None if abs(value) <= _MAX_SUM_MINOR else IMPOSSIBLE_AMOUNT
    if name == "z_number":
        return None if 1 <= value <= MAX_Z_NUMBER else IMPOSSIBLE_NUMBER
    most = _MAX_NARROW if name.endswith(_NARROW) else _MAX_NUMBER
    return None if abs(value) <= most else IMPOSSIBLE_NUMBER


def _impossible_list(name: str, values: Sequence[object]) -> str | None:
    if len(values) > MAX_FACT_LINES:
        return IMPOSSIBLE_COUNT
    for each in values:
        reason = _impossible_value(name, each)
        if reason is not None:
            return reason
    parts = [each for each in values if isinstance(each, Struct)]
    summed = _SUMMED.get(type(parts[0]), ()) if parts else ()
    sums = (sum(abs(getattr(each, field)) for each in parts) for field in summed)
    return IMPOSSIBLE_AMOUNT if any(each > _MAX_TICKET_MINOR for each in sums) else None


def _is_quantity(value: Decimal) -> bool:
    exponent = value.as_tuple().exponent
    # Text for what is no number; copy_abs, unlike abs, neither rounds nor signals.
    if not isinstance(exponent, int) or exponent < -_MAX_DECIMALS:
        return False
    return value.copy_abs() <= MAX_QUANTITY


def impossible_time(instant: datetime) -> str | None:
    """Why no calendar has it; None when all do."""
    if instant.tzinfo is None:
        return TIME_WITHOUT_ZONE
    return None if _FIRST_INSTANT <= instant < _END else IMPOSSIBLE_TIME
