"""The fault matrix, and which tests show each of its rows.

`python -m tests.architecture.fault_matrix` writes docs/reliability.md anew. A test shows a row when
it carries `@pytest.mark.fault(row, "promises")`; its docstring's first paragraph says what is seen.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "reliability.md"

# What goes wrong, by row.
FAULTS = {
    1: "The agent is killed before or after it commits a sale",
    2: "The agent is killed between publishing and the broker's acknowledgement",
    3: "The agent is killed between the hub's ack and writing it down",
    4: "The hub is killed before it commits a batch",
    5: "The hub is killed after the commit and before the ack",
    6: "The hub is killed after the ack and before the broker's acknowledgement",
    7: "The agent is killed while it applies published pages",
    8: "The agent is killed while it prunes, checkpoints or migrates",
    9: "Power is cut at any write to the disk",
    10: "A write reaches the disk torn or out of order",
    11: "The disk reports an error for fsync",
    12: "The disk is full: in a sale, in the write-ahead log, in the agent's log",
    13: "A bit flips in the database or its write-ahead log",
    14: "The disk stands still for five seconds",
    15: "The broker restarts with nothing kept",
    16: "The broker's queue overflows",
    17: "Everything is delivered ten times",
    18: "Batches arrive out of order",
    19: "A message arrives a day late, under an epoch that has ended",
    20: "A batch, an ack or a nak is lost",
    21: "A payload is cut short or too large",
    22: "A fact cannot be decoded",
    23: "A valid fact breaks the projection",
    24: "A fact has a version that the hub does not know yet",
    25: "The shop's clock is ten years off, or steps in mid-sale",
    26: "The shop has neither network time nor a clock battery",
    27: "Postgres goes away in the middle of a transaction",
    28: "Postgres fails over and loses its last second",
    29: "The hub is restored from yesterday's backup",
    30: "A shop's box is restored from a backup",
    31: "A shop's card is cloned and both copies are online",
    32: "The hub reads more slowly than the shops send",
    33: "A connection is half open, or swallows everything",
    34: "The line is slow and a third of the connections break",
    35: "Messages pass in one direction only",
    36: "Five thousand shops come back after a week",
    37: "A device's certificate ran out while it was offline",
    38: "The authority behind the certificates changes",
    39: "A revoked device comes back",
    40: "A foreign client id, a certificate named like a wildcard, another's topic",
    41: "Somebody subscribes to what is retained for another tenant",
    42: "The tenant is not set, or leaks through the connection pool",
    43: "A worker dies and its partitions move",
    44: "Two workers serve one device",
    45: "A deletion has been forgotten before the shop asked for it",
    46: "A long transaction at the hub commits an older version late",
    47: "A command arrives twice, or too late",
    48: "Power is cut in an update, or the new release does not start",
    49: "An older release opens a newer database",
    50: "A claim is replayed, interrupted, guessed at",
    51: "A worker is stopped for a minute and goes on with a lease it lost",
    52: "No DNS, a captive portal, somebody in the middle of TLS",
    53: "A program is killed for its memory while it catches up",
    54: "The retained word of what is new is lost or older than the cursor",
}

LEFT_OUT = {
    38: "comes with the update and authority roll-over of the fleet",
    48: "comes with updates over the air",
}

_HEAD = """\
# Reliability

What may go wrong, what must hold then (the promises of \
[ARCHITECTURE.md](../ARCHITECTURE.md#what-is-promised)), and the tests that show it. Made from the \
tests by `python -m tests.architecture.fault_matrix`; a test fails when the two differ. Full \
counts and dates are in [proof.md](proof.md).

| row | fault | promises | shown by |
|---|---|---|---|
"""
_LEFT_OUT_HEAD = """
## Left out

| row | fault | why |
|---|---|---|
"""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A test that shows a row. `promises`: letters, rising."""

    row: int
    promises: str
    test: str
    says: str


def shown_in(path: str, source: str) -> Iterator[Shown]:
    """The rows that a test file shows."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        says = " ".join((ast.get_docstring(node) or "").split("\n\n", maxsplit=1)[0].split())
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).endswith(
                "mark.fault"
            ):
                row, promises = (ast.literal_eval(argument) for argument in decorator.args)
                letters = "".join(sorted(set(promises) - set(", ")))
                yield Shown(row=row, promises=letters, test=f"{path}::{node.name}", says=says)


def document(shown: Iterable[Shown]) -> str:
    """The text of docs/reliability.md."""
    by_row: dict[int, list[Shown]] = {}
    for item in sorted(shown, key=lambda item: (item.row, item.test)):
        by_row.setdefault(item.row, []).append(item)
    lines = [_line(row, by_row[row]) for row in FAULTS if row in by_row]
    left_out = [
        f"| {row} | {FAULTS[row]} | {why} |" for row, why in LEFT_OUT.items() if row not in by_row
    ]
    return _HEAD + "\n".join(lines) + "\n" + _LEFT_OUT_HEAD + "\n".join(left_out) + "\n"


def _line(row: int, shown: list[Shown]) -> str:
    promises = ", ".join(sorted({letter for item in shown for letter in item.promises}))
    tests = "<br>".join(f"`{item.test}` {item.says}".strip() for item in shown)
    return f"| {row} | {FAULTS[row]} | {promises} | {tests} |"


def all_shown() -> list[Shown]:
    """What the tests of this tree show."""
    files = sorted(path for path in (ROOT / "tests").rglob("test_*.py"))
    return [
        item
        for path in files
        for item in shown_in(path.relative_to(ROOT).as_posix(), path.read_text())
    ]


if __name__ == "__main__":
    DOCUMENT.write_text(document(all_shown()))
