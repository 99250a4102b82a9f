"""Mosquitto's door (DESIGN §2.5): an ACL file and a list of revoked certificates.

Any certificate of the authority connects, under its own name alone; a device that is not named here
writes nothing, one that is writes its own topics, each of them named (docs/adr/0015). A revoked
device meets the list when it connects, and a deny line, which SIGHUP brings to bear on the
connection that it has.
"""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from cryptography import x509

from hub.fleet.authority import CLOCK_SKEW, Authority
from hub.fleet.ports import AdmissionState
from hub.fleet.reloading import Reload
from hub.kit.clock import Clock
from hub.kit.files import write_whole
from protocol.codec.topics import DeviceTopics

_log = structlog.get_logger(__name__)
ACL_FILE = "acl"
CRL_FILE = "revoked.crl"
# The gatekeeper writes it anew each day. When nobody does any more, nobody connects after this.
CRL_LIFETIME = timedelta(days=30)
_TICK = timedelta(seconds=1)

# %u is the certificate's common name, which is the device's UUID.
_READING = """\
pattern read r1/+/%u/dn/+
pattern read r1/+/%u/want
"""
_WORKER = """
user {name}
topic write r1/+/+/dn/+
topic write r1/+/+/want
topic read r1/+/+/up/+
topic read r1/+/+/pres
"""
_REVOKED = """
user {name}
topic deny #
"""


class MosquittoAdmission:
    """Implements `ports.BrokerAdmission` with two files in `folder`."""

    def __init__(self, folder: Path, *, authority: Authority, clock: Clock, reload: Reload) -> None:
        self._folder = folder
        self._authority = authority
        self._clock = clock
        self._reload = reload

    def apply(self, state: AdmissionState) -> None:
        """Write both files and have them read. Raises Unavailable."""
        write_whole(self._folder / ACL_FILE, acl_text(state).encode())
        write_whole(self._folder / CRL_FILE, self._revocations(state))
        self._reload()

    def _revocations(self, state: AdmissionState) -> bytes:
        """Later than the list before, since of two of one second the broker would keep the older;
        but one that holds now, also after a clock that was years ahead."""
        at = now = self._clock.now().replace(microsecond=0)
        before = self._last_update()
        if before is not None and before > now:
            _log.warning("revocations_from_the_future", last_update=before.isoformat())
        if before is not None:
            # A list says that it holds since CLOCK_SKEW before its time.
            at = max(now, min(before, now - _TICK) + _TICK + CLOCK_SKEW)
        return self._authority.revocations(
            sorted(state.serials),
            at=at,
            until=at + CRL_LIFETIME,
            number=int(at.timestamp()),
        )

    def _last_update(self) -> datetime | None:
        """What the list before says of its time. A hint: whatever is wrong with it, it goes."""
        path = self._folder / CRL_FILE
        try:
            return x509.load_pem_x509_crl(path.read_bytes()).last_update_utc
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            _log.warning("revocations_unread", path=str(path), reason=str(error))
            return None


def acl_text(state: AdmissionState) -> str:
    """The ACL file. Mosquitto looks each line's user up from the top: who is few comes first."""
    workers = (_WORKER.format(name=name) for name in sorted(state.workers))
    revoked = (_REVOKED.format(name=device_id) for device_id in sorted(state.revoked))
    return "".join([_READING, *workers, *revoked, *map(_writing, sorted(state.admitted))])


def _writing(device_id: UUID) -> str:
    """No wildcard: what a device may make up, it may have retained, without end."""
    topics = DeviceTopics(device_id).all_up
    return f"\nuser {device_id}\n" + "".join(f"topic write {topic}\n" for topic in topics)
