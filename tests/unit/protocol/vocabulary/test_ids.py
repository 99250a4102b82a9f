"""UUIDv7 and partitions."""

from itertools import pairwise
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Malformed
from protocol.vocabulary.ids import (
    MAX_SETBACK_MS,
    MAX_TIME_MS,
    PARTITIONS,
    Uuid7Source,
    partition_of,
    time_ms_of,
    uuid7,
)
from tests.unit.protocol.vocabulary.vectors import Vector, check, vectors

NOW_MS = 1_795_392_000_000


class Clock:
    """A clock that shows what it is told."""

    def __init__(self, now_ms: int = NOW_MS) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms


@pytest.mark.parametrize("vector", vectors("uuid7", "uuid7"))
def test_uuid7_vectors(vector: Vector) -> None:
    check(vector, lambda time_ms, random_bits: str(uuid7(time_ms, int(random_bits, 16))))


@pytest.mark.parametrize("vector", vectors("uuid7", "time_ms_of"))
def test_time_ms_of_vectors(vector: Vector) -> None:
    check(vector, lambda uuid: time_ms_of(UUID(uuid)))


@pytest.mark.parametrize("vector", vectors("uuid7", "partition_of"))
def test_partition_of_vectors(vector: Vector) -> None:
    check(vector, lambda uuid: partition_of(UUID(uuid)))


@given(st.integers(0, MAX_TIME_MS), st.integers(0, 2**74 - 1))
def test_a_uuid7_keeps_its_time_and_says_its_version(time_ms: int, random_bits: int) -> None:
    made = uuid7(time_ms, random_bits)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert time_ms_of(made) == time_ms


@given(
    st.lists(st.integers(NOW_MS, NOW_MS + MAX_SETBACK_MS), min_size=2, max_size=50),
    st.integers(0, 9),
)
def test_ids_rise_while_the_clock_stands_or_trembles(times_ms: list[int], seed: int) -> None:
    clock = Clock()
    source = Uuid7Source(clock, Random(seed).randbytes)
    made = []
    for clock.now_ms in times_ms:
        made.append(source.next())
    assert all(earlier < later for earlier, later in pairwise(made))


def test_a_clock_set_far_back_is_followed() -> None:
    clock = Clock(NOW_MS)
    source = Uuid7Source(clock, Random(1).randbytes)
    source.next()
    clock.now_ms = NOW_MS - MAX_SETBACK_MS
    assert time_ms_of(source.next()) == NOW_MS
    clock.now_ms = NOW_MS - MAX_SETBACK_MS - 1
    assert time_ms_of(source.next()) == NOW_MS - MAX_SETBACK_MS - 1


def test_randomness_used_up_within_a_millisecond_borrows_the_next() -> None:
    source = Uuid7Source(Clock(), lambda count: b"\xff" * count)
    first, second = source.next(), source.next()
    assert (time_ms_of(first), time_ms_of(second)) == (NOW_MS, NOW_MS + 1)
    assert first < second


def test_a_clock_outside_48_bits_is_malformed() -> None:
    with pytest.raises(Malformed):
        Uuid7Source(Clock(MAX_TIME_MS + 1), Random(1).randbytes).next()


@given(st.uuids())
def test_partitions_are_in_range_and_know_no_letter_case(device_id: UUID) -> None:
    assert 0 <= partition_of(device_id) < PARTITIONS
    assert partition_of(UUID(str(device_id).upper())) == partition_of(device_id)
