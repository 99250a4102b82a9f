"""`hanout-hub` as a process: ready line, health, drain, and a database it refuses."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.integration.hub.conftest import HubDatabase

pytestmark = pytest.mark.slow

_COMMAND = [sys.executable, "-c", "from hub.cli import app; app()"]
_PATIENCE_S = 100


@contextmanager
def started(
    arguments: list[str], settings: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The process and its ready line."""
    environment = {**os.environ, **{f"HANOUT_HUB_{k}": v for k, v in settings.items()}}
    child = subprocess.Popen(
        [*_COMMAND, *arguments], env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert line, f"ended with {child.wait(_PATIENCE_S)}"
        yield child, json.loads(line)
    finally:
        child.kill()
        child.communicate()


@pytest.fixture
def settings(hub_database: HubDatabase, tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": hub_database.url("app"),
        "LOCK_DATABASE_URL": hub_database.url("app"),
        "TOKEN_KEY_FILE": str(tmp_path / "token.key"),
        "LOG_LEVEL": "warning",
    }


def test_serves_until_told_to_stop(settings: dict[str, str]) -> None:
    with started(["serve", "--listen-port", "0"], settings) as (child, ready):
        assert ready["event"] == "ready"
        with httpx.Client(base_url=ready["url"], timeout=_PATIENCE_S) as client:
            assert client.get("/livez").json() == {"status": "alive"}
            readiness = client.get("/readyz")
            assert readiness.status_code == 200, readiness.text
            assert readiness.json()["checks"] == {"database": "ok"}
            assert "hanout_hub_http_requests_total" in client.get("/metrics").text
            assert client.get("/openapi.json").json()["openapi"].startswith("3.")
        child.send_signal(signal.SIGTERM)
        assert child.wait(_PATIENCE_S) == 0


def test_works_without_listening(settings: dict[str, str]) -> None:
    with started(["work"], settings) as (child, ready):
        assert ready == {"event": "ready", "url": None}
        child.send_signal(signal.SIGTERM)
        assert child.wait(_PATIENCE_S) == 0


def test_is_alive_but_not_ready_without_its_database(
    settings: dict[str, str], hub_database: HubDatabase
) -> None:
    with started(["serve", "--listen-port", "0"], settings) as (_, ready):
        hub_database.server.sql(f"alter database {hub_database.name} allow_connections false")
        try:
            hub_database.server.sql(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                f" where datname = '{hub_database.name}'"
            )
            with httpx.Client(base_url=ready["url"], timeout=_PATIENCE_S) as client:
                assert client.get("/livez").status_code == 200
                answer = client.get("/readyz")
                assert answer.status_code == 503
                assert answer.json()["checks"]["database"] != "ok"
        finally:
            hub_database.server.sql(f"alter database {hub_database.name} allow_connections true")


@pytest.mark.parametrize(
    ("role", "setting"),
    [
        ("all", "DATABASE_URL"),
        ("serve", "DATABASE_URL"),
        ("all", "LOCK_DATABASE_URL"),
        ("work", "LOCK_DATABASE_URL"),
        ("ingest", "LOCK_DATABASE_URL"),
        ("ingest", "INGEST_DATABASE_URL"),
    ],
)
def test_refuses_a_role_that_row_security_does_not_bind(
    settings: dict[str, str], hub_database: HubDatabase, role: str, setting: str
) -> None:
    environment = {
        **os.environ,
        **{f"HANOUT_HUB_{name}": value for name, value in settings.items()},
        f"HANOUT_HUB_{setting}": hub_database.superuser_url,
    }
    ended = subprocess.run(
        [*_COMMAND, role],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
    )
    assert ended.returncode == 1
    assert "unsafe-database-role" in ended.stderr
    assert ended.stdout == ""
