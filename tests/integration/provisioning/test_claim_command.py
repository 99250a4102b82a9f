"""`hanout-provision claim` as a program: killed, refused, deceived, cut off."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from protocol.codec.certificates import fingerprint, fits
from provisioning.demo.ports import free_port
from tests.fakes.authority import Authority
from tests.fakes.box_hub import CODE, DEVICE, BoxHub, problem, served

pytestmark = pytest.mark.slow
PROVISION = str(Path(sys.executable).parent / "hanout-provision")


@pytest.fixture
def hub() -> Iterator[BoxHub]:
    with served(BoxHub()) as hub:
        yield hub


def arguments(code: str, url: str, box: Path, *more: str) -> list[str]:
    return [PROVISION, "claim", code, "--hub", url, "--directory", str(box), "--json", *more]


def claim(
    code: str, url: str, box: Path, *more: str, trusted: Path | None = None, at: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command; `at`: what its clock says."""
    command = arguments(code, url, box, *more)
    return subprocess.run(
        ["faketime", at, *command] if at else command,
        env={**os.environ, "SSL_CERT_FILE": str(trusted)} if trusted else None,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_code_makes_a_box(hub: BoxHub, tmp_path: Path) -> None:
    done = claim(CODE, hub.url, tmp_path / "box", "--ca", fingerprint(hub.authority.pem))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["device_id"], told["store"]) == (str(DEVICE), "Superette El Bahdja")
    assert Path(told["configuration"]).exists()
    again = claim(CODE, hub.url, tmp_path / "box")
    assert (again.returncode, again.stdout, again.stderr) == (0, done.stdout, "")
    other = claim("0000-0000-0000", hub.url, tmp_path / "box")
    assert (other.returncode, other.stdout) == (1, "")
    assert "claimed already" in other.stderr


@contextmanager
def unwritable(kind: str) -> Iterator[int]:
    """A full disk, or a pipe that nobody reads."""
    if kind == "full":
        written = os.open("/dev/full", os.O_WRONLY)
    else:
        reading, written = os.pipe()
        os.close(reading)
    try:
        yield written
    finally:
        os.close(written)


