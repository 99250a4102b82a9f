"""A Postgres of our own: durable, private, and up again whatever ended it."""

import asyncio
import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from protocol.errors import Unavailable
from provisioning.demo.postgres import PostgresServer, embedded_bin_dir
from provisioning.demo.privilege import unprivileged

pytestmark = pytest.mark.slow
DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
CONNECTION_LOST = (
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # raised when the socket dies between two states of a query
)


@pytest.fixture(params=["18", "15"])
def server(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    bin_dir = embedded_bin_dir() if request.param == "18" else DEBIAN_15
    server = PostgresServer(tmp_path / "postgres", bin_dir=bin_dir)
    server.start()
    yield server
    server.stop()


def test_it_is_durable_and_private(server: PostgresServer) -> None:
    asked = ("fsync", "full_page_writes", "synchronous_commit", "listen_addresses")
    shown = server.sql("\n".join(f"show {name};" for name in asked))
    assert shown.splitlines() == ["on", "on", "on", "127.0.0.1"]
    password_file = server.folder / "superuser_password"
    assert stat.S_IMODE(password_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700
    assert server.sql("select rolsuper from pg_roles where rolname = current_user") == "t"


def test_a_wrong_password_is_refused(server: PostgresServer) -> None:
    async def connect() -> None:
        await asyncpg.connect(server.url(password="guessed"))

    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(connect())


def test_a_url_quotes_what_it_must(server: PostgresServer) -> None:
    server.sql("""create role "a b" login password 'p@ss/w:rd'""")

    async def who() -> object:
        connection = await asyncpg.connect(server.url(user="a b", password="p@ss/w:rd"))
        try:
            return await connection.fetchval("select current_user")
        finally:
            await connection.close()

    assert asyncio.run(who()) == "a b"


def test_failing_sql_says_why_without_the_password(server: PostgresServer) -> None:
    with pytest.raises(Unavailable, match="division by zero") as failure:
        server.sql("select 1/0")
    assert server.password not in str(failure.value)


def test_what_was_committed_survives_kills_under_load(server: PostgresServer) -> None:
    server.sql("create table sale (number int primary key)")
    committed: list[int] = []
    ended = threading.Event()

    async def sell() -> None:
        number = 0
        while not ended.is_set():
            with suppress(*CONNECTION_LOST):
                connection = await asyncpg.connect(server.url(), timeout=2)
                try:
                    while not ended.is_set():
                        number += 1
                        await connection.execute("insert into sale values ($1)", number)
                        committed.append(number)
                finally:
                    connection.terminate()
            await asyncio.sleep(0.02)

    till = threading.Thread(target=asyncio.run, args=(sell(),))
    till.start()
    port = server.port
    for _ in range(5):
        before = len(committed)
        while len(committed) < before + 50:
            assert till.is_alive()
            time.sleep(0.01)
        server.kill()
        assert server.pid is None
        server.start()
    ended.set()
    till.join()
    stored = {int(row) for row in server.sql("select number from sale").split()}
    assert set(committed) <= stored
    assert server.port == port


def test_a_postmaster_that_died_by_itself_starts_again(server: PostgresServer) -> None:
    os.kill(server.pid or 0, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while server.pid is not None:
        assert time.monotonic() < deadline
    assert "-9" in server.why_ended()
    server.start()
    assert server.sql("select 1") == "1"


def test_a_clean_stop_needs_no_recovery(server: PostgresServer) -> None:
    server.restart()
    log = (server.folder / "postgres.log").read_text()
    assert "database system is shut down" in log
    assert "not properly shut down" not in log
    server.start()
    assert server.sql("select 1") == "1"


def test_a_server_that_another_launcher_left_is_ended_and_its_books_kept(
    server: PostgresServer,
) -> None:
    server.sql("create table sale (number int); insert into sale values (7)")
    server.stop()
    orphan = subprocess.Popen(
        [
            *unprivileged(owns=server.folder),
            *(server.bin_dir / "postgres", "-D", server.folder / "cluster"),
            *("-c", f"port={server.port}", "-c", "unix_socket_directories="),
        ],
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    threading.Thread(target=orphan.wait).start()  # whoever left it is not here to reap it
    while not (server.folder / "cluster" / "postmaster.pid").exists():
        assert orphan.poll() is None
    fresh = PostgresServer(server.folder, bin_dir=server.bin_dir)
    fresh.start()
    assert orphan.wait(timeout=10) is not None
    assert fresh.sql("select number from sale") == "7"
    fresh.stop()


def test_half_a_cluster_is_made_anew(tmp_path: Path) -> None:
    folder = tmp_path / "postgres"
    (folder / "cluster.new" / "base").mkdir(parents=True)
    (folder / "cluster").mkdir()
    server = PostgresServer(folder)
    server.start()
    assert server.sql("select 1") == "1"
    server.stop()
