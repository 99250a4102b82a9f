"""What cannot be booked is shown, settled and tried again by a manager."""

import sqlite3
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.edge_agent.shop_seed import CASHIER, MANAGER
from tests.unit.edge_agent.embedded_till import Json, Till, open_till


@pytest.fixture
async def till(tmp_path: Path) -> AsyncIterator[Till]:
    async with open_till(tmp_path / "data") as till:
        yield till


async def quarantine(till: Till, payable_minor: int = 1) -> str:
    """A reused id, handed over; the id."""
    shift = (await till.get("/v1/shifts/current")).json()
    if "id" not in shift:
        shift = await till.open_shift()
    sold = (await till.sell(shift["id"])).json()
    totals = {"payable_minor": payable_minor}
    aside = await till.sell(shift["id"], id=sold["id"], mode="handed_over", totals=totals)
    assert (aside.status_code, aside.json()["status"]) == (202, "quarantined")
    return str(sold["id"])


async def waiting(till: Till) -> list[Json]:
    return list((await till.get("/v1/quarantine")).json()["items"])


async def warnings(till: Till) -> list[str]:
    return list((await till.get("/readyz")).json()["warnings"])


async def test_it_is_for_managers(till: Till) -> None:
    ticket_id = await quarantine(till)
    for answer in (
        await till.get("/v1/quarantine"),
        await till.get(f"/v1/quarantine/{ticket_id}"),
        await till.post(f"/v1/quarantine/{ticket_id}/settle", {"reason": "seen"}),
        await till.post(f"/v1/quarantine/{ticket_id}/retry", {}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role-missing")


async def test_what_waits_is_shown_as_it_came_until_it_is_settled(till: Till) -> None:
    assert "tickets-quarantined" not in await warnings(till)
    ticket_id = await quarantine(till)
    assert "tickets-quarantined" in await warnings(till)
    await till.sign_in(MANAGER)
    (item,) = await waiting(till)
    assert (item["ticket_id"], item["reason"], item["kind"]) == (
        ticket_id, "sale-id-reused", "sale",
    )  # fmt: skip
    assert item["staff_id"] == str(CASHIER)
    (shown,) = (await till.get(f"/v1/quarantine/{ticket_id}")).json()["requests"]
    assert len(shown["body"]) == item["size_bytes"]
    assert '"mode":"handed_over"' in shown["body"]

    path = f"/v1/quarantine/{ticket_id}/settle"
    settled = await till.post(path, {"reason": "Rung up again."})
    assert settled.json() == {"ticket_id": ticket_id, "settled_count": 1}
    assert (await till.post(path, {"reason": "Rung up again."})).json()["settled_count"] == 0
    assert await waiting(till) == []
    assert (await till.get(f"/v1/quarantine/{ticket_id}")).status_code == 404
    assert (await till.get("/v1/sync")).json()["quarantined_count"] == 0
    assert "tickets-quarantined" not in await warnings(till)
    assert (await till.post(path, {"reason": ""})).status_code == 422


async def test_one_of_several_under_an_id_can_be_settled(till: Till) -> None:
    ticket_id = await quarantine(till, 1)
    shift = (await till.get("/v1/shifts/current")).json()
    await till.sell(shift["id"], id=ticket_id, mode="handed_over", totals={"payable_minor": 2})
    await till.sign_in(MANAGER)
    first, second = await waiting(till)
    page = (await till.get("/v1/quarantine?limit=1")).json()
    assert (page["items"], page["next"]) == ([first], first["number"])
    page = (await till.get(f"/v1/quarantine?after={page['next']}")).json()
    assert (page["items"], page["next"]) == ([second], None)
    settlement = {"reason": "seen", "number": first["number"]}
    await till.post(f"/v1/quarantine/{ticket_id}/settle", settlement)
    assert await waiting(till) == [second]


async def test_nothing_under_an_id_is_not_found(till: Till) -> None:
    await till.sign_in(MANAGER)
    path = f"/v1/quarantine/{till.ids.next()}"
    for answer in (
        await till.get(path),
        await till.post(f"{path}/settle", {"reason": "seen"}),
        await till.post(f"{path}/retry", {}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not-quarantined")


async def test_settled_ones_are_kept_for_ninety_days(till: Till) -> None:
    ticket_id = await quarantine(till)
    await till.sign_in(MANAGER)
    await till.post(f"/v1/quarantine/{ticket_id}/settle", {"reason": "Rung up again."})
    till.clock.advance(timedelta(days=89))
    await tidy(till)
    assert await rows(till) == [(str(MANAGER), "Rung up again.")]
    till.clock.advance(timedelta(days=2))
    await tidy(till)
    assert await rows(till) == []


async def test_settled_ones_take_no_more_than_their_share_of_the_disk(till: Till) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        connection.executemany(
            "INSERT INTO quarantined_ticket (ticket_id, reason, register_id, staff_id,"
            " received_at_ms, content_hash, body, settled_at_ms, settled_by, settled_why)"
            " VALUES (?, '', '', '', 0, x'00', zeroblob(16777216), ?, '', ?)",
            [(str(number), 2**42 + number, str(number)) for number in range(6)],
        )

    await till.agent.writer.submit(fill)
    await tidy(till)
    assert [why for _, why in await rows(till)] == ["2", "3", "4", "5"]


async def test_what_cannot_be_booked_still_waits_on_when_it_is_tried_again(till: Till) -> None:
    ticket_id = await quarantine(till)
    await till.sign_in(MANAGER)
    (item,) = await waiting(till)
    again = await till.post(f"/v1/quarantine/{ticket_id}/retry", {})
    assert again.json()["requests"] == [{"number": item["number"], "status": "quarantined"}]
    assert await waiting(till) == [item]


async def test_what_can_be_booked_by_now_is_in_the_name_of_who_rang_it_up(till: Till) -> None:
    """As after an update that takes what the release before could not."""
    ticket_id = await quarantine(till)

    def as_if_the_id_were_new(connection: sqlite3.Connection) -> None:
        connection.execute(
            "UPDATE quarantined_ticket SET ticket_id = ?,"
            " body = CAST(replace(CAST(body AS TEXT), ?, ?) AS BLOB)",
            (other, ticket_id, other),
        )

    other = till.ids.next()
    await till.agent.writer.submit(as_if_the_id_were_new)
    await till.sign_in(MANAGER)
    (item,) = await waiting(till)
    again = await till.post(f"/v1/quarantine/{other}/retry", {})
    assert again.json()["requests"] == [{"number": item["number"], "status": "booked"}]
    assert await waiting(till) == []
    assert (await till.get(f"/v1/sales/{other}")).json()["staff_id"] == str(CASHIER)
    assert await rows(till) == [(str(MANAGER), "retried: booked")]


@pytest.mark.parametrize("kind", ["sale", None])
async def test_what_nobody_can_read_waits_on(till: Till, kind: str | None) -> None:
    await quarantine(till)

    def spoil(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE quarantined_ticket SET body = x'7b', kind = ?", (kind,))

    await till.agent.writer.submit(spoil)
    await till.sign_in(MANAGER)
    (item,) = await waiting(till)
    again = await till.post(f"/v1/quarantine/{item['ticket_id']}/retry", {})
    assert [each["status"] for each in again.json()["requests"]] == ["quarantined"]
    assert len(await waiting(till)) == 1


async def tidy(till: Till) -> None:
    for some in till.agent.tidy:
        while await till.agent.writer.submit(some):
            pass
    await till.sign_in(MANAGER)


async def rows(till: Till) -> list[tuple[str, str]]:
    """Who settled, and why, the oldest first."""
    async with till.agent.readers.connection() as reader:
        found = await reader.execute_fetchall(
            "SELECT settled_by, settled_why FROM quarantined_ticket ORDER BY id"
        )
    return [(row[0], row[1]) for row in found]
