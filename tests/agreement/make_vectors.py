"""`python -m tests.agreement.make_vectors`: write protocol/vectors/checkout_made.json anew.

The file's law: it touches that one file, whose vectors are all made; what was checked by hand lies
in others. A released version's vectors stay as they are: make new ones only beside a new version.
"""

import json
from collections import Counter
from pathlib import Path

from protocol.checkout import RULES_VERSION
from tests.agreement.agent import answer
from tests.agreement.questions import a_question

_FILE = Path(__file__).parents[2] / "protocol" / "vectors" / "checkout_made.json"
_SEED = 4
_ASKED = 40_000
_OF_FIGURES = {"sale": 80, "return": 45, "reduce": 40, "promoted": 40, "price": 20, "tax": 20}
_OF_OTHER_FIGURES = 12
_OF_OTHER_RESULTS = 2
_LONGEST = 2_500
_OF = (
    "Random questions and what was answered when they were made, none of them checked by hand: "
    "they hold implementations to one another and to themselves. As the other checkout vectors."
)


def made() -> list[dict[str, object]]:
    """So many of each kind's figures and of each refusal, the first of the seed that are short."""
    kept: list[dict[str, object]] = []
    seen: Counter[str] = Counter()
    for number in range(_ASKED):
        asked = a_question(_SEED, number)
        question, found = json.loads(asked), answer(asked)
        of, result = question["of"], _result(found)
        sort = f"{of}: {result}"
        usual = _OF_FIGURES.get(of, _OF_OTHER_FIGURES)
        most = usual if result == "figures" else _OF_OTHER_RESULTS
        if seen[sort] == most or len(asked) > _LONGEST:
            continue
        seen[sort] += 1
        name = f"{sort} {seen[sort]}"
        vector = {"name": name, "hand_checked": False, "question": question, "answer": found}
        kept.append(vector)
    return kept


def _result(found: object) -> str:
    """What makes vectors of one kind different: a refusal's code, or a search that was cut."""
    answered = found if isinstance(found, dict) else {}
    if "error" in answered:
        return str(answered["error"]["code"])
    return "cut" if answered.get("cut") else "figures"


def main() -> None:
    """One vector a line."""
    lines = ",\n".join("  " + json.dumps(vector, ensure_ascii=False) for vector in made())
    head = f'{{\n "rules_version": {json.dumps(RULES_VERSION)},\n "of": {json.dumps(_OF)},\n'
    _FILE.write_text(f'{head} "vectors": [\n{lines}\n ]\n}}\n', "utf-8")


if __name__ == "__main__":
    main()
