"""From what was seen to what is wrong and what to do, in words for someone in a shop. Pure."""

from datetime import datetime, timedelta

from msgspec import Struct

from protocol.messages.doctor import Finding, Level

_SKEW = timedelta(minutes=2)
_DAY = timedelta(days=1)
_GIB = 1024**3
_MIB = 1024**2
_SLOW_MS, _FAILING_MS = 250, 1_000
_RENEWAL_OVERDUE_DAYS = 20
_PATIENCE_S = 24 * 3600
# Below it two connections that write or checkpoint at once may reset the log; the agent has one.
_GUARDED_SQLITE = (3, 51, 3)


class DiskSeen(Struct, frozen=True, kw_only=True):
    """Bytes of the file system that holds the agent's folder."""

    free_bytes: int
    total_bytes: int


class SyncSeen(Struct, frozen=True, kw_only=True):
    """What the running agent says of its sync, and of what it could not book."""

    connected: bool
    hub_offset_ms: int | None
    quarantined_count: int


class JournalSeen(Struct, frozen=True, kw_only=True):
    """Where the journal stands; `oldest_age_s` of what the hub lacks, None without such."""

    head_seq: int
    acked_seq: int
    oldest_age_s: int | None


def clock(now: datetime, *, floor: datetime | None, offset_ms: int | None) -> Finding:
    """Our clock against the hub's, and against what the hub once said."""
    if floor is not None and now < floor - _SKEW:
        return _finding(
            "clock",
            "error",
            f"{now:%Y-%m-%d %H:%M} UTC, but it was {floor:%Y-%m-%d %H:%M} before",
            todo="Set the clock (timedatectl), then replace the clock's battery. Sales go on.",
        )
    if offset_ms is not None and abs(offset_ms) > _SKEW // timedelta(milliseconds=1):
        return _finding(
            "clock",
            "warning",
            f"{abs(offset_ms) // 1000} s {'behind' if offset_ms > 0 else 'ahead of'} the hub",
            todo="Let the box reach a time server (timedatectl set-ntp true).",
        )
    told = f"{now:%Y-%m-%d %H:%M} UTC"
    unknown = "" if offset_ms is not None else "; not compared with the hub's"
    return _finding("clock", "ok", told + unknown)


def disk(seen: DiskSeen) -> Finding:
    """Room for what is sold."""
    used_percent = 100 - 100 * seen.free_bytes // max(1, seen.total_bytes)
    value = f"{seen.free_bytes // _MIB} MiB free, {used_percent} % used"
    todo = "Remove what is not Hanout's from this disk, or bring a larger one."
    if used_percent >= 90 or seen.free_bytes < 256 * _MIB:
        return _finding("disk", "error", value, todo=todo)
    if used_percent >= 80 or seen.free_bytes < _GIB:
        return _finding("disk", "warning", value, todo=todo)
    return _finding("disk", "ok", value)


def write_latency(slowest_ms: int | None, *, error: str) -> Finding:
    """How long a write takes until it is safe; None: it failed with `error`."""
    if slowest_ms is None:
        return _finding(
            "write_latency",
            "error",
            f"nothing can be written: {error}",
            todo="Free the disk; if it has room the card is failing: export, then replace it.",
        )
    value = f"{slowest_ms} ms"
    if slowest_ms >= _FAILING_MS:
        todo = "The card is failing: export the journal and replace the card soon."
        return _finding("write_latency", "error", value, todo=todo)
    if slowest_ms >= _SLOW_MS:
        todo = "The card is slow; choose one of class A2 or an SSD at the next visit."
        return _finding("write_latency", "warning", value, todo=todo)
    return _finding("write_latency", "ok", value)


def sqlite_version(version: tuple[int, int, int]) -> Finding:
    """Which SQLite, and that the agent works around its known fault."""
    told = ".".join(map(str, version))
    guarded = "" if version >= _GUARDED_SQLITE else "; its log fault is guarded against"
    return _finding("sqlite", "ok", told + guarded)


