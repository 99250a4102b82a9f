"""X and Z on paper.

The file's law: every figure is the report's own. An X says that it closes nothing and shows no
count; a Z shows its number, what was counted, the perpetual totals and how it is signed.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from protocol.documents.context import PaperContext
from protocol.documents.layout import Block, Column, Pair, Paper, Rule, Table, Text
from protocol.documents.masthead import (
    closing,
    fingerprint,
    headline,
    masthead,
    place,
    series_number,
)
from protocol.documents.taxes import rate_label, shown
from protocol.documents.wording import Wording, wording
from protocol.messages.till import OTHERS, Addenda, Perpetual, ShiftClosed, TaxSum, TenderSum


class DrawerFigures(Protocol):
    """What went into and out of the drawer."""

    @property
    def float_minor(self) -> int: ...
    @property
    def sales_minor(self) -> int: ...
    @property
    def returns_minor(self) -> int: ...
    @property
    def paid_in_minor(self) -> int: ...
    @property
    def paid_out_minor(self) -> int: ...
    @property
    def pickup_minor(self) -> int: ...
    @property
    def loan_minor(self) -> int: ...
    @property
    def expected_minor(self) -> int: ...


class ShiftFigures(Protocol):
    """What an X and a Z have in common; `ShiftClosed` is one, an agent's open shift another."""

    @property
    def currency(self) -> str: ...
    @property
    def sales_count(self) -> int: ...
    @property
    def returns_count(self) -> int: ...
    @property
    def gross_minor(self) -> int: ...
    @property
    def returns_minor(self) -> int: ...
    @property
    def net_minor(self) -> int: ...
    @property
    def tenders(self) -> Sequence[TenderSum]: ...
    @property
    def taxes(self) -> Sequence[TaxSum]: ...
    @property
    def cash(self) -> DrawerFigures: ...
    @property
    def handed_over_count(self) -> int: ...
    @property
    def series_epoch(self) -> int | None: ...
    @property
    def first_receipt(self) -> int | None: ...
    @property
    def last_receipt(self) -> int | None: ...
    @property
    def duty_minor(self) -> int: ...
    @property
    def duty_count(self) -> int: ...
    @property
    def perpetual(self) -> Perpetual | None: ...
    @property
    def addenda(self) -> Sequence[Addenda]: ...


def x_report(shift: ShiftFigures, *, context: PaperContext) -> Paper:
    """The paper of an open shift; Malformed `unknown-currency`."""
    words = _words(shift, context)
    title = words.say("x_report")
    blocks = [
        *masthead(context, words),
        *headline(title),
        Text(text=words.say("not_a_closing"), align="center"),
        *_about(shift, context, words),
        *_figures(shift, context, words),
        *_drawer(shift.cash, words),
        *_afterwards(shift, words),
        *closing(context, words),
    ]
    return Paper(title=title, blocks=tuple(blocks), rtl=words.rtl)


def z_report(shift: ShiftClosed, *, context: PaperContext) -> Paper:
    """The paper of a closed shift; Malformed `unknown-currency`."""
    words = _words(shift, context)
    title = words.say("z_report")
    blocks = [
        *masthead(context, words),
        *headline(title),
        Pair(label=words.say("z_number"), amount=str(shift.z_number), bold=True, size="large"),
        *_about(shift, context, words),
        *_figures(shift, context, words),
        *_drawer(shift.cash, words),
        *_counted(shift, words),
        *_afterwards(shift, words),
        *_proofs(shift, words),
        *closing(context, words),
    ]
    return Paper(title=f"{title} {shift.z_number}", blocks=tuple(blocks), rtl=words.rtl)


def _words(shift: ShiftFigures, context: PaperContext) -> Wording:
    return wording(context.languages, currency=shift.currency, timezone=context.timezone)


def _about(shift: ShiftFigures, context: PaperContext, words: Wording) -> Iterator[Block]:
    yield Pair(label=words.say("business_date"), amount=words.day(context.business_date))
    for key, at in (
        ("opened", context.opened_at),
        ("closed", context.closed_at),
        ("printed", context.printed_at),
    ):
        if at is not None:
            yield Pair(label=words.say(key), amount=words.moment(at))
    yield from place(context, words)
    epoch = shift.series_epoch
    if epoch is not None:  # with it come its first and last number
        first, last = (
            series_number(
                register_code=context.register_code, series_epoch=epoch, number=number or 0
            )
            for number in (shift.first_receipt, shift.last_receipt)
        )
        yield Text(text=words.say("from_to", first=first, last=last))


