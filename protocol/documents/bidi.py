"""In which order letters stand: the Unicode bidirectional algorithm (UAX 9) for one line.

The file's law: a line is one paragraph, of letters and isolates only; embeddings and overrides were
marked as unprintable before (`layout.printable`). Numbers in brackets are the rules' names.
"""

import unicodedata
from collections.abc import Iterator, Sequence

from msgspec import Struct

from protocol.documents.layout import CLOSE, LEFT_TO_RIGHT, RIGHT_TO_LEFT

_STRONG = {"L": 0, "R": 1, "AL": 1}
_OPENED = {LEFT_TO_RIGHT: 0, RIGHT_TO_LEFT: 1}
_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_MOST_OPEN_BRACKETS = 63
_Kinds = dict[int, str]


class Run(Struct, frozen=True):
    """Letters of one direction, in the order of reading."""

    text: str
    rtl: bool


def visual_runs(text: str, *, rtl: bool) -> list[Run]:
    """The runs from left to right on a line whose reading begins at the right if `rtl`."""
    levels = _levels(text, 1 if rtl else 0)
    runs: list[tuple[int, str]] = []
    for letter, level in zip(text, levels, strict=True):
        if runs and runs[-1][0] == level:
            runs[-1] = (level, runs[-1][1] + letter)
        else:
            runs.append((level, letter))
    for level in range(max(levels, default=0), 0, -1):  # [L2]
        runs = _reversed_from(runs, level)
    return [Run(letters, bool(level % 2)) for level, letters in runs]


def _reversed_from(runs: list[tuple[int, str]], level: int) -> list[tuple[int, str]]:
    turned: list[tuple[int, str]] = []
    high: list[tuple[int, str]] = []
    for run in runs:
        if run[0] >= level:
            high.append(run)
            continue
        turned += [*reversed(high), run]
        high = []
    return [*turned, *reversed(high)]


def _levels(text: str, base: int) -> list[int]:
    levels = [base] * len(text)
    for level, places in _sequences(text, base):
        kinds = {at: unicodedata.bidirectional(text[at]) for at in places}
        _resolve_weak(kinds, places, level)
        _resolve_brackets(text, kinds, (places, level))
        _resolve_neutral(kinds, places, level)
        for at in places:  # [I1] [I2]
            odd = level % 2
            moved = {"L": odd, "R": 1 - odd, "AN": 2 - odd, "EN": 2 - odd}
            levels[at] = level + moved[kinds[at]]
    for at in range(len(text)):
        if unicodedata.bidirectional(text[at]) == "BN":  # [X9]
            levels[at] = levels[at - 1] if at else base
    for at in reversed(range(len(text))):  # [L1]
        if unicodedata.bidirectional(text[at]) not in ("WS", "LRI", "RLI", "PDI", "BN"):
            break
        levels[at] = base
    return levels


def _sequences(text: str, base: int) -> Iterator[tuple[int, list[int]]]:
    """Level and places of each isolating run sequence [X10]: the line, and within every isolate."""
    open_: list[tuple[int, list[int]]] = [(base, [])]
    for at, letter in enumerate(text):
        level, places = open_[-1]
        if letter in _OPENED:
            places.append(at)
            inner = level + 1 if (level + 1) % 2 == _OPENED[letter] else level + 2
            open_.append((inner, []))
        elif letter == CLOSE and len(open_) > 1:
            yield open_.pop()
            open_[-1][1].append(at)
        elif unicodedata.bidirectional(letter) != "BN":
            places.append(at)
    yield from reversed(open_)


def _resolve_weak(kinds: _Kinds, places: Sequence[int], level: int) -> None:
    start = "R" if level % 2 else "L"
    _resolve_marks(kinds, places, start)
    strong = start
    for at in places:
        if kinds[at] in _STRONG:
            strong = kinds[at]
        if kinds[at] == "EN" and strong == "AL":  # [W2]
            kinds[at] = "AN"
    for at in places:
        if kinds[at] == "AL":  # [W3]
            kinds[at] = "R"
    for left, at, right in zip(places, places[1:], places[2:], strict=False):  # [W4]
        same = kinds[left] == kinds[right]
        if same and (
            (kinds[at] == "ES" and kinds[left] == "EN")
            or (kinds[at] == "CS" and kinds[left] in ("EN", "AN"))
        ):
            kinds[at] = kinds[left]
    _resolve_terminators(kinds, places)
    strong = start
    for at in places:
        if kinds[at] in ("ES", "ET", "CS"):  # [W6]
            kinds[at] = "ON"
        if kinds[at] in _STRONG:
            strong = kinds[at]
        if kinds[at] == "EN" and strong == "L":  # [W7]
            kinds[at] = "L"


def _resolve_marks(kinds: _Kinds, places: Sequence[int], before: str) -> None:
    for at in places:  # [W1]
        if kinds[at] == "NSM":
            kinds[at] = "ON" if before in ("LRI", "RLI", "PDI") else before
        before = kinds[at]


def _resolve_terminators(kinds: _Kinds, places: Sequence[int]) -> None:
    for order in (places, list(reversed(places))):  # [W5]
        beside = ""
        for at in order:
            if kinds[at] == "ET" and beside == "EN":
                kinds[at] = "EN"
            beside = kinds[at]


def _resolve_brackets(text: str, kinds: _Kinds, where: tuple[Sequence[int], int]) -> None:
    """A pair takes one direction, with what it holds or what stands before it [N0]."""
    places, level = where
    own = "R" if level % 2 else "L"
    for opening, closing in _pairs(text, kinds, places):
        inside = {_strong(kinds[at]) for at in places if opening < at < closing}
        if own in inside:
            found = own
        elif inside - {""}:
            before = [_strong(kinds[at]) for at in places if at < opening and _strong(kinds[at])]
            found = before[-1] if before else own
        else:
            continue
        kinds[opening] = kinds[closing] = found
        for at in places[places.index(closing) + 1 :]:
            if unicodedata.bidirectional(text[at]) != "NSM":
                break
            kinds[at] = found


def _pairs(text: str, kinds: _Kinds, places: Sequence[int]) -> list[tuple[int, int]]:
    open_: list[tuple[str, int]] = []
    pairs = []
    for at in places:
        letter = text[at]
        if kinds[at] != "ON":
            continue
        if letter in _BRACKETS:
            if len(open_) == _MOST_OPEN_BRACKETS:
                return []
            open_.append((_BRACKETS[letter], at))
        closers = [place for place, (closer, _) in enumerate(open_) if closer == letter]
        if closers:
            pairs.append((open_[closers[-1]][1], at))
            del open_[closers[-1] :]
    return sorted(pairs)


def _strong(kind: str) -> str:
    """Numbers count as letters of the right-to-left kind [N0] [N1]."""
    return {"L": "L", "R": "R", "EN": "R", "AN": "R"}.get(kind, "")


def _resolve_neutral(kinds: _Kinds, places: Sequence[int], level: int) -> None:
    own = "R" if level % 2 else "L"
    before = own
    waiting: list[int] = []
    for at in places:
        found = _strong(kinds[at])
        if not found:
            waiting.append(at)
            continue
        kinds |= dict.fromkeys(waiting, found if found == before else own)  # [N1] [N2]
        before, waiting = found, []
    kinds |= dict.fromkeys(waiting, own)
