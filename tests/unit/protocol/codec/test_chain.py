"""The hash chain: fixed widths, bound to the device, sensitive to everything."""

from hashlib import sha256
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from protocol.codec.chain import genesis, link, links

DEVICE = UUID("0192d6a0-0000-7000-8000-000000000001")


def test_the_links_are_the_documented_digests() -> None:
    start = sha256(DEVICE.bytes).digest()
    assert genesis(DEVICE) == start
    first = sha256(start + (1).to_bytes(8, "big") + (1).to_bytes(8, "big") + b"{}").digest()
    assert link(start, epoch=1, seq=1, raw=b"{}") == first
    assert links(start, epoch=1, first_seq=1, raws=[b"{}", b"[]"]) == [
        first,
        link(first, epoch=1, seq=2, raw=b"[]"),
    ]


_histories = st.tuples(st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1), st.binary(max_size=40))


@given(a=_histories, b=_histories)
def test_no_two_histories_share_a_hash(
    a: tuple[int, int, bytes], b: tuple[int, int, bytes]
) -> None:
    def hashed(history: tuple[int, int, bytes]) -> bytes:
        return link(genesis(DEVICE), epoch=history[0], seq=history[1], raw=history[2])

    assert (hashed(a) == hashed(b)) == (a == b)
