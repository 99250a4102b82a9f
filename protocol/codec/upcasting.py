"""How a body of an older schema version becomes the current one: one pure step per version.

The step registered under `(type, n)` turns version n into n + 1. Every step ever released stays;
the bytes themselves are never touched (DESIGN §2.6).
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from protocol.messages.facts import CURRENT_VERSION

Step = Callable[[dict[str, Any]], dict[str, Any]]


class Upcasters(Struct, frozen=True):
    """The current version of every type, and the steps that lead there."""

    current: Mapping[str, int]
    steps: Mapping[tuple[str, int], Step]

    def path(self, fact_type: str, version: int) -> list[Step]:
        """The steps from `version` to the current one, in order; empty when it is current."""
        return [self.steps[fact_type, n] for n in range(version, self.current[fact_type])]


RELEASED = Upcasters(CURRENT_VERSION, {})
