"""A real agent as a process on a disk that fails, fills or stalls while tablets sell."""

import errno
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.integration.edge_agent.shop_seed import MILK, write_config
from tests.integration.edge_agent.tablet import Json, RunningAgent, Tablet
from tests.powercut.cutting import compile_shim
from tests.powercut.sick_disk import SickDisk
from tests.powercut.small_disk import small_disk

pytestmark = pytest.mark.slow
_STALL_S = 5


class Shop:
    """A seeded agent, its disk's sickness, a tablet with an open shift."""

    def __init__(self, folder: Path, shim: Path) -> None:
        self.disk = SickDisk(shim, folder / "data")
        self.agent = RunningAgent(
            write_config(folder, ballast_bytes=1024 * 1024), environment=self.disk.environment
        )
        self.tablet = Tablet(self.agent)

    def sell_until_refused(self, most: int = 3000) -> tuple[list[Json], httpx.Response | None]:
        answered: list[Json] = []
        for _ in range(most):
            try:
                answer = self.tablet.post("/v1/sales", self.tablet.sale())
            except httpx.TransportError:
                return answered, None
            if answer.status_code != 201:
                return answered, answer
            answered.append(dict(answer.json()))
        raise AssertionError("it was never refused")

    def look(self, path: str) -> Json:
        answer = self.tablet.get(path)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@pytest.fixture(scope="session")
def sick_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_shim("sick_disk", tmp_path_factory.mktemp("sick_disk"))


@pytest.fixture
def shop(folders: dict[str, Path], sick_disk: Path, tmp_path: Path) -> Iterator[Shop]:
    shutil.copytree(folders["sell"], tmp_path / "data")
    shop = Shop(tmp_path, sick_disk)
    with shop.agent, shop.tablet:
        shop.tablet.open_shift()
        yield shop


@pytest.mark.fault(11, "A,L")
def test_a_failed_fsync_ends_the_agent_and_is_never_repeated(shop: Shop) -> None:
    """fsync answers EIO in the middle of sales: that sale gets an error, the agent touches the
    disk no more and ends with 1; started anew, every answered sale is there."""
    answered = [shop.tablet.sell() for _ in range(5)]
    shop.disk.fail_fsync()
    more, refused = shop.sell_until_refused()
    assert more == []
    if refused is not None:  # the answer may have been lost with the process
        assert (refused.status_code, refused.json()["code"]) == (503, "storage-failed")
    assert shop.agent.wait() == 1
    assert (shop.disk.failed_count, shop.disk.tried_after_count) == (1, 0)
    shop.agent.start_without(shop.disk.environment)
    for sold in answered:
        assert shop.look(f"/v1/sales/{sold['id']}") == sold
    assert shop.agent.stop() == 0


@pytest.mark.fault(12, "E,G,L")
def test_no_space_for_a_write_refuses_and_comes_back(shop: Shop) -> None:
    """Every write answers ENOSPC: sales are refused with what to do, nothing else breaks, and once
    there is room the same sale is booked."""
    shop.tablet.sell()
    shop.disk.fail_writes(errno.ENOSPC)
    body = shop.tablet.sale()
    refused = shop.tablet.post("/v1/sales", body)
    assert (refused.status_code, refused.json()["code"]) == (503, "disk-full")
    assert shop.look("/readyz")["warnings"] == ["disk-full"]
    assert shop.look("/v1/sync")["disk_state"] == "full"
    assert "hanout_edge_disk_low 1.0" in shop.tablet.get("/metrics").text
    shop.disk.fail_writes(0)
    assert shop.tablet.post("/v1/sales", body).status_code == 201
    assert shop.look("/v1/shifts/current/x")["sales_count"] == 2
    assert shop.agent.stop() == 0


@pytest.mark.fault(14, "E,L")
def test_a_stalled_disk_is_waited_for_while_the_api_answers(shop: Shop) -> None:
    """The disk takes five seconds for an fsync: the sale waits and is answered, the rest of the API
    answers at once and says that the disk is slow."""
    shop.tablet.sell()
    body = shop.tablet.sale()
    answers: list[httpx.Response] = []
    selling = threading.Thread(target=lambda: answers.append(shop.tablet.post("/v1/sales", body)))
    shop.disk.stall(1000 * _STALL_S)
    selling.start()
    seen: list[list[str]] = []
    looker = httpx.Client(base_url=shop.agent.url, timeout=_STALL_S / 2, trust_env=False)
    with looker:
        while selling.is_alive():
            for path in ("/livez", "/v1/sync", "/metrics"):
                assert looker.get(path).status_code == 200
            seen.append(looker.get("/readyz").json()["warnings"])
            time.sleep(0.2)
    selling.join()
    shop.disk.stall(0)
    assert [answer.status_code for answer in answers] == [201]
    assert ["storage-slow"] in seen
    shop.tablet.sell()
    assert shop.look("/readyz")["warnings"] == []
    assert shop.agent.stop() == 0


@pytest.mark.fault(12, "A,E,G,L")
def test_a_disk_without_room_sells_to_its_end(folders: dict[str, Path], tmp_path: Path) -> None:
    """A real disk of 12 MiB fills up, the log's file on it too: other work is refused first, sales
    last and in words, nothing answered is lost, and freed room is used at once."""
    with small_disk(tmp_path / "disk", mib=12) as disk:
        shutil.copytree(folders["sell"], disk / "data")
        config = write_config(disk, ballast_bytes=1024 * 1024, log_level="debug")
        with (
            (disk / "log").open("w") as log,
            RunningAgent(config, stderr=log) as agent,
            Tablet(agent) as tablet,
        ):
            tablet.open_shift()
            time.sleep(0.5)  # the ballast is laid down after the first answers
            other = disk / "other"
            _fill(other, leave_bytes=256 * 1024)
            moved = tablet.post("/v1/stock-movements", _loss(tablet))
            assert (moved.status_code, moved.json()["code"]) == (503, "disk-low")
            answered = [tablet.sell() for _ in range(3)]
            _fill(other, leave_bytes=0)
            while (answer := tablet.post("/v1/sales", tablet.sale())).status_code == 201:
                answered.append(dict(answer.json()))
                assert len(answered) < 5000
            assert (answer.status_code, answer.json()["code"]) == (503, "disk-full")
            assert len(answered) > 20
            other.unlink()
            answered.append(tablet.sell())
            for sold in answered:
                assert tablet.get(f"/v1/sales/{sold['id']}").json() == sold
            assert agent.stop() == 0


def _fill(file: Path, *, leave_bytes: int) -> None:
    with file.open("ab", buffering=0) as sink:
        while shutil.disk_usage(file.parent).free > leave_bytes:
            try:
                sink.write(bytes(16384))
            except OSError:
                return


def _loss(tablet: Tablet) -> Json:
    line = {"product_id": str(MILK), "quantity": "-1"}
    return {"id": tablet.ids.next(), "kind": "waste", "reason": "broken", "lines": [line]}
