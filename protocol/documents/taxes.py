"""The tax on paper: a table per rate where tax is charged, nothing where it is not.

The file's law: exempt is said and is not 0 %; a business under a regime that charges no tax (IFU)
shows no tax at all, not even a zero.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from protocol.checkout.basket import TaxTreatment
from protocol.documents.context import PaperContext
from protocol.documents.layout import Column, Table, Text
from protocol.documents.wording import Wording


class TaxFigure(Protocol):
    """Base and tax of one rate: a ticket's tax line or a Z's tax sum."""

    @property
    def tax_id(self) -> str: ...
    @property
    def rate_ppm(self) -> int: ...
    @property
    def base_minor(self) -> int: ...
    @property
    def tax_minor(self) -> int: ...
    @property
    def treatment(self) -> TaxTreatment: ...


def shown(taxes: Sequence[TaxFigure]) -> list[TaxFigure]:
    """Those that a paper shows: all, unless every one is outside tax."""
    return list(taxes) if any(one.treatment != "outside" for one in taxes) else []


def letters(taxes: Sequence[TaxFigure]) -> dict[tuple[str, int, TaxTreatment], str]:
    """A letter per rate, by which lines refer to the table; none where there is but one rate."""
    keys = [(one.tax_id, one.rate_ppm, one.treatment) for one in shown(taxes)]
    if not 1 < len(keys) <= 26:
        return {}
    return {key: chr(ord("A") + index) for index, key in enumerate(keys)}


def tax_table(taxes: Sequence[TaxFigure], context: PaperContext, words: Wording) -> Iterator[Table]:
    """Rate, base, tax and base with tax."""
    rows = []
    marks = letters(taxes)
    for one in shown(taxes):
        mark = marks.get((one.tax_id, one.rate_ppm, one.treatment))
        label = rate_label(one, context, words)
        rows.append(
            (
                f"{mark} {label}" if mark else label,
                words.money(one.base_minor),
                words.money(one.tax_minor) if one.treatment == "taxed" else "-",
                words.money(one.base_minor + one.tax_minor),
            )
        )
    if rows:
        columns = (
            Column(heading=words.say("rate")),
            Column(heading=words.say("base"), figures=True),
            Column(heading=words.say("tax_column"), figures=True),
            Column(heading=words.say("gross"), figures=True),
        )
        yield Table(columns=columns, rows=tuple(rows))


def rate_label(one: TaxFigure, context: PaperContext, words: Wording) -> str:
    """The rate in percent, or that there is none; the tax's own name where it has one."""
    if one.treatment != "taxed":
        return words.say(one.treatment)
    name = context.tax_names.get(one.tax_id)
    rate = words.percent(one.rate_ppm)
    return f"{name} {rate}" if name and rate not in name else name or rate


def certificate(exemption: str | None, words: Wording) -> Iterator[Text]:
    """Under which certificate no tax was charged."""
    if exemption:
        yield Text(text=words.say("exempt_by", number=exemption))
