"""`hanout-edge doctor` with the real thing wrong: clock, disk, database, certificate, agent."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from edge_agent.kit.time_floor import TimeFloor
from edge_agent.settings import EdgeSettings
from provisioning.demo.children import Children
from provisioning.demo.ports import free_port
from provisioning.demo.spawning import ChildSpec
from tests.fakes.authority import Authority
from tests.integration.edge_agent.shop_seed import DEVICE, seed, write_config

pytestmark = pytest.mark.slow
EDGE = str(Path(sys.executable).parent / "hanout-edge")


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def config(tmp_path: Path, authority: Authority) -> Path:
    files = authority.device_files(tmp_path, DEVICE)
    path = write_config(tmp_path, listen_port=free_port(), **files)
    asyncio.run(seed(EdgeSettings.from_file(path, environment={})))
    return path


def doctor(config: Path, *more: str, wrapper: tuple[str, ...] = ()) -> tuple[int, dict[str, Any]]:
    """Exit code and finding by check."""
    done = subprocess.run(
        [*wrapper, EDGE, "doctor", "--config", str(config), "--json", *more],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] == (done.returncode == 0)
    for each in told["findings"]:
        assert set(each) == {"check", "level", "value", "todo"}
    return done.returncode, {each["check"]: each for each in told["findings"]}


def test_a_running_box_is_well_but_for_its_hub(config: Path, tmp_path: Path) -> None:
    with Children(tmp_path / "run") as children:
        children.start_child(
            ChildSpec(
                name="agent",
                command=(EDGE, "serve", "--config", str(config)),
                log_file=tmp_path / "agent.log",
                ready=lambda child: child.json_line("ready") is not None,
            )
        )
        _, found = doctor(config, "--full")
    wrong = {check for check, each in found.items() if each["level"] != "ok"}
    assert wrong <= {"hub", "disk", "write_latency"}, found
    assert set(found) == {
        "access", "agent", "clock", "disk", "write_latency", "sqlite", "integrity", "certificate",
        "outbox", "hub", "quarantine",
    }  # fmt: skip


def test_a_dead_agent_is_told_and_all_else_still_looked_at(config: Path) -> None:
    status, found = doctor(config)
    assert (status, found["agent"]["level"]) == (1, "error")
    assert "systemctl" in found["agent"]["todo"]
    assert found["outbox"]["level"] == "ok"


def test_a_box_that_was_only_claimed_is_told_to_start(tmp_path: Path, authority: Authority) -> None:
    """Nothing is damaged and nothing owed: the one thing to do is to start the agent."""
    files = authority.device_files(tmp_path, DEVICE)
    (tmp_path / "data").mkdir()
    path = write_config(tmp_path, listen_port=free_port(), **files)
    status, found = doctor(path)
    todo = {check: each["todo"] for check, each in found.items() if each["todo"]}
    assert status == 1
    assert set(todo) - {"disk", "write_latency"} == {"agent"}
    assert found["agent"]["level"] == "warning"
    assert "serve --config" in todo["agent"]
    assert {"integrity", "outbox", "hub", "quarantine"} <= set(found)


def test_a_database_that_is_gone_is_not_taken_for_a_new_box(config: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "hanout.db").unlink()
    (tmp_path / "data" / "lock").touch()
    _, found = doctor(config)
    assert found["integrity"]["level"] == "error"
    assert "send the card in" in found["integrity"]["todo"]


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        (".", 0o777),
        ("data", 0o770),
        ("device.key", 0o640),
        ("device.key", 0o602),
        ("", 0o666),
    ],
)
def test_who_else_may_write_there_is_told(
    config: Path, tmp_path: Path, name: str, mode: int
) -> None:
    assert doctor(config)[1]["access"]["level"] == "ok"
    path = tmp_path / name if name else config
    path.chmod(mode)
    found = doctor(config)[1]["access"]
    assert found["level"] == "error"
    assert str(path) in found["value"]


@pytest.mark.fault(26, "L")
def test_a_box_that_boots_in_1970_is_found_by_the_time_it_knew(
    config: Path, tmp_path: Path, authority: Authority
) -> None:
    """Without any network the doctor sees that the clock went back behind the hub's last word."""
    TimeFloor(tmp_path / "data").raise_to(authority.now, limit=authority.now)
    _, found = doctor(config, wrapper=("faketime", "1970-01-02 00:00:00"))
    assert found["clock"]["level"] == "error"
    assert "timedatectl" in found["clock"]["todo"]
    assert found["certificate"]["level"] == "ok"  # judged by the time that is known


@pytest.mark.fault(12, "L")
def test_a_full_disk_is_told(config: Path, tmp_path: Path) -> None:
    """On a real full file system the doctor still runs and says what to do."""
    script = (
        f"mkdir {tmp_path}/copy && cp -r {tmp_path}/data {tmp_path}/copy/ && "
        f"mount -t tmpfs -o size=8m none {tmp_path}/data && "
        f"cp -r {tmp_path}/copy/data/. {tmp_path}/data/ && "
        f"(cat /dev/zero > {tmp_path}/data/filler || true) && "
        f"exec {EDGE} doctor --config {config} --json"
    )
    done = subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    found = {each["check"]: each for each in json.loads(done.stdout)["findings"]}
    assert (done.returncode, found["disk"]["level"]) == (1, "error")
    assert found["write_latency"]["level"] == "error"


@pytest.mark.fault(13, "L")
def test_a_flipped_page_is_told(config: Path, tmp_path: Path) -> None:
    """SQLite's own check finds a page that was overwritten."""
    database = tmp_path / "data" / "hanout.db"
    raw = bytearray(database.read_bytes())
    raw[4096:12288] = bytes(8192)
    database.write_bytes(raw)
    _, found = doctor(config)
    assert found["integrity"]["level"] == "error"


@pytest.mark.fault(37, "L")
def test_an_expired_and_a_foreign_certificate_are_told(
    config: Path, tmp_path: Path, authority: Authority
) -> None:
    """Days, and whether the files belong together, to this device and to this authority."""
    authority.device_files(tmp_path, DEVICE, days=-3)
    _, found = doctor(config)
    assert "expired 3 days ago" in found["certificate"]["value"]
    Authority().device_files(tmp_path / "other", DEVICE)
    (tmp_path / "device.crt").write_text((tmp_path / "other" / "device.crt").read_text())
    assert doctor(config)[1]["certificate"]["level"] == "error"
    authority.device_files(tmp_path, uuid4())
    assert "device " in doctor(config)[1]["certificate"]["value"]
    authority.device_files(tmp_path / "second", DEVICE)
    (tmp_path / "device.crt").write_text((tmp_path / "second" / "device.crt").read_text())
    assert "belong together" in doctor(config)[1]["certificate"]["value"]
