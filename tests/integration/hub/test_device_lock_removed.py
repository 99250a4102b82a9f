"""Take the lock out of the product's own SQL, and test_device_lock.py must fail.

The tree is copied, `for update` goes from one of the two queries that lock a device's high-water
mark, and everything else that guards it stays: the conditions of the writes and the unique keys.
They alone lose facts that were acknowledged.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.seeds import PROGRAMS, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
_QUERIES = Path("hub/ingest/queries.sql")
_TESTS = "tests/integration/hub/test_device_lock.py"
# Of an acknowledgement of (epoch, hwm): its facts are gone, overwritten, or disowned.
_LOST_TO_A_COPY = "assert [(1, 4)] == []"
_LOST_TO_AN_EPOCH = "assert [(1, 7)] == []"
_MET = "[inbox-conflict] Somebody else wrote these rows"
_MOVED = "[inbox-conflict] A device's epoch changed"


@pytest.mark.fault(44, "ABC")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "lock_device_syncs",
            {
                "a_message_at_two_workers_is_new_to_one_and_known_to_the_other": _MET,
                "messages_that_follow_each_other_at_two_workers_are_one_prefix": "(0, [(3, 4)])",
                "what_one_box_was_acknowledged_its_copy_does_not_overwrite": _LOST_TO_A_COPY,
                "an_epoch_begins_where_facts_that_came_with_it_find_it": _MOVED,
                "no_epoch_begins_behind_facts_that_are_being_taken": _MOVED,
            },
        ),
        (
            "lock_device_sync",
            {
                "an_epoch_begins_where_facts_that_came_with_it_find_it": _LOST_TO_AN_EPOCH,
                "no_epoch_begins_behind_facts_that_are_being_taken": _LOST_TO_AN_EPOCH,
                "an_answer_at_two_workers_begins_one_epoch": "device_epoch_pkey",
            },
        ),
    ],
)
def test_without_the_lock_what_was_acknowledged_is_lost(
    query: str, expected: dict[str, str], tmp_path: Path
) -> None:
    """The lock alone is taken out of one query of the product: facts that were acknowledged are
    overwritten, thrown away or disowned, and the tests of the lock say so."""
    copy_tree(tmp_path)
    take_out_the_lock(tmp_path / _QUERIES, query)
    failed = failures(tmp_path)
    assert set(failed) == set(expected)
    assert {name: why for name, why in failed.items() if expected[name] not in why} == {}


def copy_tree(target: Path) -> None:
    """What the tests of the lock need to run by themselves."""
    shutil.copy(ROOT / "pyproject.toml", target)
    ignored = shutil.ignore_patterns("node_modules", "__pycache__", "dist")
    for name in (*PROGRAMS, "tests"):
        shutil.copytree(ROOT / name, target / name, ignore=ignored)


def take_out_the_lock(queries: Path, name: str) -> None:
    """`for update` goes from the end of this query; all others stay as they are."""
    text = queries.read_text()
    locked = re.compile(rf"(-- name: {name}\n[^;]*)\nfor update( of \w+)?;")
    unlocked, count = locked.subn(r"\1;", text)
    assert count == 1
    queries.write_text(unlocked)


def failures(tree: Path) -> dict[str, str]:
    """The tests of the lock that fail in this tree, and why."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--tb=no", _TESTS]
    own = ("PYTEST_", "COV_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    result = subprocess.run(
        command,
        cwd=tree,
        env={**environment, "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == pytest.ExitCode.TESTS_FAILED, result.stdout + result.stderr
    told = re.findall(r"^FAILED \S+::test_(\w+) - (.*)$", result.stdout, re.MULTILINE)
    assert f"{len(told)} failed" in result.stdout, "nothing else went wrong"
    return dict(told)
