"""How a body of an older schema version becomes the current one: one pure step per version.

The step registered under `(type, n)` turns version n into n + 1. Every step ever released stays;
the bytes themselves are never touched (DESIGN §2.6).
"""

from collections.abc import Callable, Mapping
from typing import Any

from protocol.messages.facts import CURRENT_VERSION

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Mapping[tuple[str, int], Step] = {}


def steps(
    fact_type: str,
    version: int,
    *,
    registry: Mapping[tuple[str, int], Step] = STEPS,
    current: Mapping[str, int] = CURRENT_VERSION,
) -> list[Step]:
    """The steps from `version` to the current one, in order; empty when it is current."""
    return [registry[fact_type, n] for n in range(version, current[fact_type])]