def said_into(written: int, command: list[str]) -> tuple[int, str]:
    """Exit code and stderr."""
    done = subprocess.run(
        command, stdout=written, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("kind", ["full", "closed"])
@pytest.mark.parametrize("as_json", [False, True])
def test_an_answer_that_cannot_be_written_is_asked_for_again(
    hub: BoxHub, tmp_path: Path, kind: str, as_json: bool
) -> None:
    """One sentence, no traceback; then the same command says what was done."""
    command = arguments(CODE, hub.url, tmp_path / "box")[: None if as_json else -1]
    with unwritable(kind) as written:
        status, said = said_into(written, command)
    assert (status, said.count("\n")) == (1, 1), said
    assert "the same command again" in said
    assert claim(CODE, hub.url, tmp_path / "box").returncode == 0
    assert len(hub.asked) == 1


@pytest.mark.parametrize("kind", ["full", "closed"])
@pytest.mark.parametrize(
    "words", [["--help"], ["claim", "--help"], ["doctor"], ["doctor", "--json"]]
)
def test_no_command_ends_in_a_traceback_for_want_of_an_output(
    hub: BoxHub, tmp_path: Path, kind: str, words: list[str]
) -> None:
    if words[0] == "doctor":
        assert claim(CODE, hub.url, tmp_path / "box").returncode == 0
        words = [*words, "--config", str(tmp_path / "box" / "agent.toml")]
    with unwritable(kind) as written:
        status, said = said_into(written, [PROVISION, *words])
    # Whoever closes the help, as a pager does, is told nothing.
    expected = 0 if (kind, words[-1]) == ("closed", "--help") else 1
    assert (status, said.count("\n")) == (1, expected), said


@pytest.mark.fault(50, "K")
def test_a_claim_killed_again_and_again_ends_with_one_identity(hub: BoxHub, tmp_path: Path) -> None:
    """SIGKILL at drawn moments, among them while the hub answers: one key, one certificate."""
    rng, box = Random(50), tmp_path / "box"
    for _ in range(8):
        asked = threading.Event()
        hub.before = lambda _path, asked=asked: asked.set()  # type: ignore[misc]
        child = subprocess.Popen(arguments(CODE, hub.url, box), stdout=subprocess.DEVNULL)
        if rng.random() < 0.7:
            while child.poll() is None and not asked.wait(timeout=0.01):
                pass
            time.sleep(rng.random() * 0.02)
        else:
            time.sleep(rng.random())
        child.send_signal(signal.SIGKILL)
        if child.wait(timeout=30) != -signal.SIGKILL:
            break
    hub.before = lambda _path: None
    done = claim(CODE, hub.url, box)
    assert done.returncode == 0, done.stderr
    certificate = (box / "device.crt").read_text()
    assert fits(certificate, key_pem=(box / "device.key").read_bytes())
    assert len(hub._held) == 1


@pytest.mark.fault(50, "K")
def test_codes_that_do_not_hold_are_refused_with_a_sentence(hub: BoxHub, tmp_path: Path) -> None:
    """Wrong, expired and used codes leave no identity behind, and say whom to ask."""
    unknown = claim("0000-0000-0000", hub.url, tmp_path / "one")
    assert unknown.returncode == 1
    assert "Ask the office" in unknown.stderr
    assert claim(CODE, hub.url, tmp_path / "two").returncode == 0
    used = claim(CODE, hub.url, tmp_path / "three")
    assert used.returncode == 1
    assert "has used this code" in used.stderr
    hub.answers["/v1/provisioning/claim"] = lambda _: problem(429, "throttled")
    throttled = claim(CODE, hub.url, tmp_path / "four")
    assert throttled.returncode == 2
    assert "wait" in throttled.stderr
    assert not (tmp_path / "three" / "agent.toml").exists()
    assert "Traceback" not in unknown.stderr + used.stderr + throttled.stderr


def test_another_authority_than_the_scanned_one_is_refused(hub: BoxHub, tmp_path: Path) -> None:
    done = claim(CODE, hub.url, tmp_path / "box", "--ca", "ab" * 32)
    assert done.returncode == 1
    assert "somebody sits between" in done.stderr
    assert not (tmp_path / "box" / "device.crt").exists()


@contextmanager
def plain_web_page(*, port: int) -> Iterator[None]:
    """What a captive portal is: any request gets its login page, also what was meant as TLS."""
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\n<h1>Hi</h1>"
    server = socket.create_server(("127.0.0.1", port))

    def answer() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                connection.recv(4096)
                connection.sendall(page)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(timeout=5)


@pytest.mark.fault(52, "L")
def test_a_login_page_and_a_foreign_certificate_are_called_by_name(tmp_path: Path) -> None:
    """Plain HTTP where TLS was meant, a page where JSON was meant, somebody else's certificate."""
    port = free_port()
    with plain_web_page(port=port):
        over_tls = claim(CODE, f"https://127.0.0.1:{port}", tmp_path / "box")
        over_http = claim(CODE, f"http://127.0.0.1:{port}", tmp_path / "box")
    for done in (over_tls, over_http):
        assert done.returncode == 2
        assert "login page" in done.stderr
    stranger = Authority()
    with served(BoxHub(), tls=stranger.server_files(tmp_path)) as intercepted:
        done = claim(CODE, intercepted.url, tmp_path / "box")
    assert done.returncode == 2
    assert "certificate of somebody else" in done.stderr
    assert intercepted.asked == []


@pytest.mark.fault(52, "L")
def test_no_name_server_a_closed_port_and_silence_are_called_by_name(tmp_path: Path) -> None:
    """Each says what to look at; the key stays for the next attempt."""
    nameless = claim(CODE, "https://hub.invalid", tmp_path / "box")
    assert nameless.returncode == 2
    assert "name server" in nameless.stderr
    closed = claim(CODE, f"https://127.0.0.1:{free_port()}", tmp_path / "box")
    assert closed.returncode == 2
    assert "Nothing listens" in closed.stderr
    assert (tmp_path / "box" / "device.key").exists()


@pytest.mark.fault(25, "L")
@pytest.mark.parametrize("at", ["2016-11-23 08:00:00", "2056-11-23 08:00:00"])
def test_a_clock_years_off_is_called_by_name_and_the_claim_goes_on_after(
    tmp_path: Path, at: str
) -> None:
    """A box ten years behind, or thirty ahead, cannot judge the hub's certificate and says so."""
    authority = Authority()
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(authority.pem)
    with served(BoxHub(), tls=authority.server_files(tmp_path)) as hub:
        early = claim(CODE, hub.url, tmp_path / "box", trusted=trusted, at=at)
        assert early.returncode == 2
        assert "Set the clock" in early.stderr
        assert hub.asked == []
        assert claim(CODE, hub.url, tmp_path / "box", trusted=trusted).returncode == 0


@pytest.mark.fault(26, "E")
def test_where_the_clock_does_not_hinder_the_claim_it_is_still_told(
    hub: BoxHub, tmp_path: Path
) -> None:
    """A hub on this machine is asked without TLS: the box of 1970 is claimed and warned about."""
    done = claim(CODE, hub.url, tmp_path / "box", at="1970-01-02 00:00:00")
    assert done.returncode == 0, done.stderr
    assert "behind the hub" in done.stderr
