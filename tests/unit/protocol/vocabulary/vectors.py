"""The shared vectors of protocol/vectors, as test parameters."""

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from protocol.errors import HanoutError

Vector = dict[str, Any]


def load(name: str) -> dict[str, Any]:
    """One vector file, read as the package ships it."""
    document: dict[str, Any] = json.loads(
        files("protocol").joinpath("vectors", f"{name}.json").read_text("utf-8")
    )
    return document


def vectors(name: str, function: str) -> list[Vector]:
    found: list[Vector] = load(name)[function]
    assert found
    return found


def check(vector: Vector, function: Callable[..., object]) -> None:
    """The function gives the vector's output, or fails with its error code."""
    if "error" in vector:
        with pytest.raises(HanoutError) as refusal:
            function(**vector["input"])
        assert refusal.value.code == vector["error"]
    else:
        assert function(**vector["input"]) == vector["output"]
