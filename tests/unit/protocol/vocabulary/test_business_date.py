"""The business date and its cut-off."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.vocabulary.business_date import business_date, next_business_date
from tests.unit.protocol.vocabulary.vectors import Vector, check, vectors

INSTANTS = st.integers(946_684_800, 4_102_444_799).map(
    lambda unix_s: datetime.fromtimestamp(unix_s, UTC)
)


@pytest.mark.parametrize("vector", vectors("business_date", "business_date"))
def test_business_date_vectors(vector: Vector) -> None:
    check(
        vector,
        lambda instant, timezone, cutoff_minute: business_date(
            datetime.fromisoformat(instant), timezone=timezone, cutoff_minute=cutoff_minute
        ).isoformat(),
    )


@pytest.mark.parametrize("vector", vectors("business_date", "next_business_date"))
def test_next_business_date_vectors(vector: Vector) -> None:
    check(
        vector,
        lambda previous, computed: next_business_date(
            date.fromisoformat(previous) if previous else None, date.fromisoformat(computed)
        ).isoformat(),
    )


@given(INSTANTS, st.integers(0, 1439))
def test_where_clocks_never_change_the_date_is_the_shifted_calendars(
    instant: datetime, cutoff_minute: int
) -> None:
    shifted = instant + timedelta(hours=1) - timedelta(minutes=cutoff_minute)
    found = business_date(instant, timezone="Africa/Algiers", cutoff_minute=cutoff_minute)
    assert found == shifted.date()


@given(st.lists(INSTANTS, min_size=2, max_size=10))
def test_live_dates_never_go_back(instants: list[datetime]) -> None:
    previous: date | None = None
    for instant in instants:
        computed = business_date(instant, timezone="Europe/Paris", cutoff_minute=240)
        following = next_business_date(previous, computed)
        assert previous is None or following >= previous
        previous = following


@pytest.mark.parametrize(
    ("instant", "timezone"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "America/Los_Angeles"),
        (datetime(9999, 12, 31, 23, tzinfo=UTC), "Pacific/Auckland"),
    ],
)
def test_beyond_the_calendar_is_malformed_not_a_crash(instant: datetime, timezone: str) -> None:
    with pytest.raises(Malformed) as refusal:
        business_date(instant, timezone=timezone, cutoff_minute=0)
    assert refusal.value.code == "instant-out-of-range"
