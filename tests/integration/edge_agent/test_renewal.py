"""Renewals of a running agent: through a real broker with mutual TLS, with faults at each step."""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_agent.kit.time_floor import TimeFloor
from edge_agent.settings import EdgeSettings
from protocol.codec.certificates import fits
from provisioning.demo.ports import free_port
from provisioning.demo.spawning import Child, ChildSpec
from tests.fakes.authority import Authority
from tests.fakes.box_hub import BoxHub, problem, served
from tests.fakes.welcoming_hub import WelcomingHub
from tests.integration.edge_agent.shop_seed import DEVICE, seed, write_config

pytestmark = pytest.mark.slow
BIN = Path(sys.executable).parent
_WAIT_S = 40.0
_RENEW = "/v1/provisioning/renew"


class Box:
    """A shop's box with its files in `folder`."""

    def __init__(self, folder: Path, authority: Authority, broker: WelcomingHub) -> None:
        self.folder = folder
        self.port = free_port()
        self.hub_port = free_port()
        self.config = write_config(
            folder,
            listen_port=self.port,
            broker_host="127.0.0.1",
            broker_port=broker.port,
            hub_url=f"http://127.0.0.1:{self.hub_port}",
            connect_jitter_ms=0,
            backoff_initial_ms=50,
            backoff_max_ms=200,
            renewal_retry_initial_ms=100,
            renewal_retry_max_ms=300,
            ballast_bytes=0,
            ca_file="ca.crt",
            certificate_file="device.crt",
            key_file="device.key",
        )
        asyncio.run(seed(EdgeSettings.from_file(self.config, environment={})))

    @contextmanager
    def running(self, *, wrapper: tuple[str, ...] = (), **env: str) -> Iterator[Child]:
        child = Child(
            ChildSpec(
                name="agent",
                command=(*wrapper, str(BIN / "hanout-edge"), "serve", "--config", str(self.config)),
                log_file=self.folder / "agent.log",
                env=env,
                ready=lambda child: child.json_line("ready") is not None,
            ),
            record_dir=self.folder / "run",
        )
        child.start()
        try:
            yield child
        finally:
            child.kill()

    def ask(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", trust_env=False, timeout=5)

    def connected(self) -> bool:
        found: dict[str, Any] = self.ask("/v1/sync").json()
        return bool(found["connected"])

    def certificate(self) -> str:
        return (self.folder / "device.crt").read_text()

    def settled(self) -> bool:
        """One pair, and it fits."""
        names = {path.name for path in self.folder.glob("device*")}
        key_pem = (self.folder / "device.key").read_bytes()
        return names == {"device.crt", "device.key"} and fits(self.certificate(), key_pem=key_pem)


def until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _WAIT_S
    while not what():
        assert time.monotonic() < deadline, "it never came so"
        time.sleep(0.05)


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Iterator[WelcomingHub]:
    with WelcomingHub(tmp_path / "broker", authority).running() as broker:
        yield broker


@pytest.fixture
def box(tmp_path: Path, authority: Authority, broker: WelcomingHub) -> Box:
    (tmp_path / "box").mkdir()
    return Box(tmp_path / "box", authority, broker)


def test_a_certificate_past_two_thirds_is_renewed_and_the_new_one_used(
    box: Box, authority: Authority
) -> None:
    authority.device_files(box.folder, DEVICE, days=0.3)
    before = box.certificate()
    with served(BoxHub(authority), port=box.hub_port), box.running():
        until(lambda: box.certificate() != before)
        until(box.settled)
        until(box.connected)


def test_a_young_certificate_stays(box: Box, authority: Authority, broker: WelcomingHub) -> None:
    authority.device_files(box.folder, DEVICE)
    hub = BoxHub(authority)
    with served(hub, port=box.hub_port), box.running():
        until(box.connected)
        time.sleep(2.5)
    assert hub.asked == []
    assert TimeFloor(box.folder / "data").at is not None  # the hub's word on the time is kept


@pytest.mark.fault(37, "EH")
def test_a_certificate_that_expired_offline_stops_no_sale_and_is_renewed_when_the_hub_is_back(
    box: Box, authority: Authority
) -> None:
    """Expired for ten days and no hub: the shop is ready to sell; with the hub back it syncs."""
    authority.device_files(box.folder, DEVICE, days=-10)
    before = box.certificate()
    with box.running():
        time.sleep(2)
        assert box.ask("/readyz").is_success
        assert not box.connected()
        with served(BoxHub(authority), port=box.hub_port):
            until(box.connected)
            until(box.settled)
    assert box.certificate() != before


@pytest.mark.fault(37, "E")
def test_a_hub_that_refuses_the_renewal_leaves_the_old_pair_in_force(
    box: Box, authority: Authority
) -> None:
    """Refused, the agent keeps selling and syncing with what it has, and goes on asking."""
    authority.device_files(box.folder, DEVICE, days=0.3)
    before = box.certificate()
    hub = BoxHub(authority)
    hub.answers[_RENEW] = lambda _: problem(403, "renewal-refused")
    with served(hub, port=box.hub_port), box.running():
        until(lambda: len(hub.asked) >= 4)
        until(box.connected)
        assert box.ask("/readyz").is_success
    assert box.certificate() == before


def test_a_certificate_of_somebody_else_is_not_taken(box: Box, authority: Authority) -> None:
    authority.device_files(box.folder, DEVICE, days=0.3)
    before, stranger, hub = box.certificate(), BoxHub(), BoxHub(authority)
    hub.answers[_RENEW] = lambda body: (200, stranger._identity(b"", _public_key(body)))
    with served(hub, port=box.hub_port), box.running():
        until(lambda: len(hub.asked) >= 4)
    assert box.certificate() == before


def _public_key(body: dict[str, Any]) -> Any:
    from cryptography import x509

    return x509.load_pem_x509_csr(body["csr_pem"].encode()).public_key()


@pytest.mark.fault(9, "E")
def test_an_agent_killed_at_every_step_of_a_renewal_ends_with_one_pair_that_fits(
    box: Box, authority: Authority
) -> None:
    """SIGKILL when the challenge is asked, when the certificate is given, and when it is kept."""
    authority.device_files(box.folder, DEVICE, days=0.3)
    before = box.certificate()
    hub = BoxHub(authority)
    for path in ("/v1/provisioning/challenge", _RENEW, "the answer"):
        reached = threading.Event()
        hub.before = lambda asked, path=path, reached=reached: (  # type: ignore[misc]
            reached.set() if asked == path or path == "the answer" else None
        )
        with served(hub, port=box.hub_port), box.running() as agent:
            reached.wait(timeout=_WAIT_S)
            if path == "the answer":
                until(lambda: (box.folder / "device.next.crt").exists() or box.settled())
            agent.kill()
    hub.before = lambda _path: None
    with served(hub, port=box.hub_port), box.running():
        until(lambda: box.certificate() != before)
        until(box.settled)
        until(box.connected)


def test_the_technician_has_it_renewed_now(box: Box, authority: Authority) -> None:
    authority.device_files(box.folder, DEVICE)
    command = [str(BIN / "hanout-provision"), "rotate", "--config", str(box.config)]
    before = box.certificate()
    with served(BoxHub(authority), port=box.hub_port), box.running():
        until(box.connected)
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, done.stderr
        assert "Renewed" in done.stdout
        assert box.certificate() != before
        assert box.settled()
    alone = subprocess.run(
        [*command, "--timeout", "1"], capture_output=True, text=True, timeout=60, check=False
    )
    assert alone.returncode == 2
    assert "No agent runs" in alone.stderr


def test_a_refused_rotation_says_why(box: Box, authority: Authority) -> None:
    authority.device_files(box.folder, DEVICE)
    hub = BoxHub(authority)
    hub.answers[_RENEW] = lambda _: problem(403, "device-revoked")
    command = [str(BIN / "hanout-provision"), "rotate", "--config", str(box.config)]
    with served(hub, port=box.hub_port), box.running():
        done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 1
    assert "device-revoked" in done.stderr


@pytest.mark.fault(26, "EH")
def test_a_box_without_clock_or_time_server_syncs_by_the_time_it_knew(
    box: Box, authority: Authority
) -> None:
    """Booted in 1970, TLS to the broker is judged by the hub's last word on the time."""
    authority.device_files(box.folder, DEVICE)
    in_1970 = ("faketime", "-f", "@1970-01-02 00:00:00")
    dont_fake = {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    with box.running(wrapper=in_1970, **dont_fake):
        time.sleep(3)
        assert box.ask("/readyz").is_success  # without a floor it sells and waits
        assert not box.connected()
    TimeFloor(box.folder / "data").raise_to(authority.now, limit=authority.now)
    with box.running(wrapper=in_1970, **dont_fake):
        until(box.connected)


@pytest.mark.fault(26, "K")
def test_an_expired_broker_is_not_trusted_by_the_floor_either(
    tmp_path: Path, box: Box, authority: Authority
) -> None:
    """A server whose certificate ended before the known time stays a stranger, clock or not."""
    authority.device_files(box.folder, DEVICE)
    beyond = authority.now + timedelta(days=100)  # the broker's certificate holds for 90
    TimeFloor(box.folder / "data").raise_to(beyond, limit=beyond)
    with box.running(
        wrapper=("faketime", "-f", "@1970-01-02 00:00:00"), FAKETIME_DONT_FAKE_MONOTONIC="1"
    ):
        time.sleep(4)
        assert not box.connected()
        assert box.ask("/readyz").is_success
