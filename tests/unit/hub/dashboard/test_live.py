"""A slow tab costs the topics it was not told, and no more."""

from hypothesis import given
from hypothesis import strategies as st

from hub.dashboard.live import TOPICS, Subscription

_NEWS = st.lists(
    st.tuples(st.sets(st.sampled_from(TOPICS), min_size=1), st.integers(0, 10**9)), max_size=50
)


@given(_NEWS)
def test_what_piles_up_is_told_once(news: list[tuple[set[str], int]]) -> None:
    subscription = Subscription(position=0)
    for topics, position in news:
        subscription.tell(topics, position)
    assert len(subscription.topics) <= len(TOPICS)
    told, position = subscription.take()
    assert set(told) == set().union(*(topics for topics, _ in news))
    assert position == (news[-1][1] if news else 0)
    assert subscription.take() == ([], position)
    assert not subscription.bell.is_set()
