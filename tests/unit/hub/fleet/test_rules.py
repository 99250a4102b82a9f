"""A heartbeat fits its row whatever it claims."""

from hypothesis import given
from hypothesis import strategies as st

from hub.fleet.rules import debt_of
from protocol.messages.sync import Heartbeat

ANY = st.integers(-(2**80), 2**80)


@given(
    st.builds(
        Heartbeat,
        sess=ANY,
        head=ANY,
        acked=ANY,
        pending_count=ANY,
        mono_ms=ANY,
        pending_value_minor=st.dictionaries(st.text(), ANY, max_size=40),
        oldest_pending_at_ms=st.none() | ANY,
        disk_free_bytes=st.none() | ANY,
        dead_count=ANY,
    )
)
def test_everything_stays_within_a_row(heartbeat: Heartbeat) -> None:
    debt = debt_of(heartbeat)
    numbers = [debt.head_seq, debt.acked_seq, debt.count, debt.dead_count]
    numbers += [*debt.value_minor.values(), debt.disk_free_bytes or 0]
    assert all(0 <= number < 2**63 for number in numbers)
    assert len(debt.value_minor) <= 16


def test_what_is_sane_is_kept() -> None:
    debt = debt_of(
        Heartbeat(
            sess=1,
            head=9,
            acked=7,
            pending_count=2,
            mono_ms=0,
            pending_value_minor={"DZD": 5},
            oldest_pending_at_ms=1_000,
        )
    )
    assert (debt.head_seq, debt.acked_seq, debt.count, debt.value_minor) == (9, 7, 2, {"DZD": 5})
    assert debt.oldest_at is not None
    assert debt.oldest_at.timestamp() == 1
