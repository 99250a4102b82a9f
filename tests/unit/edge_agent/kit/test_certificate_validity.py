import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.kit.certificate_validity import read_validity
from protocol.errors import Malformed
from tests.fakes.authority import Authority, new_key

KEY = new_key()


@given(seconds=st.integers(-(10**9) // 4, 7 * 10**9), name=st.integers(1, 60))
def test_it_reads_what_the_library_reads(seconds: int, name: int) -> None:
    now = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
    made = Authority(now=now).device("x" * name, KEY.public_key())
    certificate = x509.load_pem_x509_certificate(made.encode())
    expected = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    assert read_validity(made) == expected
    assert expected[1] - expected[0] == timedelta(days=91)


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAgEA\n-----END CERTIFICATE-----\n",
    ],
)
def test_what_is_no_certificate_is_said(pem: str) -> None:
    with pytest.raises(Malformed):
        read_validity(pem)


@given(cut=st.integers(0, 500), flip=st.integers(0, 255))
def test_damage_is_malformed_or_some_time_but_never_anything_else(cut: int, flip: int) -> None:
    der = bytearray(ssl.PEM_cert_to_DER_cert(Authority().device("x", KEY.public_key())))
    der[cut % len(der)] ^= flip
    with suppress(Malformed):
        read_validity(ssl.DER_cert_to_PEM_cert(bytes(der)))
