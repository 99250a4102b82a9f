"""What a doctor says: the agent's own and the technician's speak alike, so that one can ask the
other and scripts can read either.
"""

from typing import Literal

from msgspec import Struct

Level = Literal["ok", "warning", "error"]


class Finding(Struct, frozen=True, kw_only=True):
    """One thing looked at: how it is, and what a person is to do about it ('' when well)."""

    check: str
    level: Level
    value: str
    todo: str = ""


class Diagnosis(Struct, frozen=True, kw_only=True):
    """All findings; `ok` when each is."""

    ok: bool
    findings: list[Finding]


def diagnosis(findings: list[Finding]) -> Diagnosis:
    """The findings together."""
    return Diagnosis(ok=all(each.level == "ok" for each in findings), findings=findings)
