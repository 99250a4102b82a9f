"""Claims, interrupted at every step, and answers that must not be believed."""

import stat
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from edge_agent.settings import EdgeSettings
from protocol.codec.certificates import fits
from protocol.errors import HanoutError, Refused, RemoteProtocolError
from provisioning.box import new_key
from provisioning.box_folder import BoxFolder
from provisioning.claim_link import ClaimLink
from provisioning.claim_record import ClaimRecord
from provisioning.claiming import Box, Claiming
from tests.fakes.authority import Authority, key_pem
from tests.fakes.authority import new_key as another_key
from tests.fakes.box_hub import CODE, DEVICE, BoxHub

BOX = Box(version="0.1.0", machine_id="m", model="Pi 5", listen_host="127.0.0.1", listen_port=8443)


class Cut(Exception):
    """The power went."""


class CutFolder(BoxFolder):
    """Loses power before, or just after, the given write."""

    def __init__(self, path: Path, *, at: int, after: bool) -> None:
        super().__init__(path)
        self._left = at
        self._after = after

    def write(self, name: str, content: bytes) -> None:
        self._left -= 1
        if self._left == 0 and not self._after:
            raise Cut
        super().write(name, content)
        if self._left == 0:
            raise Cut


class Answers:
    """The hub's answers without the network."""

    def __init__(self, hub: BoxHub) -> None:
        self.hub = hub
        self.change: Callable[[dict[str, Any]], dict[str, Any]] = lambda answer: answer

    def __call__(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = self.hub.answer(path, body)
        if status != 200:
            raise Refused("refused", str(answer))
        return self.change(answer)


@pytest.fixture
def answers() -> Answers:
    hub = BoxHub()
    hub.url = "https://hub.example"
    return Answers(hub)


def link(ca: str | None = None, *, code: str = CODE, hub: str = "https://hub.example") -> ClaimLink:
    return ClaimLink(hub_url=hub, code=code, ca=ca)


def claim(
    folder: BoxFolder, answers: Answers, *, ca: str | None = None, given: ClaimLink | None = None
) -> ClaimRecord:
    with folder:
        return Claiming(folder, post=answers, new_key=new_key).claim(given or link(ca), BOX)


def test_a_claimed_folder_is_all_that_an_agent_needs(tmp_path: Path, answers: Answers) -> None:
    box = tmp_path / "box"
    claim(BoxFolder(box), answers)
    settings = EdgeSettings.from_file(box / "agent.toml", environment={})
    assert settings.device_id == DEVICE
    assert settings.hub_url == "https://hub.example"
    assert settings.data_dir == box / "data"
    assert settings.certificate_file is not None
    assert settings.key_file is not None
    certificate = settings.certificate_file.read_text()
    assert fits(certificate, key_pem=settings.key_file.read_bytes())
    assert (box / "ca.crt").read_text() == answers.hub.authority.pem
    for name in ("device.key", "device.crt", "agent.toml"):
        assert stat.S_IMODE((box / name).stat().st_mode) == 0o600


@pytest.mark.fault(50, "K")
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", range(1, 7))
def test_a_power_cut_at_any_step_ends_with_the_same_identity(
    tmp_path: Path, answers: Answers, step: int, after: bool
) -> None:
    """Interrupted before or after any write, the last too: the same command ends with that key."""
    with pytest.raises(Cut):
        claim(CutFolder(tmp_path, at=step, after=after), answers)
    assert claim(BoxFolder(tmp_path), answers).device_id == DEVICE
    keys = {body["csr_pem"] for _, body in answers.hub.asked}
    assert len(answers.hub._held) <= 1
    assert len(keys) == len(answers.hub.asked)  # signatures differ, the key does not
    config = tomllib.loads((tmp_path / "agent.toml").read_text())
    assert config["device_id"] == str(DEVICE)
    certificate = (tmp_path / "device.crt").read_text()
    assert fits(certificate, key_pem=(tmp_path / "device.key").read_bytes())


def test_a_lost_answer_is_asked_for_again_with_the_same_key(
    tmp_path: Path, answers: Answers
) -> None:
    def lost(answer: dict[str, Any]) -> dict[str, Any]:
        raise Cut

    answers.change = lost
    with pytest.raises(Cut):
        claim(BoxFolder(tmp_path), answers)
    answers.change = lambda answer: answer
    assert claim(BoxFolder(tmp_path), answers).device_id == DEVICE


def test_the_same_command_on_a_claimed_box_says_the_same(tmp_path: Path, answers: Answers) -> None:
    first = claim(BoxFolder(tmp_path), answers)
    kept = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    typed = link(first.ca, code="7kq2m9xao4zt", hub="https://Hub.example/")
    assert [
        claim(BoxFolder(tmp_path), answers),
        claim(BoxFolder(tmp_path), answers, given=typed),
    ] == [first, first]
    assert {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == kept
    assert len(answers.hub.asked) == 1
    assert not any(CODE.encode() in content for content in kept.values())


@pytest.mark.parametrize(
    "given",
    [
        link(code="0000-0000-0000"),
        link(hub="https://other.example"),
        link("ab" * 32),
    ],
)
def test_a_claimed_box_is_not_claimed_again(
    tmp_path: Path, answers: Answers, given: ClaimLink
) -> None:
    claim(BoxFolder(tmp_path), answers)
    with pytest.raises(Refused) as caught:
        claim(BoxFolder(tmp_path), answers, given=given)
    assert caught.value.code == "already-claimed"
    assert f"replace --device {DEVICE}" in caught.value.message
    assert len(answers.hub.asked) == 1


def test_a_claimed_box_whose_record_says_nothing_is_not_claimed_again(
    tmp_path: Path, answers: Answers
) -> None:
    claim(BoxFolder(tmp_path), answers)
    (tmp_path / "claim.json").write_bytes(b"{")
    with pytest.raises(Refused, match=str(DEVICE)):
        claim(BoxFolder(tmp_path), answers)
    (tmp_path / "agent.toml").write_bytes(b"\xff")
    with pytest.raises(Refused, match="unknown"):
        claim(BoxFolder(tmp_path), answers)


def test_every_folder_that_was_made_is_on_disk_before_the_key(
    tmp_path: Path, answers: Answers
) -> None:
    synced: list[Path] = []
    box = tmp_path / "var" / "lib" / "hanout"
    claim(BoxFolder(box, sync=synced.append), answers)
    before_the_key = synced[: synced.index(box)]
    assert {tmp_path, tmp_path / "var", tmp_path / "var" / "lib"} <= set(before_the_key)


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777, 0o702])
def test_a_folder_that_others_may_write_in_is_refused(
    tmp_path: Path, answers: Answers, mode: int
) -> None:
    tmp_path.chmod(mode)
    with pytest.raises(Refused, match="chmod go-w") as caught:
        claim(BoxFolder(tmp_path), answers)
    assert caught.value.code == "open-folder"
    tmp_path.chmod(0o755)
    assert claim(BoxFolder(tmp_path), answers).device_id == DEVICE


