"""Programs under supervision: started, restarted, ended, and never left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol.errors import NotFound, Unavailable
from provisioning.demo.children import Children
from provisioning.demo.leftovers import end_leftovers
from provisioning.demo.spawning import Child, ChildFailed, ChildSpec

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
PRINTS_READY = 'import sys,time; print(\'{"event":"ready","url":"http://x"}\', flush=True); '
SERVES = PRINTS_READY + "time.sleep(600)"
IGNORES_TERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SERVES
HAS_A_CHILD = "import subprocess; subprocess.Popen(['sleep', '600']); " + SERVES
NEVER_READY = "import time; print('still thinking', flush=True); time.sleep(600)"


def spec(folder: Path, code: str, *, name: str = "shop", stop_timeout_s: float = 5.0) -> ChildSpec:
    return ChildSpec(
        name=name,
        command=(sys.executable, "-c", code),
        log_file=folder / f"{name}.log",
        ready=lambda child: child.json_line("ready") is not None,
        ready_timeout_s=5.0,
        stop_timeout_s=stop_timeout_s,
    )


def until(holds: Callable[[], bool], *, timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def children_of(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(word) for word in listed.split()]


def test_a_child_is_ready_when_its_probe_says_so_and_ends_gracefully(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start_child(spec(tmp_path, SERVES))
        assert child.json_line("ready") == {"event": "ready", "url": "http://x"}
        pid = children.pids()["shop"]
        children.stop("shop")
        assert children.pids() == {}
        assert not runs(pid)
    assert children.unexpected_exits() == ()
    assert list((tmp_path / "run").iterdir()) == []


def test_env_reaches_the_child(tmp_path: Path) -> None:
    code = "import os; print(os.environ['HANOUT_EDGE_DATA_DIR'], flush=True); " + SERVES
    wanted = ChildSpec(
        name="shop",
        command=(sys.executable, "-c", code),
        log_file=tmp_path / "shop.log",
        env={"HANOUT_EDGE_DATA_DIR": "/tmp/x"},
        ready=lambda child: "/tmp/x" in child.output(),
    )
    with Children(tmp_path) as children:
        children.start_child(wanted)


def test_a_child_that_ignores_the_signal_is_killed_after_its_deadline(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        children.start_child(spec(tmp_path, IGNORES_TERM, stop_timeout_s=0.2))
        pid = children.pids()["shop"]
    assert not runs(pid)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_grandchildren_end_with_the_child(tmp_path: Path, end: str) -> None:
    with Children(tmp_path) as children:
        children.start_child(spec(tmp_path, HAS_A_CHILD))
        [grandchild] = children_of(children.pids()["shop"])
        getattr(children, end)("shop")
        until(lambda: not runs(grandchild))


def test_an_early_end_says_why(tmp_path: Path) -> None:
    code = "import sys; print('no such broker', flush=True); sys.exit(3)"
    with Children(tmp_path) as children, pytest.raises(ChildFailed) as failure:
        children.start_child(spec(tmp_path, code))
    assert "status 3" in failure.value.message
    assert "no such broker" in failure.value.message


def test_a_child_that_is_never_ready_is_ended(tmp_path: Path) -> None:
    slow = spec(tmp_path, NEVER_READY)
    hasty = ChildSpec(
        name="shop",
        command=slow.command,
        log_file=slow.log_file,
        ready=slow.ready,
        ready_timeout_s=0.5,
    )
    with Children(tmp_path) as children:
        with pytest.raises(ChildFailed, match="still thinking"):
            children.start_child(hasty)
        assert children.pids() == {}


def test_an_unexpected_end_is_kept_with_its_reason_and_repaired(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        children.start_child(spec(tmp_path, SERVES))
        first = children.pids()["shop"]
        os.kill(first, signal.SIGKILL)
        until(lambda: children.pids().get("shop", first) != first)
        [ended] = children.unexpected_exits()
        assert ended.name == "shop"
        assert "status -9" in ended.reason
        assert not ended.given_up


def test_a_kill_on_purpose_stays_down_until_it_is_started(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        children.start_child(spec(tmp_path, SERVES))
        children.kill("shop")
        time.sleep(0.5)
        assert children.pids() == {}
        children.start("shop")
        assert "shop" in children.pids()
        assert children.unexpected_exits() == ()


def test_restarts_are_bounded(tmp_path: Path) -> None:
    once = tmp_path / "once"
    code = (
        f"import pathlib,sys; path = pathlib.Path({str(once)!r}); "
        "sys.exit(4) if path.exists() else path.touch(); " + SERVES
    )
    with Children(tmp_path, restarts_in_a_row=2) as children:
        children.start_child(spec(tmp_path, code))
        os.kill(children.pids()["shop"], signal.SIGKILL)
        until(lambda: any(ended.given_up for ended in children.unexpected_exits()))
        reasons = [ended.reason for ended in children.unexpected_exits()]
    assert [reason.split(".")[0].split()[-1] for reason in reasons] == ["-9", "4", "4"]


def test_closing_does_not_wait_for_a_start_in_progress(tmp_path: Path) -> None:
    first = tmp_path / "first"
    code = (
        f"import pathlib,time; path = pathlib.Path({str(first)!r}); "
        "time.sleep(600) if path.exists() else path.touch(); " + SERVES
    )
    patient = ChildSpec(
        name="shop",
        command=(sys.executable, "-c", code),
        log_file=tmp_path / "shop.log",
        ready=lambda child: child.json_line("ready") is not None,
        ready_timeout_s=600,
    )
    with Children(tmp_path) as children:
        children.start_child(patient)
        os.kill(children.pids()["shop"], signal.SIGKILL)
        until(lambda: len(children.pids()) == 1 and len(children.unexpected_exits()) == 1)


def test_an_unknown_name_is_not_found(tmp_path: Path) -> None:
    with Children(tmp_path) as children, pytest.raises(NotFound):
        children.stop("nobody")


LAUNCHER = """
import sys, time
from pathlib import Path
from provisioning.demo.children import Children
from provisioning.demo.spawning import ChildSpec
folder = Path(sys.argv[1])
with Children(folder) as children:
    child = children.start_child(ChildSpec(
        name="shop", command=(sys.executable, "-c", sys.argv[2]), log_file=folder / "shop.log",
        ready=lambda child: child.json_line("ready") is not None))
    print(child.pid, flush=True)
    time.sleep(600)
