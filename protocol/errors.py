"""Every error of Hanout, in one tree.

    HanoutError                 root; never raised itself
    ├── Refused                 a rule says no; the same request cannot succeed as things stand
    ├── NotFound                what was named does not exist, or not for this caller
    ├── Forbidden               the caller is known and may not
    ├── Unauthenticated         the caller is not known, or no longer
    ├── Malformed               the payload's shape or values are wrong, whatever the state
    ├── Throttled               too often; try again after `retry_after_s`
    ├── Unavailable             something outside is gone for now (device, broker, database); retry
    ├── LocalProtocolError      we broke the sync protocol: a bug of ours, let it crash
    └── RemoteProtocolError     the peer broke it: keep the bytes, quarantine, never retry

The file's law: an error says what happened (`code`, stable, kebab-case, for programs), what to do
about it (`message`, a sentence for people) and where (`fields`). How an error looks over HTTP is
not known here: each program's kit maps classes to statuses, because rules also run without HTTP.
"""

from collections.abc import Mapping
from types import MappingProxyType


class HanoutError(Exception):
    """Root of all errors.

    `code`: stable kebab-case word, part of the public interface.
    `message`: a human sentence that says what to do.
    `fields`: offending field (dotted path, e.g. ``lines.0.quantity``) → why.
    """

    code: str = "error"

    def __init__(self, code: str, message: str, *, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.fields: Mapping[str, str] = MappingProxyType(dict(fields or {}))

    def __str__(self) -> str:
        where = "".join(f"; {name}: {why}" for name, why in self.fields.items())
        return f"[{self.code}] {self.message}{where}"


class Refused(HanoutError):
    """A rule says no: wrong totals, short tender, closed shift, a reused id with another body."""

    code = "refused"


class NotFound(HanoutError):
    """What was named does not exist, or not for this caller (the two are told apart nowhere)."""

    code = "not-found"


class Forbidden(HanoutError):
    """The caller is known and lacks the permission."""

    code = "forbidden"


class Unauthenticated(HanoutError):
    """No, unknown, expired or revoked credentials."""

    code = "unauthenticated"


class Malformed(HanoutError):
    """The payload's shape or values are wrong, whatever the state of the shop."""

    code = "malformed"


class Throttled(HanoutError):
    """Too many attempts. `retry_after_s`: seconds to wait, at least one."""

    code = "throttled"

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry_after_s: int,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, message, fields=fields)
        self.retry_after_s = max(1, retry_after_s)


class Unavailable(HanoutError):
    """A device, broker, database or queue cannot serve now; the same request may succeed later."""

    code = "unavailable"


class LocalProtocolError(HanoutError):
    """We asked our own side of the sync protocol for something it forbids: a bug, not a state."""

    code = "local-protocol-error"


class RemoteProtocolError(HanoutError):
    """The peer sent what the protocol forbids: keep the bytes, quarantine them, never retry."""

    code = "remote-protocol-error"
