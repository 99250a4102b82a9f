"""A Z goes on from those before it, tells of late tickets once, and is signed by its device."""

from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hub.fleet.models import DeviceKey
from hub.tills.perpetual_rules import (
    ADDENDA_DIFFER,
    NUMBER_GAP,
    PERPETUAL_BREAKS,
    SIGNATURE_WRONG,
    UNSIGNED,
    Standings,
    ZBefore,
    added,
    addenda_differences,
    perpetual_differences,
    signature_difference,
    signer,
)
from protocol.codec.certificates import public_key_of
from protocol.codec.facts import encode_fact
from protocol.codec.signatures import sign_z
from protocol.messages.till import Addenda, Perpetual, ShiftClosed
from tests.integration.hub.foundation import NOON
from tests.unit.hub.tills.test_rules import SHOP_ID, z_of

LATE = Addenda(z_number=1, sales_count=2, sales_minor=900, returns_count=1, returns_minor=100)


def z(number: int, before: Perpetual | None, *, year: int = 2026, **changes: object) -> ShiftClosed:
    """The Z of this number that goes on from there."""
    made = msgspec.structs.replace(z_of(seed=number), z_number=number, **changes)
    late = added(made.addenda).values()
    of_year = before if before is not None and before.year == year else None
    sales, returns = sum(each[1] for each in late), sum(each[3] for each in late)
    names = ("sales_minor", "returns_minor", "sales_count", "returns_count", "duty_minor")
    last = {name: getattr(before, name) if before else 0 for name in names}
    return msgspec.structs.replace(
        made,
        perpetual=Perpetual(
            sales_minor=last["sales_minor"] + made.gross_minor + sales,
            returns_minor=last["returns_minor"] + made.returns_minor + returns,
            sales_count=last["sales_count"] + made.sales_count + sum(each[0] for each in late),
            returns_count=last["returns_count"] + made.returns_count + sum(e[2] for e in late),
            duty_minor=last["duty_minor"] + made.duty_minor,
            year=year,
            year_sales_minor=(of_year.year_sales_minor if of_year else 0)
            + made.gross_minor
            + sales,
            year_returns_minor=(
                (of_year.year_returns_minor if of_year else 0) + made.returns_minor + returns
            ),
        ),
    )


def after(made: ShiftClosed) -> ZBefore:
    """What the next Z of its register and year goes on from."""
    standings = Standings()
    standings.follow(SHOP_ID, made)
    return standings.before(SHOP_ID, made)


def test_standings_know_each_register_currency_and_year_by_itself() -> None:
    standings = Standings()
    euros = z(1, None, currency="EUR")
    standings.follow(SHOP_ID, euros)
    assert standings.before(UUID(int=9), euros) == ZBefore()
    dinars = standings.before(SHOP_ID, z(2, None))
    assert (dinars.z_number, dinars.last) == (1, None)
    for year in range(2026, 2090):
        standings.follow(SHOP_ID, z(year, None, year=year))
    newest = standings.before(SHOP_ID, z(2090, None, year=2089))
    assert newest.last == newest.of_year
    assert standings.before(SHOP_ID, z(2090, None, year=2026)).of_year is None


def test_zs_that_go_on_from_each_other_are_silent_over_years_and_late_tickets() -> None:
    standings, last = Standings(), None
    for number in range(1, 12):
        year = 2026 + number // 6
        late = [LATE] if number in (3, 6) else []
        made = z(number, last, year=year, addenda=late, duty_minor=300 * number)
        assert perpetual_differences(made, standings.before(SHOP_ID, made)) == []
        last = made.perpetual
        standings.follow(SHOP_ID, made)


def test_an_agent_without_totals_is_not_held_to_them() -> None:
    assert perpetual_differences(z_of(seed=1), ZBefore(z_number=7)) == []


@pytest.mark.parametrize(
    "name",
    [
        "sales_minor",
        "returns_minor",
        "sales_count",
        "returns_count",
        "duty_minor",
        "year_sales_minor",
        "year_returns_minor",
    ],
)
@pytest.mark.parametrize("by", [-1, 1])
def test_a_total_that_was_moved_is_named(name: str, by: int) -> None:
    first = z(1, None)
    second = z(2, first.perpetual)
    assert second.perpetual is not None
    said = getattr(second.perpetual, name) + by
    wrong = msgspec.structs.replace(
        second, perpetual=msgspec.structs.replace(second.perpetual, **{name: said})
    )
    before = after(first)
    found = perpetual_differences(wrong, before)
    assert [(each.code, each.subject, each.expected, each.found) for each in found] == [
        (PERPETUAL_BREAKS, f"perpetual.{name}", str(said - by), str(said))
    ]


