"""Pairs of certificate and key, with the power cut between any two steps."""

from pathlib import Path
from uuid import UUID

import pytest

from edge_agent.kit.durable_files import rename_durably, write_durably
from edge_agent.sync.identity import DeviceIdentity
from protocol.codec.certificates import fits
from tests.fakes.authority import Authority, key_pem, new_key

DEVICE = UUID("018f3a5e-0000-7000-8000-000000000001")


@pytest.fixture
def identity(tmp_path: Path) -> DeviceIdentity:
    Authority().device_files(tmp_path, DEVICE)
    return DeviceIdentity(tmp_path / "device.crt", tmp_path / "device.key")


def renew(identity: DeviceIdentity) -> None:
    key = new_key()
    write_durably(identity.next_key_file, key_pem(key))
    identity.keep_next(Authority().device(DEVICE, key.public_key()))


def fit(identity: DeviceIdentity) -> bool:
    pair = identity.current()
    return fits(pair.certificate_file.read_text(), key_pem=pair.key_file.read_bytes())


def test_the_old_pair_stays_in_force_until_the_new_one_is_promoted(
    identity: DeviceIdentity,
) -> None:
    before = identity.current().certificate_file.read_text()
    assert identity.waiting() is None
    renew(identity)
    waiting = identity.waiting()
    assert waiting is not None
    renewed = waiting.certificate_file.read_text()
    assert identity.current().certificate_file.read_text() == before
    identity.promote()
    assert identity.current().certificate_file.read_text() == renewed
    assert identity.waiting() is None
    assert fit(identity)


@pytest.mark.fault(9, "E")
def test_a_power_cut_inside_a_promotion_leaves_a_pair_that_fits(
    identity: DeviceIdentity, tmp_path: Path
) -> None:
    """Between the two renames certificate and key of different pairs lie in the old names."""
    renew(identity)
    rename_durably(tmp_path / "device.next.crt", tmp_path / "device.crt")
    restarted = DeviceIdentity(tmp_path / "device.crt", tmp_path / "device.key")
    assert fit(restarted)
    restarted.settle()
    assert fit(restarted)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ca.crt",
        "device.crt",
        "device.key",
    ]


def test_a_key_that_waits_for_its_certificate_changes_nothing(identity: DeviceIdentity) -> None:
    write_durably(identity.next_key_file, key_pem(new_key()))
    identity.settle()
    assert fit(identity)
    assert identity.waiting() is None
    identity.drop_next()
    assert not identity.next_key_file.exists()
