"""`hanout-edge verify`: a whole day holds, and one flipped byte anywhere does not."""

import json
import sqlite3
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app
from edge_agent.cli.verify.proving import Prover
from edge_agent.cli.verify.verdict import Verdict
from edge_agent.journal.reading import HeldFact
from protocol.codec.chain import genesis, link
from tests.fakes.authority import Authority
from tests.integration.edge_agent.shop_seed import DEVICE, write_config
from tests.unit.edge_agent.checkout.test_invoices import CARD, bring_back, invoice, issue, sell
from tests.unit.edge_agent.checkout.test_quotes import publish, quoted, sold_as_quoted
from tests.unit.edge_agent.embedded_till import Till, open_till

Json = dict[str, Any]


async def trade(till: Till) -> None:
    """Promotions, duty, invoices, returns, cash, addenda, two years and two Zs."""
    await publish(till)
    first = await till.open_shift()
    sale = await sold_as_quoted(till, first, await quoted(till, coupons=["DIX"]), coupons=["DIX"])
    plain = await sell(till, first)
    await issue(till, invoice(till, plain))
    back = await bring_back(till, first, plain)
    await issue(till, invoice(till, back, buyer=None))
    again = {**sale["lines"][0], "quantity": "1"}
    await till.sell(first["id"], mode="handed_over", **{**CARD, "totals": {"payable_minor": 1}})
    movement: Json = {"id": till.ids.next(), "shift_id": first["id"], "kind": "paid_in"}
    await till.post("/v1/cash-movements", {**movement, "amount_minor": 500, "reason": "coins"})
    await till.close_shift(first["id"])
    await till.sell(first["id"], mode="handed_over", **CARD)
    till.clock.advance(timedelta(days=330))
    await till.sign_in()
    second = await till.open_shift()
    line = {name: again[name] for name in ("line_no", "product_id", "quantity")}
    await till.post(
        "/v1/returns",
        {
            "id": till.ids.next(),
            "mode": "handed_over",
            "shift_id": second["id"],
            "rung_at": till.clock.now().isoformat(),
            "original_sale_id": sale["id"],
            "lines": [line],
            "tenders": [],
            "totals": {"payable_minor": 0},
        },
    )
    await sell(till, second)
    await till.close_shift(second["id"])


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    async with open_till(tmp_path / "data") as till:
        await trade(till)
    return tmp_path / "data"


def verify(*arguments: str | Path) -> tuple[int, Json]:
    done = CliRunner().invoke(app, ["verify", *map(str, arguments), "--json"])
    assert done.stdout, done.output
    return done.exit_code, json.loads(done.stdout)


def rows(folder: Path) -> list[HeldFact]:
    with sqlite3.connect(folder / "hanout.db") as connection:
        found = connection.execute("SELECT seq, epoch, hash, bytes FROM journal ORDER BY seq")
        return [HeldFact(seq=seq, epoch=epoch, hash=h, raw=raw) for seq, epoch, h, raw in found]


def rewritten(facts: list[HeldFact], old: bytes, new: bytes) -> list[HeldFact]:
    """The journal with other words, chained as if they had always been there."""
    previous, result = genesis(DEVICE), []
    for fact in facts:
        raw = fact.raw.replace(old, new)
        previous = link(previous, epoch=fact.epoch, seq=fact.seq, raw=raw)
        result.append(HeldFact(seq=fact.seq, epoch=fact.epoch, hash=previous, raw=raw))
    return result


def proved(facts: list[HeldFact], *, first: int = 1) -> Verdict:
    verdict = Verdict()
    previous = genesis(DEVICE) if first == 1 else None
    prover = Prover(verdict, first_seq=first, previous=previous, keys=[])
    for fact in facts:
        prover.take(fact)
    return verdict


def codes(verdict: Verdict) -> set[str]:
    return {fault.code for fault in verdict.faults}


def test_a_day_of_everything_holds(folder: Path) -> None:
    code, told = verify("--journal", folder)
    assert (code, told["ok"], told["faults"]) == (0, True, [])
    counts = {name: told[name] for name in ("ticket_count", "invoice_count", "z_count")}
    assert counts == {"ticket_count": 7, "invoice_count": 2, "z_count": 2}
    assert (told["flagged_count"], told["unproved_zs"], told["unsigned_zs"]) == (2, 0, 2)
    assert told["device_id"] == str(DEVICE)


def test_one_flipped_byte_is_found_whichever_it_is(folder: Path) -> None:
    facts = rows(folder)
    chance = Random(4)
    for _ in range(300):
        index = chance.randrange(len(facts))
        fact = facts[index]
        raw = bytearray(fact.raw)
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        flipped = HeldFact(seq=fact.seq, epoch=fact.epoch, hash=fact.hash, raw=bytes(raw))
        verdict = proved([*facts[:index], flipped, *facts[index + 1 :]])
        assert "chain" in codes(verdict)
        assert min(fault.seq for fault in verdict.faults) == fact.seq


