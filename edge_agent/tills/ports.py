"""What the tills are handed: the device's key is another slice's affair."""

from typing import Protocol


class ZSigner(Protocol):
    """Signs Zs with the key of the device's certificate. Called in the writer's thread."""

    def sign(self, unsigned_fact: bytes) -> bytes | None:
        """The signature of a `shift.closed` fact; None where this box has no key (that can be
        read): a shift closes all the same (promise E)."""
        ...