def _figures(shift: ShiftFigures, context: PaperContext, words: Wording) -> Iterator[Block]:
    """Sales and returns, then per tender, then per rate."""
    yield Rule()
    rows = [
        (words.say("sales"), str(shift.sales_count), words.money(shift.gross_minor)),
        (words.say("returns"), str(shift.returns_count), words.money(-shift.returns_minor)),
    ]
    if shift.duty_count or shift.duty_minor:
        rows.append((words.say("duty"), str(shift.duty_count), words.money(shift.duty_minor)))
    yield _counted_sums(words.say("tickets"), rows, words)
    yield Pair(
        label=words.with_currency("net"),
        amount=words.money(shift.net_minor),
        bold=True,
        size="large",
    )
    if shift.handed_over_count:
        yield Pair(label=words.say("handed_over"), amount=str(shift.handed_over_count))
    if shift.tenders:
        yield Rule()
        sums = [
            (_tender(one, words), str(one.count), words.money(one.amount_minor))
            for one in shift.tenders
        ]
        yield _counted_sums(words.say("tenders"), sums, words)
    if shown(shift.taxes):
        yield Rule()
        yield Text(text=words.say("taxes"), bold=True)
        yield _tax_sums(shift.taxes, context, words)


def _tender(one: TenderSum, words: Wording) -> str:
    return words.say("others") if one.kind == OTHERS else words.named("tender", one.kind)


def _counted_sums(heading: str, rows: Sequence[tuple[str, ...]], words: Wording) -> Table:
    columns = (
        Column(heading=heading),
        Column(heading=words.say("count"), figures=True),
        Column(heading=words.say("amount"), figures=True),
    )
    return Table(columns=columns, rows=tuple(rows))


def _tax_sums(taxes: Sequence[TaxSum], context: PaperContext, words: Wording) -> Table:
    columns = (
        Column(heading=words.say("rate")),
        Column(heading=words.say("count"), figures=True),
        Column(heading=words.say("base"), figures=True),
        Column(heading=words.say("tax_column"), figures=True),
    )
    rows = [
        (
            words.say("others") if one.tax_id == OTHERS else rate_label(one, context, words),
            str(one.count),
            words.money(one.base_minor),
            words.money(one.tax_minor) if one.treatment == "taxed" else "-",
        )
        for one in taxes
    ]
    return Table(columns=columns, rows=tuple(rows))


def _drawer(cash: DrawerFigures, words: Wording) -> Iterator[Block]:
    yield Rule()
    yield Text(text=words.say("drawer"), bold=True)
    for key, amount_minor in (
        ("float", cash.float_minor),
        ("cash_sales", cash.sales_minor),
        ("cash_returns", -cash.returns_minor),
        ("paid_in", cash.paid_in_minor),
        ("paid_out", -cash.paid_out_minor),
        ("loan", cash.loan_minor),
        ("pickup", -cash.pickup_minor),
    ):
        if amount_minor or key == "float":
            yield Pair(label=words.say(key), amount=words.money(amount_minor))
    yield Pair(label=words.say("expected"), amount=words.money(cash.expected_minor), bold=True)


def _counted(shift: ShiftClosed, words: Wording) -> Iterator[Block]:
    difference_minor = shift.cash.over_short_minor
    yield Pair(label=words.say("counted"), amount=words.money(shift.cash.counted_minor), bold=True)
    key = "over" if difference_minor > 0 else "short" if difference_minor < 0 else "even"
    yield Pair(label=words.say(key), amount=words.money(difference_minor), bold=True)


def _afterwards(shift: ShiftFigures, words: Wording) -> Iterator[Block]:
    """Tickets that came after older Z reports, and what the register has sold since ever."""
    if shift.addenda:
        yield Rule()
        rows = []
        for one in shift.addenda:
            count = one.sales_count + one.returns_count
            net_minor = one.sales_minor - one.returns_minor
            label = words.say("addendum_of", number=one.z_number)
            rows.append((label, str(count), words.money(net_minor)))
        yield _counted_sums(words.say("addenda"), rows, words)
    total = shift.perpetual
    if total is not None:
        yield Rule()
        rows = [
            (words.say("sales"), str(total.sales_count), words.money(total.sales_minor)),
            (words.say("returns"), str(total.returns_count), words.money(-total.returns_minor)),
            (words.say("year_sales", year=total.year), "", words.money(total.year_sales_minor)),
            (
                words.say("year_returns", year=total.year),
                "",
                words.money(-total.year_returns_minor),
            ),
        ]
        if total.duty_minor:
            rows.append((words.say("duty"), "", words.money(total.duty_minor)))
        yield _counted_sums(words.say("perpetual"), rows, words)


def _proofs(shift: ShiftClosed, words: Wording) -> Iterator[Block]:
    if not (shift.chain_hash or shift.signature):
        return
    yield Rule()
    if shift.chain_hash:
        yield Pair(label=words.say("journal"), amount=fingerprint(shift.chain_hash))
    if shift.signature:
        # The first digits find a signature among others; whoever checks it has the fact itself.
        yield Pair(label=words.say("signature"), amount=fingerprint(shift.signature))
