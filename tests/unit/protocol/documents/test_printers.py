import codecs

import pytest

from protocol.documents.printers import PRINTERS, PrinterProfile, printer
from protocol.errors import Malformed


@pytest.mark.parametrize("profile", PRINTERS, ids=lambda one: one.name)
def test_a_printer_can_be_printed_on(profile: PrinterProfile) -> None:
    assert printer(profile.name) == profile
    assert 384 <= profile.dots <= 640
    assert 32 <= profile.columns <= 48
    assert 0 <= profile.code_page_slot <= 255
    assert codecs.lookup(profile.code_page)


def test_names_are_each_ones_own() -> None:
    assert len({one.name for one in PRINTERS}) == len(PRINTERS)


def test_an_unknown_printer_is_refused_with_those_there_are() -> None:
    with pytest.raises(Malformed, match="unknown-printer") as refused:
        printer("Typewriter")
    assert "TM-T20III" in refused.value.message
