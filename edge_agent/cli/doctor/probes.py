"""Looks, and changes nothing but a small file of its own that it removes again."""

import os
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import httpx

from edge_agent.cli.doctor.rules import DiskSeen, JournalSeen, SyncSeen
from edge_agent.journal.reading import JournalFile
from edge_agent.kit.clock import from_unix_ms
from edge_agent.settings import EdgeSettings
from edge_agent.storage.checking import complaints
from edge_agent.sync.identity import DeviceIdentity
from protocol.codec.certificates import fits, read_issued
from protocol.errors import HanoutError

_TIMEOUT_S = 5.0
_PROBES = 5
_PROBE_BYTES = 4096
_DATABASE = "hanout.db"
_WRITTEN_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_READ_BY_OTHERS = stat.S_IRGRP | stat.S_IROTH


def disk(folder: Path) -> DiskSeen:
    """The file system of the agent's folder."""
    usage = shutil.disk_usage(folder)
    return DiskSeen(free_bytes=usage.free, total_bytes=usage.total)


def slowest_write_ms(folder: Path, *, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> int:
    """The slowest of a few small writes with fsync; raises OSError when one fails."""
    probe = folder / ".doctor-probe"
    slowest = 0
    try:
        with os.fdopen(os.open(probe, os.O_WRONLY | os.O_CREAT, 0o600), "wb", 0) as file:
            for _ in range(_PROBES):
                began = monotonic_ns()
                file.write(bytes(_PROBE_BYTES))
                os.fsync(file.fileno())
                slowest = max(slowest, monotonic_ns() - began)
    finally:
        probe.unlink(missing_ok=True)
    return slowest // 1_000_000


def open_to_others(configuration: Path, settings: EdgeSettings) -> list[str]:
    """Which of the box's files others may change, and which secret they may read."""
    key = settings.key_file
    writable = [configuration, configuration.parent, settings.data_dir]
    if key is not None:
        writable += [key, key.parent]
    modes = {
        path.resolve(): stat.S_IMODE(path.stat().st_mode) for path in writable if path.exists()
    }
    found = [
        f"others may write {'in ' if path.is_dir() else ''}{path} (mode {mode:04o})"
        for path, mode in modes.items()
        if mode & _WRITTEN_BY_OTHERS
    ]
    if key is not None and modes.get(key.resolve(), 0) & _READ_BY_OTHERS:
        found.append(f"others may read {key}")
    return found


def was_started(folder: Path) -> bool:
    """Whether an agent ever ran on this folder: it locks the folder before anything else."""
    return any((folder / name).exists() for name in ("lock", _DATABASE))


def database(
    folder: Path, *, full: bool, now: datetime
) -> tuple[JournalSeen | None, list[str] | None]:
    """Where the journal stands, and SQLite's complaints about the file, None without a file."""
    path = folder / _DATABASE
    if not path.exists():
        return None, None
    try:
        with JournalFile(path) as journal:
            found = complaints(journal.connection, full=full)
            state, oldest_at_ms = journal.state(), journal.oldest_unacked_at_ms()
    except (HanoutError, sqlite3.Error, AssertionError) as error:
        return None, [str(error)]
    oldest = None if oldest_at_ms is None else now - from_unix_ms(oldest_at_ms)
    seen = JournalSeen(
        head_seq=state.head_seq,
        acked_seq=state.acked_seq,
        oldest_age_s=None if oldest is None else max(0, int(oldest.total_seconds())),
    )
    return seen, found


def certificate_end(settings: EdgeSettings) -> tuple[datetime | None, str]:
    """When the certificate in force ends, or why it is none."""
    if None in (settings.ca_file, settings.certificate_file, settings.key_file):
        return None, "no certificate is configured"
    assert settings.ca_file is not None
    assert settings.certificate_file is not None
    assert settings.key_file is not None
    try:
        pair = DeviceIdentity(settings.certificate_file, settings.key_file).current()
        pem = pair.certificate_file.read_text()
        issued = read_issued(pem, ca_pem=settings.ca_file.read_text())
        if not fits(pem, key_pem=pair.key_file.read_bytes()):
            return None, "certificate and key do not belong together"
    except (HanoutError, OSError, UnicodeDecodeError) as error:
        return None, str(error)
    if issued.device_id != settings.device_id:
        return None, f"the certificate is device {issued.device_id}'s"
    return issued.not_after, ""


def running(settings: EdgeSettings) -> tuple[SyncSeen | None, str | None]:
    """What the running agent says of its sync, and why it does not serve, if it does not."""
    host = settings.listen_host
    if host in {"0.0.0.0", "::"}:  # noqa: S104 — asks, does not listen
        host = "127.0.0.1"
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.listen_port}"
    try:
        with httpx.Client(base_url=url, timeout=_TIMEOUT_S, trust_env=False) as client:
            ready = client.get("/readyz")
            found = client.get("/v1/sync").raise_for_status().json()
            sync = SyncSeen(
                connected=found["connected"],
                hub_offset_ms=found["hub_offset_ms"],
                quarantined_count=found["quarantined_count"],
            )
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as error:
        return None, f"no agent answers at {url}: {error}"
    return sync, None if ready.is_success else f"it answers, but is not ready: {ready.text[:200]}"
