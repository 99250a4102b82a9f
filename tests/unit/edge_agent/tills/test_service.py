import sqlite3
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from uuid import UUID

import msgspec
import pytest
from structlog.testing import capture_logs

from edge_agent.main.signing import DeviceSigner
from edge_agent.sales.service import SalesService
from edge_agent.shop.service import ShopParts, ShopService
from edge_agent.tills import store
from edge_agent.tills.service import TillParts, TillService
from protocol.messages.sync import RegisterFloor
from protocol.vocabulary.numbering import MAX_Z_NUMBER
from tests.integration.edge_agent.shop_seed import DEVICE, STORE
from tests.unit.edge_agent.embedded_till import Till, open_till


async def test_the_business_date_begins_at_the_cut_off_and_never_goes_back(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        assert till.clock.now().isoformat() == "2026-03-02T09:00:00+00:00"
        till.clock.advance(timedelta(hours=16, minutes=30))  # 02:30 in Algiers, before 03:00
        await till.sign_in()
        night = await till.open_shift()
        assert night["business_date"] == "2026-03-02"
        await till.close_shift(night["id"])
        till.clock.advance(timedelta(hours=1))
        morning = await till.open_shift()
        assert morning["business_date"] == "2026-03-03"
        await till.close_shift(morning["id"])
        till.clock.advance(-timedelta(days=400))
        assert (await till.open_shift())["business_date"] == "2026-03-03"


async def test_a_z_can_be_neither_changed_nor_deleted(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        z = await till.close_shift(shift["id"])
        for change in ("UPDATE z_report SET z_number = 2", "DELETE FROM z_report"):

            def work(connection: sqlite3.Connection, change: str = change) -> None:
                connection.execute(change)

            with pytest.raises(sqlite3.IntegrityError, match="never"):
                await till.agent.writer.submit(work)
        assert (await till.get("/v1/z-reports/1")).json() == z
        assert (await till.get("/v1/z-reports/2")).status_code == 404


async def test_zs_that_this_box_lost_are_numbered_past(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        register_id = UUID(shift["register_id"])
        for z_number, day in ((41, 5), (40, 4)):  # the hub may repeat itself, and be late
            floor = RegisterFloor(
                register_id=register_id, z_number=z_number, business_date=date(2026, 3, day)
            )
            await till.agent.writer.submit(partial(store.raise_z_floor, floor=floor))
        assert (await till.close_shift(shift["id"]))["z_number"] == 42
        after = await till.open_shift()
        assert after["business_date"] == "2026-03-05"
        assert (await till.close_shift(after["id"]))["z_number"] == 43


async def test_a_floor_after_which_there_is_no_next_z_is_passed_over(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        shift = await till.open_shift()
        register_id, day = UUID(shift["register_id"]), date(2026, 3, 5)
        odd = (-1, 0, MAX_Z_NUMBER + 1, 2**63 - 1, 2**63, 10**30)
        floors = [
            RegisterFloor(register_id=register_id, z_number=number, business_date=day)
            for number in (*odd, 41)
        ]
        # As they come over the wire.
        told = msgspec.json.decode(msgspec.json.encode(floors), type=list[RegisterFloor])
        with capture_logs() as logs:
            await tills_of(till).raise_floors(told)
        assert [line["event"] for line in logs] == ["floors_passed_over"]
        assert logs[0]["registers"] == [str(register_id)] * len(odd)
        assert (await till.close_shift(shift["id"]))["z_number"] == 42
        with capture_logs() as logs:
            await tills_of(till).raise_floors(told[-1:])
        assert logs == []


@pytest.mark.fault(25, "E,H")
async def test_a_year_that_the_hub_disproves_holds_no_register(tmp_path: Path) -> None:
    """A shift was opened by a clock ten years ahead; put right, the next one has its own day once
    the hub has said what day it is, and not before."""
    async with open_till(tmp_path) as till:
        today = till.clock.now()
        dates = []
        for heard, days_off in ((False, 3_650), (False, 0), (True, 0), (True, -2)):
            till.clock.at = today + timedelta(days=days_off)
            await till.sign_in()
            if heard:
                till.agent.journal.heard_hub(today)
            shift = await till.open_shift()
            dates.append(date.fromisoformat(shift["business_date"]))
            z = await till.close_shift(shift["id"])
            assert z["z_number"] == len(dates)
        future = (today + timedelta(days=3_650)).date()
        assert dates == [future, future, today.date(), today.date()]


def tills_of(till: Till) -> TillService:
    """The agent's till service, on its own files."""
    agent, clock = till.agent, till.clock
    shop = ShopParts(
        writer=agent.writer,
        readers=agent.readers,
        clock=clock,
        random_bytes=Random(1).randbytes,
        device_id=DEVICE,
        store_id=STORE,
    )
    return TillService(
        TillParts(
            writer=agent.writer,
            journal=agent.journal,
            tickets=SalesService(agent.readers),
            shop=ShopService(shop),
            clock=clock,
            new_id=lambda: UUID(till.ids.next()),
            broadcast=agent.broadcast,
            signer=DeviceSigner(None, None),
        )
    )


async def test_what_is_asked_of_no_shift_is_not_found(tmp_path: Path) -> None:
    async with open_till(tmp_path) as till:
        for path in ("/v1/shifts/current", "/v1/shifts/current/x", "/v1/z-reports/1"):
            assert (await till.get(path)).status_code == 404
        closing = {"counted_cash_minor": 0}
        unknown = await till.post(f"/v1/shifts/{till.ids.next()}/close", closing)
        assert unknown.json()["code"] == "unknown-shift"
