"""Dated rows: each holds from its day on, until the next one.

The file's law: of two rows of one day the later in the list holds: a correction is appended.
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol, TypeVar


class Dated(Protocol):
    """Anything that holds from a day on."""

    @property
    def valid_from(self) -> date:
        """The first day."""
        ...


Row = TypeVar("Row", bound=Dated)


def in_force(rows: Sequence[Row], on: date) -> Row | None:
    """The row that holds on that day; None before the first."""
    begun = [row for row in rows if row.valid_from <= on]
    return max(reversed(begun), key=lambda row: row.valid_from, default=None)
