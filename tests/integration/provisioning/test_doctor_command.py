"""`hanout-provision doctor` before real servers that are closed, silent, strangers, or right."""

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from provisioning.box_configuration import read_configuration
from provisioning.demo.ports import free_port
from provisioning.network_probes import look
from tests.fakes.authority import Authority
from tests.fakes.box_hub import BoxHub, served
from tests.fakes.welcoming_hub import WelcomingHub
from tests.integration.edge_agent.shop_seed import DEVICE, write_config
from tests.integration.provisioning.test_claim_command import PROVISION, plain_web_page

pytestmark = pytest.mark.slow
Found = dict[str, dict[str, Any]]


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[WelcomingHub]:
    with WelcomingHub(tmp_path / "broker", authority).running() as broker:
        yield broker


def config(folder: Path, authority: Authority, **more: object) -> Path:
    (folder / "data").mkdir(exist_ok=True)
    files = authority.device_files(folder, DEVICE)
    return write_config(folder, **{"broker_host": "127.0.0.1", **files, **more})


def looked(path: Path) -> Found:
    """Finding by check; whatever is not well says what to do."""
    found = look(read_configuration(path))
    assert all((each.level == "ok") == (each.todo == "") for each in found)
    return {
        each.check: {"level": each.level, "value": each.value, "todo": each.todo} for each in found
    }


def test_the_way_is_clear(tmp_path: Path, authority: Authority, broker: WelcomingHub) -> None:
    with served(BoxHub(authority)) as hub:
        found = looked(config(tmp_path, authority, broker_port=broker.port, hub_url=hub.url))
    assert {check: each["level"] for check, each in found.items()} == dict.fromkeys(
        ("dns", "broker_port", "broker_tls", "hub_web", "hub_clock"), "ok"
    )


@pytest.mark.fault(52, "L")
def test_no_name_and_a_closed_port(tmp_path: Path, authority: Authority) -> None:
    """Each is told apart, with what to look at."""
    nameless = looked(config(tmp_path, authority, broker_host="broker.invalid"))
    assert nameless["dns"]["level"] == "error"
    assert "name server" in nameless["dns"]["todo"]
    closed = looked(
        config(
            tmp_path, authority, broker_port=free_port(), hub_url=f"http://127.0.0.1:{free_port()}"
        )
    )
    assert "Nothing listens" in closed["broker_port"]["value"]
    assert "Nothing listens" in closed["hub_web"]["value"]


@pytest.mark.parametrize("hub_url", ["http://127.0.0.1:abc", "https://hub..example"])
def test_addresses_that_are_none_are_findings(
    tmp_path: Path, authority: Authority, hub_url: str
) -> None:
    found = looked(config(tmp_path, authority, broker_host="broker..example", hub_url=hub_url))
    assert {check: each["level"] for check, each in found.items()} == {
        "dns": "error",
        "hub_web": "error",
    }
    assert all("agent.toml" in each["todo"] for each in found.values())


def test_a_certificate_that_cannot_be_used_is_not_taken_for_the_brokers(
    tmp_path: Path, authority: Authority, broker: WelcomingHub
) -> None:
    path = config(tmp_path, authority, broker_port=broker.port)
    (tmp_path / "device.crt").write_text("x")
    assert "own certificate" in looked(path)["broker_tls"]["value"]


@pytest.mark.fault(52, "L")
def test_a_login_page_and_an_opened_tls(tmp_path: Path, authority: Authority) -> None:
    """A captive portal speaks HTTP on every port; a firewall that opens TLS is a stranger."""
    port = free_port()
    with plain_web_page(port=port):
        portal = looked(
            config(tmp_path, authority, broker_port=port, hub_url=f"https://127.0.0.1:{port}")
        )
    assert "login page" in portal["broker_tls"]["todo"]
    assert "login page" in portal["hub_web"]["todo"]
    with WelcomingHub(tmp_path / "stranger", Authority()).running() as stranger:
        opened = looked(config(tmp_path, authority, broker_port=stranger.port))
    assert "certificate of somebody else" in opened["broker_tls"]["value"]
    assert "exempted" in opened["broker_tls"]["todo"]


@pytest.mark.fault(37, "L")
def test_a_broker_that_refuses_our_certificate(
    tmp_path: Path, authority: Authority, broker: WelcomingHub
) -> None:
    """Expired: the handshake ends well under TLS 1.3, and the refusal comes after it."""
    path = config(tmp_path, authority, broker_port=broker.port)
    authority.device_files(tmp_path, DEVICE, days=-5)
    found = looked(path)
    assert found["broker_tls"]["level"] == "error"
    assert "refuses this box's certificate" in found["broker_tls"]["value"]


@contextmanager
def silent_port() -> Iterator[int]:
    """Takes connections and never says a word."""
    server = socket.create_server(("127.0.0.1", 0))
    try:
        yield server.getsockname()[1]
    finally:
        server.close()


@pytest.mark.fault(33, "L")
def test_a_broker_that_says_nothing_is_not_waited_for(tmp_path: Path, authority: Authority) -> None:
    """A black hole behind an open port ends the look, not the technician's patience."""
    with silent_port() as port:
        found = looked(config(tmp_path, authority, broker_port=port))
    assert "does not answer in time" in found["broker_tls"]["value"]


@pytest.mark.fault(25, "L")
def test_the_whole_command_with_a_clock_years_behind(
    tmp_path: Path, authority: Authority, broker: WelcomingHub
) -> None:
    """Own findings and the network's in one answer; the clock is found against the hub's web."""
    with served(BoxHub(authority)) as hub:
        path = config(tmp_path, authority, broker_port=broker.port, hub_url=hub.url)
        done = subprocess.run(
            [
                "faketime",
                "2016-11-23 08:00:00",
                PROVISION,
                "doctor",
                "--config",
                str(path),
                "--json",
            ],
            env=dict(os.environ),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] is False
    found: Found = {each["check"]: each for each in told["findings"]}
    assert "behind the hub" in found["hub_clock"]["value"]
    assert found["agent"]["level"] == "warning"
    assert "integrity" in found


def test_what_cannot_be_looked_at_has_its_own_exit_code(tmp_path: Path) -> None:
    command = [PROVISION, "doctor", "--config", str(tmp_path / "none.toml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "cannot be used" in done.stderr
