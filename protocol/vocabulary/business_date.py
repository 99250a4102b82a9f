"""The business date: the day a sale is booked on, by the store's clock and cut-off.

The file's law: a shop open past midnight books on the evening's date until the cut-off; live sales
never go back a day, whatever the clock does (DESIGN §2, Words), but behind one that the hub's clock
has disproved (ADR 16).
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from protocol.errors import Malformed

MINUTES_PER_DAY = 1440


def business_date(instant: datetime, *, timezone: str, cutoff_minute: int) -> date:
    """The business date of an aware instant in an IANA time zone.

    `cutoff_minute`: minute of the local day (0–1439) at which the new business date begins; local
    wall time decides, also on the days the clocks change. Malformed: `instant-without-zone`,
    `unknown-timezone`, `cutoff-outside-day`, `instant-out-of-range`.
    """
    if instant.tzinfo is None:
        raise Malformed("instant-without-zone", "Give the instant with its UTC offset.")
    if not 0 <= cutoff_minute < MINUTES_PER_DAY:
        raise Malformed("cutoff-outside-day", "Give the cut-off as a minute from 0 to 1439.")
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Malformed(
            "unknown-timezone", "Use an IANA time zone such as Africa/Algiers."
        ) from error
    try:
        local = instant.astimezone(zone)
        before_cutoff = local.hour * 60 + local.minute < cutoff_minute
        return local.date() - timedelta(days=1) if before_cutoff else local.date()
    except OverflowError as error:
        raise Malformed("instant-out-of-range", "Check the year of the instant.") from error


def next_business_date(previous: date | None, computed: date) -> date:
    """The date for the next live shift: the computed one, but never before the previous."""
    return computed if previous is None else max(previous, computed)
