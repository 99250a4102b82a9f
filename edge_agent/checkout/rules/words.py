"""What a tablet wrote → values. Nothing is refused here: what cannot be read is None."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeVar
from uuid import UUID

# Beyond every bound, and well within what Decimal rounds to a whole.
MAX_DIGITS = 20
_MAX_TOLD_CHARS = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A larger number counts milliseconds, as JavaScript does.
_LAST_SECOND = 2 * 10**10
_QUANTITY = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
_Given = TypeVar("_Given")
_Read = TypeVar("_Read")


def as_told(value: object) -> str:
    """The tablet's own words, as `told` keeps them."""
    return printable(str(value)[:_MAX_TOLD_CHARS])


def uuid_of(value: object) -> UUID | None:
    """The id that a text names."""
    return _read(UUID, value) if isinstance(value, str) else None


def number_of(value: object) -> Decimal | None:
    """A finite number, however it is written."""
    if isinstance(value, bool) or value is None or isinstance(value, list | dict):
        return None
    number = _read(Decimal, str(value))
    return number if number is not None and number.is_finite() else None


def instant_of(value: object) -> datetime | None:
    """ISO 8601, or seconds or milliseconds since 1970."""
    if isinstance(value, str):
        time = _read(datetime.fromisoformat, value.strip())
        if time is not None:
            return time
    number = number_of(value)
    if number is None or number.adjusted() > MAX_DIGITS:
        return None
    milliseconds = int(number) if number.copy_abs() > _LAST_SECOND else int(number * 1000)
    return _read(lambda ms: _EPOCH + timedelta(milliseconds=ms), milliseconds)


def _read(parse: Callable[[_Given], _Read], value: _Given) -> _Read | None:
    """What it parses to; None where it does not."""
    try:
        return parse(value)
    except (ValueError, OverflowError, InvalidOperation):
        return None


def is_written_right(value: object, number: Decimal) -> bool:
    """As the contract has it: plain decimal text, or an integral number."""
    if isinstance(value, str):
        return _QUANTITY.fullmatch(value) is not None
    return number == number.to_integral_value()


def printable(text: str) -> str:
    """As a database keeps it: no NUL, and no half of a surrogate pair."""
    sound = text.encode("utf-8", "replace").decode("utf-8")
    return sound.replace("\x00", "\ufffd")


def as_if_utc(time: datetime) -> datetime:
    """To be compared; never beyond the calendar, as a change of zone may be."""
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
