"""A difference is kept whatever words of a device its subject holds."""

from hypothesis import given
from hypothesis import strategies as st

from hub.events.rules import MAX_SUBJECT_CHARS, subject_key


@given(st.text(max_size=MAX_SUBJECT_CHARS))
def test_a_short_subject_stands_as_it_is(subject: str) -> None:
    assert subject_key(subject) == subject.replace("\x00", "\ufffd")


@given(st.text(), st.sampled_from(["count", "amount_minor"]), st.integers(300, 30_000))
def test_a_long_one_fits_an_index_and_stays_apart(kind: str, figure: str, size: int) -> None:
    subject = f"tenders.{kind}{'k' * size}.{figure}"
    key = subject_key(subject)
    assert len(key) == MAX_SUBJECT_CHARS
    assert "\x00" not in key
    assert key == subject_key(subject)
    assert key != subject_key(subject + "2")
