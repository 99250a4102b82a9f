"""What the office may say of a legal entity and of how cash is paid."""

from collections.abc import Iterator, Sequence
from datetime import date

from protocol.checkout.duty import check_tariff
from protocol.errors import Malformed
from protocol.messages.collections import CashTerms, LegalEntity
from protocol.vocabulary.currencies import currency
from protocol.vocabulary.money import MAX_AMOUNT_MINOR

MOST_ROWS = 100

Fault = tuple[str, str]


def check_legal_entity(entity: LegalEntity) -> None:
    """Malformed `malformed-legal-entity` naming every offending field."""
    faults = dict(_date_faults("regimes", [regime.valid_from for regime in entity.regimes]))
    if not entity.party.name.strip():
        faults["party.name"] = "is empty"
    if faults:
        raise Malformed("malformed-legal-entity", "Correct the named fields.", fields=faults)


def check_cash_terms(terms: CashTerms) -> None:
    """Malformed: `malformed-cash-terms` naming every offending field, `malformed-tariff`,
    `unknown-currency`."""
    currency(terms.currency)
    faults = dict(_date_faults("steps", [step.valid_from for step in terms.steps]))
    faults |= _date_faults("duty_tariffs", [tariff.valid_from for tariff in terms.duty_tariffs])
    for index, step in enumerate(terms.steps):
        if not 1 <= step.step_minor <= MAX_AMOUNT_MINOR:
            faults[f"steps.{index}.step_minor"] = f"not in 1…{MAX_AMOUNT_MINOR}"
    notes = terms.denominations_minor
    if len(notes) > MOST_ROWS or len(set(notes)) < len(notes):
        faults["denominations_minor"] = f"has one twice, or more than {MOST_ROWS}"
    if any(not 1 <= note <= MAX_AMOUNT_MINOR for note in notes):
        faults["denominations_minor"] = f"has one that is not in 1…{MAX_AMOUNT_MINOR}"
    for index, tariff in enumerate(terms.duty_tariffs):
        if tariff.currency != terms.currency:
            faults[f"duty_tariffs.{index}.currency"] = f"is not {terms.currency}"
    if faults:
        raise Malformed("malformed-cash-terms", "Correct the named fields.", fields=faults)
    for tariff in terms.duty_tariffs:
        check_tariff(tariff)


def _date_faults(field: str, days: Sequence[date]) -> Iterator[Fault]:
    if len(days) > MOST_ROWS:
        yield field, f"has more than {MOST_ROWS} entries"
    if len(set(days)) < len(days):
        yield field, "has two entries of one day"
