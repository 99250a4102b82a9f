"""The device's certificate and key, and a renewed pair that waits to prove itself.

Beside `device.crt` and `device.key` there may be `device.next.crt` and `device.next.key`. The old
pair stays until the hub welcomed a connection made with the new one. Law: any power cut between two
steps leaves a pair whose certificate and key fit: promotion first renames the certificate, and
until the key has followed, the certificate is known by its fitting the *next* key.
"""

from pathlib import Path

from msgspec import Struct

from edge_agent.kit.durable_files import rename_durably, write_durably


class KeyPair(Struct, frozen=True):
    """A certificate and its key, both PEM."""

    certificate_file: Path
    key_file: Path


class DeviceIdentity:
    """The pairs of one device. Methods raise OSError when the disk fails."""

    def __init__(self, certificate_file: Path, key_file: Path) -> None:
        self._current = KeyPair(certificate_file, key_file)
        self._next = KeyPair(_next(certificate_file), _next(key_file))

    @property
    def next_key_file(self) -> Path:
        """Where a new key lies from before it is certified until it is the only one."""
        return self._next.key_file

    def current(self) -> KeyPair:
        """The pair in force; changes nothing, so it may be asked on a dead box's card."""
        if self._promotion_broke_off():
            return KeyPair(self._current.certificate_file, self._next.key_file)
        return self._current

    def waiting(self) -> KeyPair | None:
        """The renewed pair, if there is one that is not in force yet."""
        if self._next.certificate_file.exists() and self._next.key_file.exists():
            return self._next
        return None

    def settle(self) -> None:
        """After a power cut: end a promotion that was begun."""
        if self._promotion_broke_off():
            rename_durably(self._next.key_file, self._current.key_file)

    def keep_next(self, certificate_pem: str) -> None:
        """The certificate of the next key has come."""
        write_durably(self._next.certificate_file, certificate_pem.encode())

    def promote(self) -> None:
        """The hub knows the renewed pair: the old one is not needed any more."""
        rename_durably(self._next.certificate_file, self._current.certificate_file)
        rename_durably(self._next.key_file, self._current.key_file)

    def drop_next(self) -> None:
        """The renewed pair is of no use."""
        self._next.certificate_file.unlink(missing_ok=True)
        self._next.key_file.unlink(missing_ok=True)

    def _promotion_broke_off(self) -> bool:
        """The certificate was renamed, its key was not."""
        if self._next.certificate_file.exists() or not self._next.key_file.exists():
            return False
        from protocol.codec.certificates import fits  # noqa: PLC0415 — 17 MB, rarely used

        return fits(
            self._current.certificate_file.read_text(),
            key_pem=self._next.key_file.read_bytes(),
        )


def _next(file: Path) -> Path:
    return file.with_name(f"{file.stem}.next{file.suffix}")
