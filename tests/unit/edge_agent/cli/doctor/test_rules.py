"""Every finding, at its edges."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from edge_agent.cli.doctor import rules
from edge_agent.cli.doctor.rules import DiskSeen, JournalSeen, SyncSeen
from protocol.messages.doctor import Finding
from tests.unit.edge_agent.clock import START

GIB = 1024**3
DAY = timedelta(days=1)


def level(finding: Finding) -> str:
    """The level; whatever is not well says what to do."""
    assert (finding.level == "ok") == (finding.todo == "")
    assert finding.value
    return finding.level


@pytest.mark.fault(25, "L")
def test_the_clock_is_judged_by_the_hub_and_by_what_was_known_before() -> None:
    """A clock years behind is found without a network, one years ahead with the hub's help."""
    assert level(rules.clock(START, floor=None, offset_ms=None)) == "ok"
    assert level(rules.clock(START, floor=START, offset_ms=120_000)) == "ok"
    assert level(rules.clock(START, floor=START + DAY, offset_ms=None)) == "error"
    ahead = rules.clock(START + 3650 * DAY, floor=START, offset_ms=-3650 * 86_400_000)
    assert level(ahead) == "warning"
    assert "ahead of the hub" in ahead.value
    assert "behind the hub" in rules.clock(START, floor=None, offset_ms=121_000).value


@pytest.mark.parametrize(
    ("free", "total", "expected"),
    [
        (50 * GIB, 64 * GIB, "ok"),
        (12 * GIB, 64 * GIB, "warning"),
        (GIB - 1, 2 * GIB, "warning"),
        (6 * GIB, 64 * GIB, "error"),
        (200 * 1024**2, 300 * 1024**2, "error"),
        (0, 0, "error"),
    ],
)
def test_the_disk(free: int, total: int, expected: str) -> None:
    assert level(rules.disk(DiskSeen(free_bytes=free, total_bytes=total))) == expected


@pytest.mark.parametrize(
    ("slowest_ms", "expected"), [(249, "ok"), (250, "warning"), (1_000, "error"), (None, "error")]
)
def test_how_long_a_write_takes(slowest_ms: int | None, expected: str) -> None:
    assert level(rules.write_latency(slowest_ms, error="No space left")) == expected


@pytest.mark.fault(37, "L")
def test_a_certificate_is_told_before_and_after_it_ends() -> None:
    """An expired certificate is an error that says that sales go on."""
    told = {
        days: rules.certificate(START + days * DAY, now=START, complaint="")
        for days in (30, 20, 19, 0, -1)
    }
    assert [level(each) for each in told.values()] == ["ok", "ok", "warning", "warning", "error"]
    assert "Sales go on" in told[-1].todo
    assert level(rules.certificate(None, now=START, complaint="missing")) == "error"


def test_what_is_owed_and_what_the_hub_holds() -> None:
    done = JournalSeen(head_seq=7, acked_seq=7, oldest_age_s=None)
    fresh = JournalSeen(head_seq=7, acked_seq=5, oldest_age_s=60)
    old = JournalSeen(head_seq=7, acked_seq=5, oldest_age_s=100_000)
    assert [level(rules.outbox(each)) for each in (done, fresh, old)] == ["ok", "ok", "warning"]
    connected = SyncSeen(connected=True, hub_offset_ms=0, quarantined_count=0)
    assert level(rules.hub_lag(done, connected)) == "ok"
    lost = SyncSeen(connected=False, hub_offset_ms=None, quarantined_count=0)
    assert level(rules.hub_lag(fresh, lost)) == "warning"
    assert level(rules.hub_lag(fresh, None)) == "warning"


def test_what_waits_in_quarantine_is_told() -> None:
    empty = SyncSeen(connected=True, hub_offset_ms=0, quarantined_count=0)
    told = rules.quarantine(replace(empty, quarantined_count=3))
    assert level(told) == "warning"
    assert told.value.startswith("3 ")
    assert "/v1/quarantine" in told.todo
    assert level(rules.quarantine(empty)) == level(rules.quarantine(None)) == "ok"


def test_a_box_that_was_never_started_has_one_thing_to_do() -> None:
    found = rules.never_started()
    assert [(each.check, level(each)) for each in found] == [
        ("agent", "warning"), ("integrity", "ok"), ("outbox", "ok"), ("hub", "ok"),
        ("quarantine", "ok"),
    ]  # fmt: skip
    assert "serve --config" in found[0].todo


def test_a_database_that_is_gone_cannot_be_exported() -> None:
    gone = rules.integrity(None)
    assert level(gone) == "error"
    assert "xport" not in gone.todo


def test_whoever_may_write_there_owns_the_box() -> None:
    assert level(rules.access([])) == "ok"
    found = rules.access(["others may write in /var/lib/hanout (mode 0777)"])
    assert level(found) == "error"
    assert "chmod go-w" in found.todo


def test_the_rest() -> None:
    assert level(rules.integrity([])) == "ok"
    assert level(rules.integrity(["row 3 missing from index"])) == "error"
    assert level(rules.agent(None)) == "ok"
    assert level(rules.agent("no agent answers")) == "error"
    assert "guarded" in rules.sqlite_version((3, 40, 1)).value
    assert rules.sqlite_version((3, 51, 3)).value == "3.51.3"