@pytest.mark.parametrize("mode", [0o666, 0o640, 0o602])
def test_a_key_that_others_may_use_is_refused(tmp_path: Path, answers: Answers, mode: int) -> None:
    key = tmp_path / "device.key"
    key.write_bytes(new_key())
    key.chmod(mode)
    with pytest.raises(Refused, match="no secret") as caught:
        claim(BoxFolder(tmp_path), answers)
    assert caught.value.code == "open-key"
    assert answers.hub.asked == []
    key.unlink()
    assert claim(BoxFolder(tmp_path), answers).device_id == DEVICE


def test_two_claims_at_once_are_one_too_many(tmp_path: Path, answers: Answers) -> None:
    with BoxFolder(tmp_path), pytest.raises(Refused) as caught:
        claim(BoxFolder(tmp_path), answers)
    assert caught.value.code == "folder-in-use"


def _foreign_certificate(answers: Answers) -> dict[str, Any]:
    key = another_key()
    return {"certificate_pem": Authority().device(DEVICE, key.public_key())}


def _other_key(answers: Answers) -> dict[str, Any]:
    key = another_key()
    return {"certificate_pem": answers.hub.authority.device(DEVICE, key.public_key())}


@pytest.mark.fault(52, "FK")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda _: {"ca_pem": Authority().pem}, "wrong-authority"),
        (lambda _: {"certificate_pem": "x"}, "wrong-certificate"),
        (_foreign_certificate, "wrong-certificate"),
        (_other_key, "wrong-certificate"),
        (lambda _: {"device_id": str(UUID(int=5))}, "wrong-certificate"),
        (lambda _: {"hub_url": "http://evil.example"}, "wrong-certificate"),
        (lambda _: {"broker": "here"}, "bad-answer"),
    ],
)
def test_an_answer_that_is_not_the_expected_hubs_is_not_kept(
    tmp_path: Path, answers: Answers, wrong: Callable[[Answers], dict[str, Any]], code: str
) -> None:
    """Whoever stands between cannot give the box another authority or another's certificate."""
    from protocol.codec.certificates import fingerprint

    answers.change = lambda answer: {**answer, **wrong(answers)}
    with pytest.raises(HanoutError) as caught:
        claim(BoxFolder(tmp_path), answers, ca=fingerprint(answers.hub.authority.pem))
    assert isinstance(caught.value, RemoteProtocolError)
    assert caught.value.code == code
    assert [path.name for path in tmp_path.iterdir()] == ["device.key"]


def test_without_a_fingerprint_the_answer_must_at_least_agree_with_itself(
    tmp_path: Path, answers: Answers
) -> None:
    answers.change = lambda answer: {**answer, "ca_fingerprint": "00" * 32}
    with pytest.raises(RemoteProtocolError) as caught:
        claim(BoxFolder(tmp_path), answers)
    assert caught.value.code == "wrong-authority"


def test_the_time_that_the_hub_named_is_the_boxs_floor(tmp_path: Path, answers: Answers) -> None:
    answers.hub.hub_time = datetime(2026, 11, 23, tzinfo=UTC)
    claim(BoxFolder(tmp_path), answers)
    told = int((tmp_path / "data" / "time-floor").read_text())
    assert datetime.fromtimestamp(told, UTC) == answers.hub.hub_time


def test_new_keys_differ_and_are_on_the_devices_curve() -> None:
    keys = {new_key() for _ in range(3)}
    assert len(keys) == 3
    assert all(len(key) == len(key_pem(another_key())) for key in keys)
