"""PINs."""

import pytest

from hub.staff.rules import checked_pin
from protocol.errors import Malformed


@pytest.mark.parametrize("pin", ["1234", "00000000"])
def test_four_to_eight_digits(pin: str) -> None:
    assert checked_pin(pin) == pin


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12 34", "١٢٣٤", "12a4", "1234\n"])
def test_nothing_else(pin: str) -> None:
    with pytest.raises(Malformed):
        checked_pin(pin)
