"""What would not hold behind a pooler in transaction mode is in one file, which goes round it."""

import re

import pytest

from tests.architecture.tree import ROOT

_DIRECT = "hub/kit/advisory.py"
# Of a session, not of a transaction: the next client of the pooled connection would have it.
_OF_A_SESSION = re.compile(
    r"\bpg_(try_)?advisory_(un)?lock(_shared)?\s*\(|[\"']\s*(un)?listen\s+\w+\s*[;\"']|"
    r"\bset\s+(session\s+)?(?!local\b)\w+(\.\w+)?\s*(=|\bto\b)\s*'|"
    r"\bset_config\([^)]*,\s*false\s*\)|\bdeclare\s+\w+\s+cursor\s+with\s+hold|"
    r"[\"'\n]\s*prepare\s+\w+\s+as\b",
    re.IGNORECASE,
)
_CONNECTS = re.compile(r"\basyncpg\.connect\(|\bcreate_async_engine\(")
_CONNECTORS = {_DIRECT, "hub/kit/db.py", "hub/kit/schema.py"}


def _sources() -> list[tuple[str, str]]:
    files = [*ROOT.glob("hub/**/*.py"), *ROOT.glob("hub/**/*.sql")]
    return [(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8")) for file in files]


@pytest.mark.parametrize(
    ("source", "refused"),
    [
        ("select pg_try_advisory_lock(1, 2)", True),
        ("select pg_advisory_xact_lock(1, 2)", False),
        ("set idle_session_timeout = '15s'", True),
        ("set local role migrator", False),
        ("update device set name = 'x'", False),
        ("select set_config('app.organization_id', :a, false)", True),
        ("select set_config('app.organization_id', :a, true)", False),
        ('"listen events"', True),
    ],
)
def test_the_search_tells_them_apart(source: str, refused: bool) -> None:
    assert bool(_OF_A_SESSION.search(_without_updates(source))) is refused


def test_only_locks_go_round_the_pooler() -> None:
    found = {name for name, text in _sources() if _OF_A_SESSION.search(_without_updates(text))}
    assert found == {_DIRECT}


def test_connections_are_made_in_the_kit() -> None:
    found = {name for name, text in _sources() if _CONNECTS.search(text)}
    assert found == _CONNECTORS


def _without_updates(text: str) -> str:
    """`update … set` and `do update set` are no settings."""
    return re.sub(r"\bupdate\s+(\w+\s+)*set\b", "", text, flags=re.IGNORECASE)
