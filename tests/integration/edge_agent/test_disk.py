"""A disk that fails for good: the agent ends non-zero, and what it had answered is there."""

import json
import resource
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.integration.edge_agent.tablet import Json, RunningAgent, Tablet

pytestmark = pytest.mark.slow
ROOM_BYTES = 200_000


def test_a_failed_disk_ends_the_agent_and_loses_no_answer(config: Path) -> None:
    database = config.parent / "data" / "hanout.db"
    with RunningAgent(config) as agent, Tablet(agent) as tablet:
        tablet.open_shift()
        limit = database.with_name("hanout.db-wal").stat().st_size + ROOM_BYTES
        resource.prlimit(agent.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        answered, refused = _sell_until_refused(tablet)
        assert answered
        assert refused is None or (refused.status_code, refused.json()["code"]) == (
            503,
            "storage-failed",
        )
        assert agent.wait() == 1
        agent.start()
        for sold in answered:
            assert tablet.get(f"/v1/sales/{sold['id']}").json() == sold
        assert tablet.get("/v1/shifts/current/x").json()["sales_count"] == len(answered)
        assert agent.stop() == 0


def _sell_until_refused(tablet: Tablet) -> tuple[list[Json], httpx.Response | None]:
    answered: list[Json] = []
    for _ in range(1000):
        try:
            answer = tablet.post("/v1/sales", tablet.sale())
        except httpx.TransportError:
            return answered, None
        if answer.status_code != 201:
            return answered, answer
        answered.append(dict(answer.json()))
    raise AssertionError("the disk never failed")


def test_the_command_line_asks_the_running_agent(config: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config.write_text(config.read_text().replace("listen_port = 0", f"listen_port = {port}"))
    command = [sys.executable, "-c", "from edge_agent.cli import app; app()", "sync-status"]
    command += ["--config", str(config)]
    with RunningAgent(config) as agent, Tablet(agent) as tablet:
        tablet.open_shift()
        told = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
        assert json.loads(told.stdout)["debt"]["count"] == 1
        table = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "not connected" in table.stdout