def test_late_tickets_may_be_of_another_year_and_bear_duty() -> None:
    """No more of them than there are, though."""
    first = z(1, None)
    second = z(2, first.perpetual, addenda=[LATE])
    before = after(first)
    totals = second.perpetual
    assert totals is not None
    for name, least, most in (
        ("year_sales_minor", totals.year_sales_minor - 900, totals.year_sales_minor),
        ("duty_minor", totals.duty_minor, totals.duty_minor + 10_000),
    ):
        for said, odd in ((least - 1, True), (least, False), (most, False)):
            changed = msgspec.structs.replace(totals, **{name: said})
            found = perpetual_differences(
                msgspec.structs.replace(second, perpetual=changed), before
            )
            assert bool(found) is odd, (name, said)
    beyond = msgspec.structs.replace(totals, year_sales_minor=totals.year_sales_minor + 1)
    assert perpetual_differences(msgspec.structs.replace(second, perpetual=beyond), before)


@pytest.mark.parametrize("number", [1, 3])
def test_a_number_that_does_not_follow_is_named(number: int) -> None:
    first = z(1, None)
    made = z(number, first.perpetual)
    found = perpetual_differences(made, after(first))
    assert [(each.code, each.expected, each.found) for each in found] == [
        (NUMBER_GAP, "2", str(number))
    ]


def test_late_tickets_are_told_of_as_they_are_held() -> None:
    made = z(2, None, addenda=[LATE])
    told = added([LATE, LATE])
    assert told == {1: (4, 1_800, 2, 200)}
    assert addenda_differences(made, told=told, held={1: (4, 1_800, 2, 200)}) == []
    found = addenda_differences(made, told=told, held={1: (4, 1_800, 1, 200)})
    assert [(each.code, each.subject, each.expected, each.found) for each in found] == [
        (ADDENDA_DIFFER, "addenda.1.returns_count", "1", "2")
    ]
    missing = addenda_differences(made, told=told, held={})
    assert len(missing) == 4


def _key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _certified(key_pem: bytes, serial: str) -> DeviceKey:
    return DeviceKey(serial=serial, public_key=public_key_of(key_pem), issued_at=NOON)


def _raw(made: ShiftClosed) -> bytes:
    return encode_fact(id=SHOP_ID, at=NOON, store_id=SHOP_ID, body=made)


def test_a_signature_is_of_one_of_the_devices_keys() -> None:
    old, new, other = _key(), _key(), _key()
    keys = [_certified(new, "b2"), _certified(old, "a1")]
    unsigned = z(1, None)
    signed = msgspec.structs.replace(unsigned, signature=sign_z(_raw(unsigned), key_pem=old))
    assert signer(_raw(signed), keys) == "a1"
    assert signature_difference(signed, keys, serial="a1") is None
    forged = msgspec.structs.replace(unsigned, signature=sign_z(_raw(unsigned), key_pem=other))
    assert signer(_raw(forged), keys) is None
    wrong = signature_difference(forged, keys, serial=None)
    assert wrong is not None
    assert (wrong.code, wrong.expected) == (SIGNATURE_WRONG, "b2, a1")
    changed = msgspec.structs.replace(signed, gross_minor=signed.gross_minor + 1)
    assert signer(_raw(changed), keys) is None


def test_an_unsigned_z_of_a_device_with_a_key_is_named() -> None:
    made = z(1, None)
    missing = signature_difference(made, [_certified(_key(), "a1")], serial=None)
    assert missing is not None
    assert missing.code == UNSIGNED
    assert signature_difference(made, [], serial=None) is None
    assert signature_difference(z_of(seed=1), [_certified(_key(), "a1")], serial=None) is None
    twice = _raw(made).replace(b'"z_number"', b'"a":{"b":1,"signature":"AA=="},"z_number"')
    twice = twice.replace(b'"currency"', b'"c":{"b":1,"signature":"AA=="},"currency"')
    assert signer(twice, [_certified(_key(), "a1")]) is None
