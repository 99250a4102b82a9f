"""A handed-over body → an order and what was odd about it. The goods are gone, so it must be read.

Law: whatever has an id, lines and the amount that was payable is a ticket; Malformed is raised for
nothing else, and what has an id is then kept aside. What is written otherwise than the contract
says gets its likeliest meaning, a flag, and keeps its own words in `told`. What nobody can read is
left to what the shop knows.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from edge_agent.checkout.rules.orders import (
    EARLIEST,
    LATEST,
    MAX_ADDRESS_LINES,
    MAX_COUPONS,
    MAX_TEXT_CHARS,
    OrderLine,
    SaleInvoice,
    TicketOrder,
)
from edge_agent.checkout.rules.words import (
    MAX_DIGITS,
    as_if_utc,
    as_told,
    instant_of,
    is_written_right,
    number_of,
    printable,
    uuid_of,
)
from edge_agent.sales.rules import TicketKind
from protocol.checkout.basket import Paper
from protocol.errors import Malformed
from protocol.messages.invoice import LegalIds, Party
from protocol.messages.ticket import Tender, TicketDiscount
from protocol.vocabulary.money import MAX_AMOUNT_MINOR
from protocol.vocabulary.quantity import MAX_QUANTITY, format_quantity

UNKNOWN_FIELDS = "unknown-fields"
UNKNOWN_TENDER = "unknown"
NOBODY = UUID(int=0)
"""Stands for a product or shift that the tablet did not name."""
UNKNOWN_TIME = datetime.min  # noqa: DTZ901 - no instant, a mark
"""Stands for a time that cannot be read until `at_home` knows when the ticket came in."""
MAX_TOLD = 100
# What stock can hold (stock.rules); the finest unit has three decimals.
_FINEST = Decimal("0.000001")
_WHOLE = Decimal(1)
# What the hub's narrowest column for a rate takes.
_MAX_PPM = 2_000_000_000
# No tablet keeps a ticket to itself that long, nor is rung tomorrow; its clock or ours is wrong.
_LONG_AGO, _AHEAD = timedelta(days=90), timedelta(days=1)
_CURRENCY = re.compile(r"[A-Z]{3}")
_KIND = re.compile(r"[a-z][a-z0-9_]*")
# What the live door takes. These words become keys here and at the hub, and no index takes a
# longer one than some 2,000 bytes.
MAX_WORD_CHARS = 64
_ELSEWHERE = {"kind", "payable_minor", "change_minor", "original_sale_id", "reason", "told"}
_SALE = frozenset({*TicketOrder.__struct_fields__, "mode", "totals"}) - _ELSEWHERE
_RETURN = _SALE | {"original_sale_id", "reason"}
_LINE = frozenset(OrderLine.__struct_fields__)
_DISCOUNT = frozenset(TicketDiscount.__struct_fields__)
_TENDER = frozenset(Tender.__struct_fields__)
_PARTY = frozenset(Party.__struct_fields__)
_LEGAL_IDS = frozenset(LegalIds.__struct_fields__)
_TOTALS = frozenset({"payable_minor", "change_minor"})

Fields = Mapping[str, Any]


def read_ticket(body: Fields, kind: TicketKind) -> tuple[TicketOrder, tuple[str, ...]]:
    """The order, and the flags that reading it raised. `body`: a JSON object.

    Malformed `unreadable-ticket`: no readable `id`, no list of `lines` that are objects, or no
    readable `totals.payable_minor`.
    """
    return _Reading(kind).ticket(body)


def at_home(
    order: TicketOrder, *, currency: str, timezone: str, now: datetime
) -> tuple[TicketOrder, tuple[str, ...]]:
    """The order with what only the shop knows: its currency and time zone for what lacks one, and
    the moment it came in for a time that could not be read."""
    flags = []
    if order.rung_at == UNKNOWN_TIME:
        order = replace(order, rung_at=now)
    elif order.rung_at.tzinfo is None:
        flags.append("time-without-zone")
        local = order.rung_at.replace(tzinfo=ZoneInfo(timezone))
        order = replace(order, rung_at=local.astimezone(UTC))
    if not now - _LONG_AGO < order.rung_at < now + _AHEAD:
        flags.append("odd-time")
    if not order.currency:
        order = replace(order, currency=currency)
    return order, tuple(flags)


class _Reading:
    """One body; `told` and `flags` gather what is noticed on it."""

    def __init__(self, kind: TicketKind) -> None:
        self._kind = kind
        self._told: dict[str, str] = {}
        self._flags: set[str] = set()

    def ticket(self, body: Fields) -> tuple[TicketOrder, tuple[str, ...]]:
        is_return = self._kind == "return"
        self._known(body, _RETURN if is_return else _SALE)
        totals = self._object(body.get("totals"), "totals", _TOTALS)
        order = TicketOrder(
            kind=self._kind,
            id=self._id_of_ticket(body.get("id")),
            shift_id=self._id(body, "shift_id", flag="unknown-shift") or NOBODY,
            currency=self._currency(body.get("currency")),
            rung_at=self._time(body.get("rung_at")),
            lines=[self._line(*each) for each in self._required_lines(body.get("lines"))],
            tenders=[self._tender(*each) for each in self._objects(body, "tenders", _TENDER)],
            payable_minor=self._payable(totals),
            change_minor=self._amount(totals, "change_minor", at="totals.") or 0,
            discounts=[
                self._discount(*each) for each in self._objects(body, "discounts", _DISCOUNT)
            ],
            customer_id=self._id(body, "customer_id", flag="unknown-customer"),
            original_sale_id=(
                self._id(body, "original_sale_id", flag="unknown-sale") if is_return else None
            ),
            reason=self._text(body, "reason") or "" if is_return else None,
            exemption=self._word(body, "exemption", at="") or None,
            coupons=self._coupons(body.get("coupons")),
            paper=self._paper(body.get("paper")),
            invoice=None if is_return else self._invoice(body.get("invoice")),
        )
        return replace(order, told=self._told), tuple(sorted(self._flags))

    def _line(self, line: Fields, at: str) -> OrderLine:
        discount = line.get("discount")
        return OrderLine(
            # A line without a number gets one when the lines are priced.
            line_no=self._amount(line, "line_no", at=at) or 0,
            product_id=self._id(line, "product_id", at=at, flag="unknown-product") or NOBODY,
            quantity=self._quantity(line.get("quantity"), f"{at}quantity"),
            unit_price_minor=self._figure(line, "unit_price_minor", at=at),
            code=self._word(line, "code", at=at),
            price_reason=self._text(line, "price_reason", at=at),
            discount=(
                None
                if discount is None
                else self._discount(
                    self._object(discount, f"{at}discount", _DISCOUNT), f"{at}discount."
                )
            ),
            original_line_no=self._amount(line, "original_line_no", at=at),
            name=self._text(line, "name", at=at),
            tax_id=self._word(line, "tax_id", at=at),
            tax_rate_ppm=self._figure(line, "tax_rate_ppm", at=at, most=_MAX_PPM),
            amount_minor=self._figure(line, "amount_minor", at=at),
        )

    def _tender(self, tender: Fields, at: str) -> Tender:
        return Tender(
            kind=self._kind_of_tender(tender, at),
            amount_minor=self._amount(tender, "amount_minor", at=at, needed=True) or 0,
            reference=self._text(tender, "reference", at=at),
        )

    def _kind_of_tender(self, tender: Fields, at: str) -> str:
        """In small letters where that makes it a kind as the live door takes them."""
        told = self._word(tender, "kind", at=at) or ""
        kind = told.strip().lower()
        if not kind:
            self._note("unknown-tender", f"{at}kind", tender.get("kind", ""))
            return UNKNOWN_TENDER
        if kind == told or _KIND.fullmatch(kind) is None:
            return told
        self._note("respelled", f"{at}kind", told)
        return kind

    def _discount(self, discount: Fields, at: str) -> TicketDiscount:
        return TicketDiscount(
            percent_ppm=self._figure(discount, "percent_ppm", at=at, most=_MAX_PPM),
            amount_minor=self._figure(discount, "amount_minor", at=at),
            reason=self._text(discount, "reason", at=at),
        )

    def _coupons(self, told: object) -> list[str]:
        """The codes; a list of anything else counts as none."""
        if not isinstance(told, list) or len(told) > MAX_COUPONS:
            if told is not None:
                self._note("unknown-figure", "coupons", told)
            return []
        words = [self._word({"": code}, "", at=f"coupons.{n}") for n, code in enumerate(told)]
        return [word for word in words if word]

    def _paper(self, told: object) -> Paper:
        if told in (None, "ticket"):
            return "ticket"
        if told != "invoice":
            self._note("unknown-figure", "paper", told)
            return "ticket"
        return "invoice"

    def _invoice(self, told: object) -> SaleInvoice | None:
        """Without an id or a name there is none; the shop issues it later."""
        if told is None:
            return None
        asked = self._object(told, "invoice", frozenset(SaleInvoice.__struct_fields__))
        buyer = self._object(asked.get("buyer"), "invoice.buyer", _PARTY)
        identifier = self._id(asked, "id", flag="unknown-invoice", at="invoice.")
        name = (self._text(buyer, "name", at="invoice.buyer.") or "").strip()
        if identifier is None or not name:
            self._flags.add("unknown-invoice")
            return None
        ids = self._object(buyer.get("ids"), "invoice.buyer.ids", _LEGAL_IDS)
        at, told_lines = "invoice.buyer.", buyer.get("address")
        rows = told_lines[:MAX_ADDRESS_LINES] if isinstance(told_lines, list) else []
        texts = [self._text({"": row}, "", at=f"{at}address.{n}") for n, row in enumerate(rows)]
        return SaleInvoice(
            id=identifier,
            buyer=Party(
                name=name,
                address=tuple(text for text in texts if text),
                ids=LegalIds(**{one: self._word(ids, one, at=f"{at}ids.") for one in _LEGAL_IDS}),
                phone=self._word(buyer, "phone", at=at),
            ),
        )

    def _required_lines(self, lines: object) -> Sequence[tuple[Fields, str]]:
        if not isinstance(lines, list):
            raise _no_ticket("lines", "a list of lines")
        for index, line in enumerate(lines):
            if not isinstance(line, dict):
                raise _no_ticket(f"lines.{index}", "an object")
            self._known(line, _LINE)
        return [(line, f"lines.{index}.") for index, line in enumerate(lines)]

    def _objects(
        self, body: Fields, name: str, known: frozenset[str]
    ) -> Sequence[tuple[Fields, str]]:
        """Every entry of a list as an object; whatever is no list has no entries."""
        found = body.get(name)
        if found is None:
            return []
        if not isinstance(found, list):
            self._note("unknown-figure", name, found)
            return []
        return [
            (self._object(entry, f"{name}.{index}", known), f"{name}.{index}.")
            for index, entry in enumerate(found)
        ]

    def _object(self, value: object, path: str, known: frozenset[str]) -> Fields:
        if not isinstance(value, dict):
            if value is not None:
                self._note("unknown-figure", path, value)
            return {}
        self._known(value, known)
        return value

    def _known(self, value: Fields, known: frozenset[str]) -> None:
        if not known.issuperset(value):
            self._flags.add(UNKNOWN_FIELDS)

    def _id_of_ticket(self, value: object) -> UUID:
        identifier = uuid_of(value)
        if identifier is None:
            raise _no_ticket("id", "a UUID")
        if identifier.version != 7:
            self._flags.add("not-a-uuid7")
        return identifier

    def _id(self, of: Fields, name: str, *, flag: str, at: str = "") -> UUID | None:
        value = of.get(name)
        if value is None:
            return None
        identifier = uuid_of(value)
        if identifier is None:
            self._note(flag, at + name, value)
        return identifier

    def _currency(self, value: object) -> str:
        """In capitals; empty (the shop's) for what is no currency code."""
        told = value if isinstance(value, str) else ""
        code = told.strip().upper()
        if _CURRENCY.fullmatch(code) is None:
            self._note("unknown-currency", "currency", value)
            return ""
        if code != told:
            self._note("respelled", "currency", told)
        return code

    def _time(self, value: object) -> datetime:
        """In UTC where it has a zone, else as it stands."""
        time = instant_of(value)
        if time is None or not EARLIEST <= as_if_utc(time) < LATEST:
            self._note("unknown-time", "rung_at", value)
            return UNKNOWN_TIME
        if time.tzinfo is None:
            # `at_home` flags it: here its own words are kept.
            self._keep("rung_at", value)
            return time
        return time.astimezone(UTC)

    def _payable(self, totals: Fields) -> int:
        payable = self._amount(totals, "payable_minor", at="totals.")
        if payable is None:
            raise _no_ticket("totals.payable_minor", "an amount in minor units")
        return payable

    def _figure(
        self, of: Fields, name: str, *, at: str, most: int = MAX_AMOUNT_MINOR
    ) -> int | None:
        """A figure that the shop can do without: none where no ledger could hold it."""
        figure = self._amount(of, name, at=at)
        if figure is not None and abs(figure) > most:
            self._note("unknown-figure", at + name, of[name])
            return None
        return figure

    def _amount(self, of: Fields, name: str, *, at: str, needed: bool = False) -> int | None:
        value = of.get(name)
        if value is None and not needed:
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        number = number_of(value)
        if number is None:
            self._note("unknown-figure", at + name, value)
            return None
        if number.adjusted() > MAX_DIGITS:
            # Beyond every bound, which is all that anybody will ask of it.
            self._keep(at + name, value)
            return MAX_AMOUNT_MINOR + 1 if number > 0 else -MAX_AMOUNT_MINOR - 1
        whole = number.quantize(_WHOLE, ROUND_HALF_UP)
        self._note("respelled" if whole == number else "rounded-figure", at + name, value)
        return int(whole)

    def _quantity(self, value: object, path: str) -> Decimal:
        """Within what stock can hold: six decimals, rounded half away from zero, and ±10⁹. What is
        no number at all is one piece."""
        number = number_of(value)
        if number is None:
            self._note("unknown-quantity", path, value)
            return Decimal(1)
        if number.copy_abs() > MAX_QUANTITY:
            self._note("quantity-out-of-range", path, value)
            return Decimal(MAX_QUANTITY if number > 0 else -MAX_QUANTITY)
        exact = number.quantize(_FINEST, ROUND_HALF_UP)
        if exact != number:
            self._note("rounded-quantity", path, value)
        elif not is_written_right(value, number):
            self._note("respelled", path, value)
        return Decimal(format_quantity(exact))

    def _text(self, of: Fields, name: str, *, at: str = "") -> str | None:
        """No database keeps a NUL or half a surrogate pair; of a longer one its beginning."""
        return self._cut(of, name, at=at, most=MAX_TEXT_CHARS)

    def _word(self, of: Fields, name: str, *, at: str) -> str | None:
        """A text that becomes a key."""
        return self._cut(of, name, at=at, most=MAX_WORD_CHARS)

    def _cut(self, of: Fields, name: str, *, at: str, most: int) -> str | None:
        value = of.get(name)
        if value is None:
            return None
        told = str(value)
        text = printable(told)
        if text != value:
            self._note("respelled", at + name, told)
        if len(text) <= most:
            return text
        self._note("shortened", at + name, value)
        return text[: most - 1] + "\N{HORIZONTAL ELLIPSIS}"

    def _note(self, flag: str, path: str, value: object) -> None:
        self._flags.add(flag)
        self._keep(path, value)

    def _keep(self, path: str, value: object) -> None:
        if len(self._told) < MAX_TOLD:
            self._told[path] = as_told(value)


def _no_ticket(path: str, expected: str) -> Malformed:
    return Malformed(
        "unreadable-ticket",
        "This is no ticket: it needs an id, lines and the amount that was payable.",
        fields={path: f"must be {expected}"},
    )
