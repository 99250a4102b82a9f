"""Ask both languages the same questions and say where they differ."""

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
from msgspec import Struct

from tests.agreement.agent import answer
from tests.agreement.questions import a_question
from tests.agreement.tablet import Tablet

_CHUNK = 500
_TOLD_S = 10.0


class Difference(Struct, frozen=True, kw_only=True):
    """One question with two answers, all as JSON."""

    seed: int
    number: int
    question: str
    python: str
    typescript: str

    def __str__(self) -> str:
        asked = f"seed {self.seed}, number {self.number}: {self.question}"
        return f"{asked}\npython     {self.python}\ntypescript {self.typescript}"


def first_difference(
    tablet: Tablet, *, seed: int, numbers: range, tell: Callable[[str], None] | None = None
) -> Difference | None:
    """Ask all the numbered questions of a seed, both at once; None: all answers are the same."""
    began = told = time.monotonic()
    with ThreadPoolExecutor(max_workers=1) as beside:
        for first in range(numbers.start, numbers.stop, _CHUNK):
            chunk = range(first, min(first + _CHUNK, numbers.stop))
            questions = [a_question(seed, number) for number in chunk]
            theirs = beside.submit(tablet.ask, [msgspec.Raw(each) for each in questions])
            ours = [answer(each) for each in questions]
            if ours != (found := theirs.result()):
                return _difference(seed, first, questions, ours, found)
            now = time.monotonic()
            if tell and now - told > _TOLD_S:
                told = now
                done = chunk.stop - numbers.start
                tell(f"{done:,} of {len(numbers):,} agree, {done / (now - began):,.0f} a second")
    return None


def _difference(
    seed: int, first: int, questions: list[bytes], ours: list[object], theirs: list[object]
) -> Difference:
    at = next(at for at, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1])
    return Difference(
        seed=seed,
        number=first + at,
        question=questions[at].decode(),
        python=msgspec.json.encode(ours[at]).decode(),
        typescript=msgspec.json.encode(theirs[at]).decode(),
    )


def on_stderr(line: str) -> None:
    """For whoever waits; pytest shows it with -s."""
    print(line, file=sys.stderr, flush=True)
