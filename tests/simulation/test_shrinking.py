"""The shrinker takes away all that can go."""

from hypothesis import given
from hypothesis import strategies as st

from tests.simulation.shrinking import ddmin


@given(st.sets(st.integers(0, 39)))
def test_what_is_left_is_what_it_takes(needed: set[int]) -> None:
    assert set(ddmin(range(40), lambda items: needed <= set(items))) == needed


def test_nothing_is_left_when_nothing_is_needed() -> None:
    assert ddmin([1, 2, 3], lambda items: True) == []
