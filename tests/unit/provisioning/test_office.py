"""The office's commands against a hub of real HTTP."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from hub.fleet.schemas import Device, OpenClaim
from protocol.codec.archive import ARCHIVE_MEDIA_TYPE
from provisioning.cli import app
from tests.unit.protocol.codec.examples import DEVICE
from tests.unit.protocol.codec.test_archive import archive

_CLAIM = {
    "claim_id": str(UUID(int=1)),
    "device_id": str(UUID(int=2)),
    "name": "Agent",
    "code": "7KQ2-M9XA-04ZT",
    "claim_uri": "hanout://claim?hub=https%3A%2F%2Fhub.example&code=7KQ2-M9XA-04ZT",
    "expires_at": "2026-11-24T10:00:00Z",
}


_DEVICE = {
    "device_id": str(DEVICE),
    "store_id": "shop",
    "store_name": "Bab Ezzouar",
    "name": "Agent",
}


def test_the_real_hub_says_what_ours_says() -> None:
    assert _CLAIM.keys() <= OpenClaim.model_fields.keys()
    assert _DEVICE.keys() <= Device.model_fields.keys()


class OfficeHub:
    """Remembers (method, path, token, body); says what `answers` holds."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str, bytes]] = []
        self.answers: dict[tuple[str, str], tuple[int, dict[str, Any] | None]] = {
            ("POST", "/v1/auth/sign-in"): (
                200,
                {"access_token": "access", "refresh_token": "refresh"},
            ),
            ("POST", "/v1/auth/sign-out"): (204, None),
            ("GET", f"/v1/devices/{DEVICE}"): (
                200,
                _DEVICE,
            ),
            ("POST", "/v1/devices/claims"): (201, _CLAIM),
            ("POST", f"/v1/devices/{DEVICE}/journal"): (
                200,
                {"device_id": str(DEVICE), "from": 1, "to": 2, "new": 2, "known": 0},
            ),
        }
        self.url = ""


@pytest.fixture
def hub() -> Iterator[OfficeHub]:
    hub = OfficeHub()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            token = self.headers.get("Authorization", "")
            kind = self.headers.get("Content-Type", "")
            hub.asked.append((f"{self.command} {self.path}", kind, token, body))
            status, said = hub.answers[self.command, self.path]
            sent = b"" if said is None else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield hub
    server.shutdown()
    server.server_close()
    thread.join()


def run(*arguments: str, env: dict[str, str] | None = None) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(arguments), env=env)
    return done.exit_code, done.stdout, done.stderr


def test_a_replacement_is_a_code_and_a_qr_and_the_sign_in_ends(hub: OfficeHub) -> None:
    status, told, _ = run(
        "replace", "--hub", hub.url, "--device", str(DEVICE), "--email", "amel@baraka.example",
        env={"HANOUT_PASSWORD": "a long enough password"},
    )  # fmt: skip
    assert status == 0
    assert _CLAIM["code"] in told
    assert "█" in told
    assert [what for what, *_ in hub.asked] == [
        "POST /v1/auth/sign-in",
        f"GET /v1/devices/{DEVICE}",
        "POST /v1/devices/claims",
        "POST /v1/auth/sign-out",
    ]
    _, _, token, body = hub.asked[2]
    assert token == "Bearer access"
    assert json.loads(body) == {"store_id": "shop", "name": "Agent", "replaces": str(DEVICE)}


def test_a_script_brings_a_token_and_reads_json(hub: OfficeHub) -> None:
    status, told, _ = run(
        "replace", "--hub", hub.url, "--device", str(DEVICE), "--token", "own", "--json"
    )
    assert (status, json.loads(told)) == (0, {**_CLAIM, "store_name": "Bab Ezzouar"})
    assert hub.asked[0][2] == "Bearer own"


def test_a_journal_is_sent_as_it_is(hub: OfficeHub, tmp_path: Path) -> None:
    file = tmp_path / "shop.hanout"
    file.write_bytes(b"".join(archive([[b"1"], [b"2"]])))
    status, told, _ = run("import", str(file), "--hub", hub.url, "--token", "own", "--json")
    assert (status, json.loads(told)["new"]) == (0, 2)
    ((_, kind, _, body),) = hub.asked
    assert (kind, body) == (ARCHIVE_MEDIA_TYPE, file.read_bytes())


def test_what_is_no_journal_is_not_sent(hub: OfficeHub, tmp_path: Path) -> None:
    file = tmp_path / "shop.hanout"
    for content in (None, b"", b"hello\n", b"x" * 300_000):
        if content is not None:
            file.write_bytes(content)
        status, told, said = run("import", str(file), "--hub", hub.url, "--token", "own")
        assert (status, told) == (2, "")
        assert said.strip().startswith("hanout-provision: ")
    assert hub.asked == []


@pytest.mark.parametrize("device", ["../devices?limit=1", "1", ""])
def test_a_device_is_named_by_its_id(hub: OfficeHub, device: str) -> None:
    status, _, said = run("replace", "--hub", hub.url, "--device", device, "--token", "own")
    assert (status, "UUID" in said) == (2, True)
    assert hub.asked == []


@pytest.mark.parametrize("token", ["é", "a\nb", "\udcff"])
def test_what_is_no_token_is_not_sent(hub: OfficeHub, token: str) -> None:
    status, _, said = run("replace", "--hub", hub.url, "--device", str(DEVICE), "--token", token)
    assert (status, said) == (2, "hanout-provision: This is no access token.\n")
    assert hub.asked == []


def test_a_password_does_not_go_out_in_the_clear(hub: OfficeHub) -> None:
    status, _, said = run(
        "replace", "--hub", "http://hub.example", "--device", str(DEVICE),
        "--email", "amel@baraka.example", "--password", "a long enough password",
    )  # fmt: skip
    assert (status, "not encrypted" in said) == (2, True)


@pytest.mark.parametrize(
    "asked", ["/v1/auth/sign-in", f"/v1/devices/{DEVICE}", "/v1/devices/claims"]
)
def test_an_answer_that_lacks_something_is_said(hub: OfficeHub, asked: str) -> None:
    method = "GET" if asked.endswith(str(DEVICE)) else "POST"
    hub.answers[method, asked] = (200, {})
    status, told, said = run(
        "replace", "--hub", hub.url, "--device", str(DEVICE),
        "--email", "amel@baraka.example", "--password", "a long enough password",
    )  # fmt: skip
    assert (status, told, "lacks" in said) == (1, "", True)


def test_the_hubs_refusals_are_sentences(hub: OfficeHub) -> None:
    gone = {"type": "urn:hanout:problem:unknown-device", "detail": "There is no such device."}
    hub.answers["GET", f"/v1/devices/{DEVICE}"] = (404, gone)
    arguments = ("replace", "--hub", hub.url, "--device", str(DEVICE))
    status, _, said = run(*arguments, "--token", "own")
    assert (status, "There is no such device." in said) == (1, True)
    status, _, said = run(*arguments)
    assert (status, "--email" in said) == (2, True)
    hub.answers["GET", f"/v1/devices/{DEVICE}"] = (503, {"type": "urn:hanout:problem:unavailable"})
    assert run(*arguments, "--token", "own")[0] == 2
