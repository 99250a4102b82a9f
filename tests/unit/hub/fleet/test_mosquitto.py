"""Mosquitto's files: whatever lies there from before, the list written now holds now."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from structlog.testing import capture_logs

from hub.fleet.authority import SERIAL_BYTES, Authority, Term, new_authority
from hub.fleet.mosquitto import ACL_FILE, CRL_FILE, MosquittoAdmission
from hub.fleet.ports import AdmissionState
from protocol.codec.topics import DeviceTopics

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SHOP = UUID("018f3a52-0000-7000-8000-0000000000a1")
STOLEN = UUID("018f3a52-0000-7000-8000-0000000000b2")
STATE = AdmissionState(
    admitted=frozenset({SHOP}),
    revoked=frozenset({STOLEN}),
    serials=frozenset({"ab"}),
    workers=frozenset({"hub-1"}),
)


class HandClock:
    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0


class Broker:
    """The door's folder, and how often the broker was told."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.folder, self.clock, self.told = folder, HandClock(), 0
        self.admission = MosquittoAdmission(
            folder, authority=authority, clock=self.clock, reload=self._tell
        )

    def _tell(self) -> None:
        self.told += 1

    def apply(self) -> x509.CertificateRevocationList:
        """The list that lies there then; the broker was told of it."""
        before = self.told
        self.admission.apply(STATE)
        assert self.told == before + 1
        return x509.load_pem_x509_crl((self.folder / CRL_FILE).read_bytes())


@pytest.fixture(scope="module")
def authority() -> Authority:
    term = Term(
        serial=b"\x01" * SERIAL_BYTES, not_before=NOON, not_after=NOON + timedelta(days=3650)
    )
    return new_authority(ec.generate_private_key(ec.SECP256R1()), name="Devices", term=term)


@pytest.fixture
def broker(tmp_path: Path, authority: Authority) -> Broker:
    return Broker(tmp_path, authority)


def holds(found: x509.CertificateRevocationList, at: datetime) -> bool:
    assert found.next_update_utc is not None
    return found.last_update_utc <= at < found.next_update_utc


def test_the_file_names_every_topic_a_device_may_write(broker: Broker) -> None:
    broker.apply()
    blocks = (broker.folder / ACL_FILE).read_text().split("\nuser ")
    named = {block.split("\n")[0]: block.split("\n")[1:] for block in blocks[1:]}
    written = [line.removeprefix("topic write ") for line in named[str(SHOP)] if line]
    assert tuple(written) == DeviceTopics(SHOP).all_up
    assert named[str(STOLEN)][0] == "topic deny #"
    assert "write" not in blocks[0]


@pytest.mark.parametrize("what", ["garbage", "unreadable"])
def test_a_broken_list_is_replaced_and_the_broker_told(broker: Broker, what: str) -> None:
    path = broker.folder / CRL_FILE
    if what == "garbage":
        path.write_bytes(b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n")
    else:
        path.symlink_to(path)  # whoever reads it gets an OSError, root too
    with capture_logs() as said:
        found = broker.apply()
    assert holds(found, NOON)
    assert found.get_revoked_certificate_by_serial_number(0xAB) is not None
    assert [one["event"] for one in said] == ["revocations_unread"]


def test_of_two_lists_the_later_says_so_also_within_a_second(broker: Broker) -> None:
    """The broker keeps every list that it ever read, and of two of one time the older."""
    lists = [broker.apply() for _ in range(3)]
    times = [found.last_update_utc for found in lists]
    assert times == sorted(set(times))
    assert all(holds(found, NOON) for found in lists)


@pytest.mark.parametrize("ahead", [timedelta(hours=23), timedelta(days=2), timedelta(days=3650)])
def test_a_clock_that_was_ahead_leaves_no_list_of_the_future(
    broker: Broker, ahead: timedelta
) -> None:
    broker.clock.at = NOON + ahead
    before = broker.apply()
    broker.clock.at = NOON
    for seconds in (0, 2, 4):
        broker.clock.at = NOON + timedelta(seconds=seconds)
        after = broker.apply()
        assert holds(after, broker.clock.at)
        if holds(before, broker.clock.at):
            assert after.last_update_utc > before.last_update_utc
        before = after