def integrity(complaints: list[str] | None) -> Finding:
    """What SQLite says of its own file; None: an agent ran here and there is no such file."""
    if complaints is None:
        return _finding(
            "integrity",
            "error",
            "there is no database, though an agent was started here",
            todo="If this box never sold, start the agent again; else the database is lost: replace"
            " the box and send the card in.",
        )
    if not complaints:
        return _finding("integrity", "ok", "the database is whole")
    return _finding(
        "integrity",
        "error",
        f"{len(complaints)} complaints, the first: {complaints[0]}",
        todo="Export the journal now, then replace the box and send the card in.",
    )


def certificate(not_after: datetime | None, *, now: datetime, complaint: str) -> Finding:
    """How long the hub still knows this box; `complaint`: why there is no certificate at all."""
    if not_after is None:
        todo = "Restore the files from this folder's backup, or replace the box."
        return _finding("certificate", "error", complaint, todo=todo)
    if not_after < now:
        return _finding(
            "certificate",
            "error",
            f"expired {(now - not_after) // _DAY} days ago",
            todo="Let the box reach the hub's web address: it renews by itself within 12 months."
            " Sales go on.",
        )
    days = (not_after - now) // _DAY
    if days < _RENEWAL_OVERDUE_DAYS:
        todo = "Its renewal is overdue: see that the box reaches the hub, or `hanout-provision`"
        return _finding("certificate", "warning", f"{days} days left", todo=f"{todo} rotate.")
    return _finding("certificate", "ok", f"{days} days left")


def outbox(seen: JournalSeen) -> Finding:
    """What the hub lacks, and for how long."""
    count = seen.head_seq - seen.acked_seq
    if not count:
        return _finding("outbox", "ok", "empty")
    value = f"{count} facts, the oldest waits {(seen.oldest_age_s or 0) // 60} min"
    if (seen.oldest_age_s or 0) > _PATIENCE_S:
        todo = "See why the hub is not reached; if it cannot be, bring an export to the office."
        return _finding("outbox", "warning", value, todo=todo)
    return _finding("outbox", "ok", value)


def hub_lag(seen: JournalSeen, sync: SyncSeen | None) -> Finding:
    """What the hub durably holds of what was written here."""
    value = f"the hub holds {seen.acked_seq} of {seen.head_seq}"
    if sync is None or not sync.connected:
        todo = "The shop sells on. Look at the findings on network, clock and certificate."
        return _finding("hub", "warning", f"{value}; not connected", todo=todo)
    return _finding("hub", "ok", f"{value}; connected")


def quarantine(sync: SyncSeen | None) -> Finding:
    """Handed-over requests that could not be booked and wait for a person."""
    if sync is None:
        return _finding("quarantine", "ok", "not known: no agent answers")
    if not sync.quarantined_count:
        return _finding("quarantine", "ok", "empty")
    return _finding(
        "quarantine",
        "warning",
        f"{sync.quarantined_count} handed-over tickets are not in the books",
        todo="A manager looks at each (GET /v1/quarantine), rings up what is missing, and settles"
        " it (POST /v1/quarantine/ and its ticket id, /retry or /settle).",
    )


def agent(complaint: str | None) -> Finding:
    """Whether the agent serves; `complaint`: why it does not."""
    if complaint is None:
        return _finding("agent", "ok", "it serves")
    todo = "Start it (systemctl restart hanout-edge) and read its log (journalctl -u hanout-edge)."
    return _finding("agent", "error", complaint, todo=todo)


def access(complaints: list[str]) -> Finding:
    """Who else may write where the box keeps what is its own."""
    if not complaints:
        return _finding("access", "ok", "the box's files are its owner's alone")
    return _finding(
        "access",
        "error",
        "; ".join(complaints),
        todo="Take it from them (chmod go-w, and chmod go-rwx for the key). If a stranger can have"
        " been there, replace the box: who may write there owns it.",
    )


def never_started() -> list[Finding]:
    """Of a box that was claimed and no more: nothing there can be damaged or owed."""
    todo = "Start it: hanout-edge serve --config, and this box's agent.toml."
    return [
        _finding("agent", "warning", "not started yet", todo=todo),
        *(
            _finding(check, "ok", "nothing yet: the agent was not started")
            for check in ("integrity", "outbox", "hub", "quarantine")
        ),
    ]


def _finding(check: str, level: Level, value: str, *, todo: str = "") -> Finding:
    return Finding(check=check, level=level, value=value, todo=todo)
