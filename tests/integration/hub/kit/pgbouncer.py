"""PgBouncer in transaction mode before a server of ours."""

import asyncio
import shutil
import subprocess
import time
from pathlib import Path

import asyncpg
import pytest

from provisioning.demo.ports import free_port
from provisioning.demo.postgres import PostgresServer
from provisioning.demo.privilege import unprivileged
from tests.integration.hub.conftest import PASSWORDS

_READY_S = 10
_DEADLOCK_S = 20


class PgBouncer:
    """One pooler in `folder`; `server_connections` to each database for all roles together."""

    def __init__(self, folder: Path, server: PostgresServer, *, server_connections: int) -> None:
        program = shutil.which("pgbouncer")
        if program is None:
            pytest.fail("PgBouncer is missing: install the Debian package pgbouncer.")
        self.port = free_port()
        self._folder = folder
        folder.mkdir(exist_ok=True)
        users = [f'"{role}" "{PASSWORDS[role]}"' for role in ("app", "ingest")]
        (folder / "users").write_text("\n".join(users) + "\n")
        (folder / "pgbouncer.ini").write_text(
            "\n".join(
                (
                    "[databases]",
                    f"* = host=127.0.0.1 port={server.port}",
                    "[pgbouncer]",
                    f"listen_addr = 127.0.0.1\nlisten_port = {self.port}",
                    "unix_socket_dir =\nauth_type = plain",
                    f"auth_file = {folder / 'users'}",
                    "pool_mode = transaction",
                    f"default_pool_size = {server_connections}",
                    f"max_db_connections = {server_connections}",
                    # Who waits so long waits for somebody who waits for him.
                    f"query_wait_timeout = {_DEADLOCK_S}",
                    "max_client_conn = 200",
                )
            )
        )
        self.wrapper = unprivileged(owns=folder)
        self.command = (program, str(folder / "pgbouncer.ini"))
        self._child: subprocess.Popen[bytes] | None = None

    def url(self, database: str, *, role: str = "app") -> str:
        return f"postgresql://{role}:{PASSWORDS[role]}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        log = (self._folder / "log").open("wb")
        self._child = subprocess.Popen([*self.wrapper, *self.command], stdout=log, stderr=log)
        log.close()

    async def ready(self, database: str) -> None:
        deadline = time.monotonic() + _READY_S
        while True:
            try:
                connection = await asyncpg.connect(self.url(database), statement_cache_size=0)
            except (OSError, asyncpg.PostgresError):
                if time.monotonic() > deadline:
                    pytest.fail((self._folder / "log").read_text())
                await asyncio.sleep(0.05)
            else:
                await connection.close()
                return

    def stop(self) -> None:
        assert self._child is not None
        self._child.terminate()
        self._child.wait(timeout=10)
