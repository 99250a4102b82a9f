"""Costs and margins by the shared vectors; the tablet reckons none."""

import json
from collections.abc import Sequence

import msgspec
import pytest

from protocol.checkout.costing import CostMovement, cost_movements, margin
from tests.unit.protocol.checkout.baskets import written
from tests.unit.protocol.vocabulary.vectors import Vector, check, vectors


@pytest.mark.parametrize(
    "vector", vectors("costing", "cost_movements"), ids=lambda vector: vector["name"]
)
def test_cost_vectors(vector: Vector) -> None:
    def costed(movements: Sequence[object]) -> object:
        into = tuple[CostMovement, ...]
        return written(cost_movements(msgspec.json.decode(json.dumps(movements), type=into)))

    check(vector, costed)


@pytest.mark.parametrize("vector", vectors("costing", "margin"))
def test_margin_vectors(vector: Vector) -> None:
    check(vector, lambda **sums: written(margin(**sums)))
