"""Exports: beside a running agent, from a dead box's card, and of a damaged journal."""

import asyncio
import json
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge_agent.cli import app
from protocol.codec.archive import ArchiveReader
from protocol.codec.certificates import has_signed, read_issued
from tests.fakes.authority import Authority
from tests.integration.edge_agent.shop_seed import DEVICE, write_config
from tests.unit.edge_agent.journal.test_service import Shop, fact

AUTHORITY = Authority()


@pytest.fixture
async def shop(tmp_path: Path) -> Any:
    (tmp_path / "data").mkdir()
    shop = Shop(tmp_path / "data")
    await shop.writer.start()
    await shop.readers.open()
    await shop.writer.submit(lambda c: shop.journal.install(c, device_id=DEVICE, epoch=1))
    yield shop
    await shop.readers.close()
    await shop.writer.stop()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    AUTHORITY.device_files(tmp_path, DEVICE)
    # As a claimed box has them: relative to the configuration.
    return write_config(
        tmp_path,
        data_dir="data",
        ca_file="ca.crt",
        certificate_file="device.crt",
        key_file="device.key",
    )


def export(config: Path, *more: str) -> tuple[int, dict[str, Any], Path]:
    out = config.parent / "journal.hanout"
    done = CliRunner().invoke(
        app, ["export", "--config", str(config), "--out", str(out), "--json", *more]
    )
    assert done.stdout, done.stderr
    return done.exit_code, json.loads(done.stdout), out


def facts_of(out: Path) -> list[bytes]:
    """The archive's facts, once its signature is found good."""
    reader = ArchiveReader()
    batches = list(reader.feed(out.read_bytes()))
    signature = reader.finish()
    assert reader.header is not None
    issued = read_issued(reader.header.certificate_pem, ca_pem=AUTHORITY.pem)
    assert issued.device_id == DEVICE
    assert has_signed(issued.public_key, signature, digest=reader.digest)
    return [raw for batch in batches for raw in batch.facts]


async def test_what_the_hub_lacks_is_exported_while_the_agent_runs(
    shop: Shop, config: Path
) -> None:
    raws = [fact(number, reason="x" * 2_000) for number in range(150)]
    await shop.append(*raws)
    await shop.ack(20)
    status, told, out = export(config)
    assert (status, told["from"], told["to"], told["facts"]) == (0, 21, 150, 130)
    assert facts_of(out) == raws[20:]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    await shop.append(fact(200))  # nobody was locked out
    assert export(config, "--all")[1]["facts"] == 151
    assert facts_of(out) == [*raws, fact(200)]
    await shop.ack(151)
    assert export(config)[1] == {
        "from": 152,
        "to": 151,
        "facts": 0,
        "file": None,
        "broken_at": None,
    }


async def test_a_later_epoch_goes_into_frames_of_its_own(shop: Shop, config: Path) -> None:
    rows = await shop.append(fact(1), fact(2), fact(3))
    await shop.writer.submit(
        lambda c: shop.journal.adopt_epoch(c, epoch=2, base_seq=1, base_hash=rows[0].hash)
    )
    assert export(config, "--all")[0] == 0
    assert facts_of(config.parent / "journal.hanout") == [fact(1), fact(2), fact(3)]


async def test_a_card_mounted_read_only_is_read_with_its_log(
    shop: Shop, config: Path, tmp_path: Path
) -> None:
    """The box died: nothing was checkpointed, and the card is not to be changed."""
    await shop.append(fact(1), fact(2))
    card = tmp_path / "card"
    shutil.copytree(tmp_path / "data", card / "data")
    (card / "data" / "hanout.db-shm").unlink()
    for name in ("edge.toml", "ca.crt", "device.crt", "device.key"):
        shutil.copy(tmp_path / name, card / name)
    assert (card / "data" / "hanout.db-wal").stat().st_size > 0
    script = (
        f"mount --bind {card} {card} && mount -o remount,ro,bind {card} && "
        f"exec {Path(sys.executable).parent}/hanout-edge export "
        f"--config {card}/edge.toml --out {tmp_path}/journal.hanout --json"
    )
    done = await asyncio.to_thread(
        subprocess.run,
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert facts_of(tmp_path / "journal.hanout") == [fact(1), fact(2)]
    assert not (card / "data" / "hanout.db-shm").exists()


@pytest.mark.fault(13, "CL")
async def test_a_damaged_row_ends_the_archive_and_is_told(shop: Shop, config: Path) -> None:
    """A flipped byte of the journal is found by its hash; what lies before it is exported."""
    await shop.append(*(fact(number) for number in range(5)))

    def damage(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE journal SET bytes = x'7b7d' WHERE seq = 4")

    await shop.writer.submit(damage)
    status, told, out = export(config)
    assert (status, told["to"], told["broken_at"]) == (1, 3, 4)
    assert facts_of(out) == [fact(0), fact(1), fact(2)]


def test_without_journal_or_key_nothing_is_written(config: Path) -> None:
    out = config.parent / "journal.hanout"
    arguments = ["export", "--config", str(config), "--out", str(out)]
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, out.exists()) == (2, False)
    assert "no journal to read" in done.stderr
    unsigned = write_config(config.parent)
    done = CliRunner().invoke(app, ["export", "--config", str(unsigned), "--out", str(out)])
    assert (done.exit_code, out.exists()) == (2, False)
