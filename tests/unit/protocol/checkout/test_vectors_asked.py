"""The shared vectors that are questions and answers; the tablet's tests ask the same."""

import json

import pytest

from protocol.checkout import rules
from tests.agreement.agent import answer
from tests.unit.protocol.vocabulary.vectors import Vector, load

FILES = ("cash", "duty", "made", "prices", "promotions", "tax")
VECTORS = [(name, vector) for name in FILES for vector in load(f"checkout_{name}")["vectors"]]


@pytest.mark.parametrize(
    "vector",
    [vector for _, vector in VECTORS],
    ids=[f"{name}: {vector['name']}" for name, vector in VECTORS],
)
def test_a_question_has_its_answer(vector: Vector) -> None:
    assert answer(json.dumps(vector["question"]).encode()) == vector["answer"]


def test_hundreds_of_checkout_vectors_and_more_than_a_hundred_by_hand() -> None:
    found = [vector for _, vector in VECTORS]
    for name in ("checkout_sales", "checkout_returns"):
        found += load(name)["vectors"]
    by_hand = [vector for vector in found if vector["hand_checked"]]
    assert len(found) >= 500
    assert len(by_hand) >= 250
    assert len({vector["name"] for vector in found}) == len(found)


@pytest.mark.parametrize("name", FILES)
def test_every_vector_by_hand_says_why_and_every_file_of_which_rules(name: str) -> None:
    document = load(f"checkout_{name}")
    assert rules(document["rules_version"]).version == document["rules_version"]
    for vector in document["vectors"]:
        assert bool(vector.get("why")) == vector["hand_checked"]
