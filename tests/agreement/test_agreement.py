"""Random baskets come to the same figures, or the same refusal, on the tablet and in the agent."""

from collections import Counter

import pytest

from tests.agreement.agent import answer
from tests.agreement.asking import Difference, first_difference, on_stderr
from tests.agreement.questions import a_question
from tests.agreement.tablet import Tablet

pytestmark = pytest.mark.slow

_SEED = 2026
# A part may be asked alone; all of them are a million.
_PROVED = [range(first, first + 100_000) for first in range(0, 1_000_000, 100_000)]


def agree(difference: Difference | None) -> None:
    if difference:
        pytest.fail(str(difference), pytrace=False)


def test_thousands_of_random_baskets_agree(asked: Tablet) -> None:
    agree(first_difference(asked, seed=_SEED, numbers=range(4_000)))


@pytest.mark.prove
@pytest.mark.timeout(5_400)
@pytest.mark.parametrize("numbers", _PROVED, ids=lambda numbers: f"{numbers[0]}-{numbers[-1]}")
def test_a_million_random_baskets_agree(asked: Tablet, numbers: range) -> None:
    agree(first_difference(asked, seed=_SEED + 1, numbers=numbers, tell=on_stderr))


def test_a_difference_is_seen(asked: Tablet) -> None:
    """The comparison compares: a question whose answer is not ours is named."""

    class Wrong(Tablet):
        def __init__(self) -> None:
            pass

        def ask(self, questions: object) -> list[object]:
            found = asked.ask(questions)  # type: ignore[arg-type]
            found[17] = {}
            return found

    found = first_difference(Wrong(), seed=_SEED, numbers=range(100))
    assert found
    assert (found.number, found.question) == (17, a_question(_SEED, 17).decode())


def test_the_questions_are_mostly_answered_and_sometimes_refused() -> None:
    """Else agreement would say little."""
    codes: Counter[str] = Counter()
    for number in range(2_000):
        found = answer(a_question(_SEED, number))
        refusal = found.get("error") if isinstance(found, dict) else None
        codes[refusal["code"] if refusal else "figures"] += 1
    assert codes["figures"] > 1_400
    assert len(codes) > 10
