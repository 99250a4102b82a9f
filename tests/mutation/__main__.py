"""Change the arithmetic and the papers one thing at a time: which change does no test notice?

    python -m tests.mutation                          all of them, on two processes
    python -m tests.mutation 'protocol.checkout.*'    the mutants of these names

Prints a row per module and every survivor that matters as a diff, two kinds apart, which are only
counted: sentences for people (`[text]`: their codes and fields are tested, their wording is free)
and `strict=` of zips over lists that were made of one another (`[strict]`).
"""

import re
import subprocess
import sys
from collections import Counter

from rich.console import Console
from rich.table import Table

_MUTMUT = [sys.executable, "-m", "mutmut"]
_RESULT = re.compile(r"^\s*(\S+): (.+)$")
_LITERAL = re.compile(r"""f?"(?:[^"\\]|\\.)*"|f?'(?:[^'\\]|\\.)*'|\bNone\b|\s+""")
_STRICT = re.compile(r",\s*(strict=\w+)?(?=\))")
_CHANGED = re.compile(r"^[-+](?![-+])", re.MULTILINE)


def kind_of(diff: str) -> str:
    """What sort of change a diff is: "text", "strict" or "code"."""
    changed = [line for line in diff.splitlines() if _CHANGED.match(line)]
    before = " ".join(line[1:] for line in changed if line[0] == "-")
    after = " ".join(line[1:] for line in changed if line[0] == "+")
    if _STRICT.sub("", before).split() == _STRICT.sub("", after).split():
        return "strict"
    same = _LITERAL.sub("", before).strip(",") == _LITERAL.sub("", after).strip(",")
    return "text" if same else "code"


def main(names: list[str]) -> int:
    """Run, then tell. Exit code 1: a mutant that changes more than words survived."""
    console = Console()
    ran = subprocess.run([*_MUTMUT, "run", "--max-children", "2", *names], check=False)
    if ran.returncode:
        return ran.returncode
    states: Counter[tuple[str, str]] = Counter()
    diffs: list[tuple[str, str]] = []
    for name, state in _results():
        module = name.rpartition(".")[0]
        if state == "survived":
            diff = _output("show", name)
            state = kind_of(diff)
            if state == "code":
                diffs.append((name, diff))
        states[module, state] += 1
    console.print(_table(states))
    for name, diff in diffs:
        console.rule(name)
        console.print(diff, highlight=False, markup=False)
    return 1 if diffs else 0


def _results() -> list[tuple[str, str]]:
    found = map(_RESULT.match, _output("results", "--all", "true").splitlines())
    return [(match[1], match[2]) for match in found if match]


def _output(*words: str) -> str:
    run = subprocess.run([*_MUTMUT, *words], check=True, capture_output=True, text=True)
    return run.stdout


def _table(states: Counter[tuple[str, str]]) -> Table:
    kinds = sorted({state for _, state in states})
    table = Table("module", *kinds, title="mutants")
    for module in sorted({module for module, _ in states}):
        table.add_row(module, *(str(states[module, kind] or "") for kind in kinds))
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