def test_a_flipped_byte_on_the_card_ends_in_exit_code_1(folder: Path) -> None:
    with sqlite3.connect(folder / "hanout.db") as connection:
        connection.execute(
            "UPDATE journal SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Lait', 'Laid') AS BLOB)"
            " WHERE seq = 2"
        )
    code, told = verify("--journal", folder)
    assert (code, told["ok"], told["fault_count"]) == (1, False, 1)
    assert (told["faults"][0]["seq"], told["faults"][0]["code"]) == (2, "chain")
    done = CliRunner().invoke(app, ["verify", "--journal", str(folder)])
    assert done.exit_code == 1
    assert "chain" in done.stdout


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b'"payable_minor":12000', b'"payable_minor":12001', "figure"),
        (b'"receipt_number":2,', b'"receipt_number":9,', "receipt-number"),
        (b'"number":1,', b'"number":2,', "invoice-number"),
        (b'"net_minor":', b'"net_minor":1', "z-sum"),
        (b'"perpetual":{"sales_minor":', b'"perpetual":{"sales_minor":1', "z-sum"),
        (b'"z_number":2', b'"z_number":1', "z-number"),
        (b'"chain_hash":"', b'"chain_hash":"AAAA', "z-head"),
        (b'"type":"shift.opened"', b'"type":"shift.folded"', "unknown-type"),
        (b'"business_date":', b'"business_dote":', "incomplete"),
        (b'"quantity":"1"', b'"quantity":"NaN"', "figure"),
    ],
)
def test_a_journal_that_was_written_anew_does_not_add_up(
    folder: Path, old: bytes, new: bytes, code: str
) -> None:
    """Whoever holds the card can chain it anew; the figures must then agree with each other."""
    facts = rows(folder)
    changed = rewritten(facts, old, new)
    if code == "z-head":
        changed = rewritten(facts, b'"tendered_minor":12000', b'"tendered_minor":12000 ')
    else:
        assert [one.raw for one in changed] != [one.raw for one in facts]
    assert code in codes(proved(changed))


def test_what_follows_from_pruned_facts_is_unproved_and_no_fault(folder: Path) -> None:
    facts = rows(folder)
    for first in range(2, len(facts) + 1):
        verdict = proved(facts[first - 1 :], first=first)
        assert verdict.ok, (first, verdict.faults)
    late = proved(facts[6:], first=7)
    assert late.unproved_zs > 0
    assert late.unproved_tickets > 0


def test_a_gap_a_double_and_a_falling_epoch(folder: Path) -> None:
    facts = rows(folder)
    assert "gap" in codes(proved([facts[0], *facts[2:]]))
    twice = HeldFact(seq=2, epoch=1, hash=facts[1].hash, raw=facts[0].raw)
    assert {"chain", "id-reused"} <= codes(proved([facts[0], twice]))
    higher = HeldFact(seq=1, epoch=2, hash=facts[0].hash, raw=facts[0].raw)
    assert "epoch-falls" in codes(proved([higher, *facts[1:]]))


async def test_signed_zs_and_an_exported_file(tmp_path: Path) -> None:
    Authority().device_files(tmp_path, DEVICE)
    async with open_till(
        tmp_path / "data",
        certificate_file=tmp_path / "device.crt",
        key_file=tmp_path / "device.key",
    ) as till:
        await trade(till)
    config = write_config(
        tmp_path,
        data_dir="data",
        ca_file="ca.crt",
        certificate_file="device.crt",
        key_file="device.key",
    )
    assert verify("--config", config)[1]["signed_zs"] == 2
    assert verify("--journal", tmp_path / "data")[1]["unproved_signatures"] == 2
    out = tmp_path / "journal.hanout"
    exported = CliRunner().invoke(
        app, ["export", "--config", str(config), "--out", str(out), "--all", "--json"]
    )
    assert exported.exit_code == 0
    code, told = verify("--archive", out)
    assert (code, told["signed_zs"], told["z_count"]) == (0, 2, 2)
    content = bytearray(out.read_bytes())
    content[-20] ^= 1
    out.write_bytes(content)
    code, told = verify("--archive", out)
    assert (code, told["faults"][-1]["code"] in ("archive-signature", "bad-archive")) == (1, True)
    content[len(content) // 2] ^= 1
    out.write_bytes(content)
    assert verify("--archive", out)[0] == 1


def test_what_cannot_be_looked_at_is_exit_code_2(tmp_path: Path) -> None:
    run = CliRunner()
    for arguments in (
        [],
        ["--journal", str(tmp_path)],
        ["--archive", str(tmp_path / "none.hanout")],
        ["--journal", str(tmp_path), "--archive", str(tmp_path / "x")],
        ["--journal", str(tmp_path), "--certificate", str(tmp_path / "none.crt")],
    ):
        assert run.invoke(app, ["verify", *arguments]).exit_code == 2


def test_more_faults_than_fit_are_counted() -> None:
    verdict = proved(
        [HeldFact(seq=seq, epoch=1, hash=bytes(32), raw=b"{}") for seq in range(1, 800)]
    )
    assert (len(verdict.faults), verdict.fault_count) == (1_000, 2 * 799)
