import pytest

from protocol.errors import Malformed
from provisioning.claim_link import claim_link

CA = "ab" * 32
LINK = f"hanout://claim?hub=https%3A%2F%2Fhub.example&code=7KQ2-M9XA-04ZT&ca={CA}"


def test_a_scanned_link_says_everything() -> None:
    found = claim_link(LINK, hub_url=None, ca=None)
    assert (found.hub_url, found.code, found.ca) == ("https://hub.example", "7KQ2-M9XA-04ZT", CA)
    colons = ":".join(CA[start : start + 2].upper() for start in range(0, 64, 2))
    assert claim_link(LINK, hub_url="https://hub.example/", ca=colons).ca == CA


def test_a_typed_code_needs_the_hubs_address() -> None:
    assert claim_link(" 7KQ2-M9XA-04ZT ", hub_url="https://hub.example", ca=None).ca is None
    with pytest.raises(Malformed) as caught:
        claim_link("7KQ2-M9XA-04ZT", hub_url=None, ca=None)
    assert caught.value.code == "no-hub"


@pytest.mark.parametrize(
    ("text", "hub_url", "ca", "code"),
    [
        (LINK, "https://other.example", None, "contradiction"),
        (LINK, None, "cd" * 32, "contradiction"),
        ("7KQ2", "http://hub.example", None, "insecure-hub-url"),
        ("7KQ2", "ftp://hub.example", None, "bad-hub-url"),
        ("7KQ2", "https://", None, "bad-hub-url"),
        ("7KQ2", "https://[::1", None, "bad-hub-url"),
        ("7KQ2", "http://127.0.0.1:abc", None, "bad-hub-url"),
        ("7KQ2", "http://127.0.0.1:99999", None, "bad-hub-url"),
        ("7KQ2", "https://hub..example", None, "bad-hub-url"),
        ("7KQ2", f"https://{'x' * 64}.example", None, "bad-hub-url"),
        ("7KQ2", "https://hüb-.example", None, "bad-hub-url"),
        ("7KQ2", "https://xn--a.example", None, "bad-hub-url"),
        ("7KQ2", "https://hub .example", None, "bad-hub-url"),
        ("7KQ2", "https://\udcff", None, "bad-hub-url"),
        ("", "https://hub.example", None, "bad-code"),
        ("\udcff", "https://hub.example", None, "bad-code"),
        ("7KQ2", "https://hub.example", "beef", "bad-fingerprint"),
        ("https://claim?code=1", None, None, "bad-claim-link"),
        ("hanout://claim?code", None, None, "bad-claim-link"),
        ("hanout://claim?hub=https://hub.example", None, None, "bad-claim-link"),
    ],
)
def test_what_is_missing_contradicts_or_is_unsafe(
    text: str, hub_url: str | None, ca: str | None, code: str
) -> None:
    with pytest.raises(Malformed) as caught:
        claim_link(text, hub_url=hub_url, ca=ca)
    assert caught.value.code == code


def test_a_name_in_any_script_is_an_address() -> None:
    for host in ("hüb.example", "دكان.example", "hub.example:8443", "[2001:db8::1]"):
        assert claim_link("7KQ2", hub_url=f"https://{host}", ca=None).code == "7KQ2"


def test_only_this_machine_may_be_asked_in_the_clear() -> None:
    for host in ("localhost", "127.0.0.1", "[::1]"):
        assert claim_link("7KQ2", hub_url=f"http://{host}:8000", ca=None).code == "7KQ2"
