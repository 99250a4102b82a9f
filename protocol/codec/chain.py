"""The hash chain of a device's journal (promise N).

`h(0) = sha256(device uuid)`, `h(n) = sha256(h(n−1) ‖ epoch ‖ seq ‖ bytes)` with epoch and seq as
unsigned 64-bit big-endian, so no two different histories can read as the same bytes. Seq goes on
counting over epochs: a new epoch starts from the hash at the fork (DESIGN §2, Facts).
"""

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

HASH_BYTES = 32


def genesis(device_id: UUID) -> bytes:
    """The hash before a device's first fact. Bound to the device, so chains cannot be swapped."""
    return sha256(device_id.bytes).digest()


def link(previous: bytes, *, epoch: int, seq: int, raw: bytes) -> bytes:
    """The hash at `seq`, given the hash before it and the fact's exact bytes."""
    assert len(previous) == HASH_BYTES
    digest = sha256(previous)
    digest.update(epoch.to_bytes(8, "big") + seq.to_bytes(8, "big"))
    digest.update(raw)
    return digest.digest()


def links(previous: bytes, *, epoch: int, first_seq: int, raws: Iterable[bytes]) -> list[bytes]:
    """The hashes of a run of facts whose first one is `first_seq`."""
    hashes = []
    for seq, raw in enumerate(raws, first_seq):
        previous = link(previous, epoch=epoch, seq=seq, raw=raw)
        hashes.append(previous)
    return hashes