"""


def launch(folder: Path, code: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(folder), code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_launcher(tmp_path: Path, number: signal.Signals) -> None:
    with launch(tmp_path, SERVES) as launcher:
        assert launcher.stdout is not None
        pid = int(launcher.stdout.readline())
        launcher.send_signal(number)
        launcher.wait(timeout=10)
    until(lambda: not runs(pid))


def test_a_launcher_ended_while_it_starts_leaves_nothing(tmp_path: Path) -> None:
    with launch(tmp_path, NEVER_READY) as launcher:
        log = tmp_path / "shop.log"
        until(lambda: log.exists() and "still thinking" in log.read_text())
        [child] = children_of(launcher.pid) or [0]
        launcher.send_signal(signal.SIGINT)
        launcher.wait(timeout=10)
    until(lambda: not runs(child))


def test_the_next_start_ends_what_ignored_its_launchers_death(tmp_path: Path) -> None:
    with launch(tmp_path, IGNORES_TERM) as launcher:
        assert launcher.stdout is not None
        pid = int(launcher.stdout.readline())
        launcher.kill()
        launcher.wait(timeout=10)
    assert runs(pid)
    assert end_leftovers(tmp_path / "run", timeout_s=0.2) == ["shop"]
    assert not runs(pid)
    assert end_leftovers(tmp_path / "run") == []


def test_a_record_of_another_program_with_that_pid_ends_nothing(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as stranger:
        record = tmp_path / "shop.pid"
        record.write_text(f'{{"pid": {stranger.pid}, "started": 1, "boot": "x"}}')
        assert end_leftovers(tmp_path) == []
        record.write_text("half a rec")
        assert end_leftovers(tmp_path) == []
        assert runs(stranger.pid)
        stranger.kill()


def test_a_child_starts_from_any_thread_and_survives_it(tmp_path: Path) -> None:
    child = Child(spec(tmp_path, SERVES), record_dir=tmp_path / "run")
    starter = threading.Thread(target=child.start)
    starter.start()
    starter.join()
    time.sleep(0.3)
    assert child.pid is not None
    child.stop()
    assert child.pid is None


def test_a_second_launcher_leaves_the_first_ones_programs_alone(tmp_path: Path) -> None:
    with Children(tmp_path), pytest.raises(Unavailable, match="folder-in-use"), Children(tmp_path):
        pytest.fail("two launchers on one folder")
    with Children(tmp_path):
        pass
