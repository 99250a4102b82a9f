"""What makes a Z more than a sum: it goes on where the last one stood, and bears a signature."""

from base64 import b64encode
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from edge_agent.main.signing import DeviceSigner
from edge_agent.sync.keys import new_key
from edge_agent.tills import store
from protocol.codec.certificates import public_key_of
from protocol.codec.facts import decode_fact
from protocol.codec.signatures import split_signature, z_is_signed_by
from protocol.messages.facts import Fact
from protocol.messages.sync import RegisterFloor
from protocol.messages.till import Addenda, Perpetual, ShiftClosed
from tests.unit.edge_agent.embedded_till import Json, Till, open_till


def perpetual(sales_minor: int, *, year: int = 2026) -> Perpetual:
    return Perpetual(
        sales_minor=sales_minor,
        returns_minor=0,
        sales_count=10,
        returns_count=0,
        duty_minor=0,
        year=year,
        year_sales_minor=sales_minor,
        year_returns_minor=0,
    )


async def raws(till: Till) -> list[tuple[bytes, bytes]]:
    """Hash and bytes of every fact."""
    return await till.agent.writer.submit(
        lambda connection: connection.execute(
            "SELECT hash, bytes FROM journal ORDER BY seq"
        ).fetchall()
    )


async def facts(till: Till) -> list[Fact]:
    return [decode_fact(raw) for _, raw in await raws(till)]


async def late(till: Till, shift_id: str) -> Json:
    answer = await till.sell(shift_id, mode="handed_over")
    assert answer.status_code == 201
    return dict(answer.json())


async def test_the_next_z_tells_of_what_came_after_the_last_one_and_only_once(
    tmp_path: Path,
) -> None:
    async with open_till(tmp_path) as till:
        first = await till.open_shift()
        await till.sell(first["id"])
        z1 = await till.close_shift(first["id"])
        assert (z1["perpetual"]["sales_minor"], z1["addenda"]) == (12_000, [])
        assert (await late(till, first["id"]))["addendum_to_z"] == 1
        second = await till.open_shift()
        x = (await till.get("/v1/shifts/current/x")).json()
        told = {"z_number": 1, "sales_count": 1, "sales_minor": 12_000}
        assert x["addenda"] == [{**told, "returns_count": 0, "returns_minor": 0}]
        await till.sell(second["id"])
        z2 = await till.close_shift(second["id"])
        assert z2["addenda"] == x["addenda"]
        assert (z2["gross_minor"], z2["perpetual"]["sales_minor"]) == (12_000, 36_000)
        assert (z2["perpetual"]["sales_count"], z2["perpetual"]["year"]) == (3, 2026)
        z3 = await till.close_shift((await till.open_shift())["id"])
        assert (z3["addenda"], z3["perpetual"]) == ([], z2["perpetual"])
        closed = [fact.body for fact in await facts(till) if isinstance(fact.body, ShiftClosed)]
        assert [body.addenda for body in closed[:2]] == [
            [],
            [
                Addenda(
                    z_number=1, returns_count=0, returns_minor=0, sales_count=1, sales_minor=12_000
                )
            ],
        ]


async def test_a_year_begins_at_zero_and_the_perpetual_goes_on(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        first = await till.open_shift()
        await till.sell(first["id"])
        await till.close_shift(first["id"])
        till.clock.advance(timedelta(days=330))
        await till.sign_in()
        second = await till.open_shift()
        await till.sell(second["id"])
        z = await till.close_shift(second["id"])
        assert z["perpetual"]["year"] == 2027
        assert z["perpetual"]["year_sales_minor"] == 12_000
        assert z["perpetual"]["sales_minor"] == 24_000


@pytest.mark.parametrize(("hub_z", "sales_minor"), [(41, 1_012_000), (1, 24_000)])
async def test_a_replaced_box_goes_on_from_what_the_hub_holds(
    tmp_path: Path, hub_z: int, sales_minor: int
) -> None:
    """Where the hub knows of a later Z its totals count, else this box's own."""
    async with open_till(tmp_path) as till:
        first = await till.open_shift()
        await till.sell(first["id"])
        await till.close_shift(first["id"])
        floor = RegisterFloor(
            register_id=UUID(first["register_id"]),
            z_number=hub_z,
            business_date=date(2026, 3, 2),
            perpetual=perpetual(1_000_000),
        )
        second = await till.open_shift()
        await till.sell(second["id"])
        await till.agent.writer.submit(lambda connection: store.raise_z_floor(connection, floor))
        older = RegisterFloor(
            register_id=floor.register_id,
            z_number=1,
            business_date=date(2026, 3, 1),
            perpetual=perpetual(5),
        )
        if hub_z > 1:
            await till.agent.writer.submit(
                lambda connection: store.raise_z_floor(connection, older)
            )
        z = await till.close_shift(second["id"])
        assert z["z_number"] == hub_z + 1
        assert z["perpetual"]["sales_minor"] == sales_minor


async def test_a_z_names_the_head_of_the_journal_that_it_closes(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        await till.sell(shift["id"])
        z = await till.close_shift(shift["id"])
        *_, (head, _), (_, raw) = await raws(till)
        body = decode_fact(raw).body
        assert isinstance(body, ShiftClosed)
        assert body.chain_hash == head == bytes.fromhex(z["chain_hash"])
        assert (body.signature, z["signature"]) == (b"", None)


def test_a_z_is_signed_by_the_devices_key(tmp_path: Path) -> None:
    key_pem = new_key()
    (tmp_path / "device.key").write_bytes(key_pem)
    signer = DeviceSigner(tmp_path / "device.crt", tmp_path / "device.key")
    unsigned = b'{"body":{"z_number":1}}'
    signature = signer.sign(unsigned)
    assert signature is not None
    signed = b'{"body":{"z_number":1,"signature":"' + b64encode(signature) + b'"}}'
    assert split_signature(signed) == (unsigned, signature)
    assert z_is_signed_by(signed, public_key=public_key_of(key_pem))


@pytest.mark.parametrize("key", [None, b"no key at all"])
def test_a_key_that_cannot_be_read_closes_no_register(tmp_path: Path, key: bytes | None) -> None:
    if key is not None:
        (tmp_path / "device.key").write_bytes(key)
    with capture_logs() as logs:
        assert DeviceSigner(tmp_path / "device.crt", tmp_path / "device.key").sign(b"{}") is None
    assert [entry["event"] for entry in logs] == ["z_unsigned"]
