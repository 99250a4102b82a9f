"""The demo's command: the whole product on this machine; see `--help`.

Stdout carries JSON lines alone, flushed at once; everything for people goes to standard error.
Exit codes: 0 done, 1 the books disagree or something did not come up, 2 wrong usage, 130 ended
before anything was started.
"""

import asyncio
import json
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from protocol.errors import HanoutError
from provisioning.demo.children import Children
from provisioning.demo.progress import Progress
from provisioning.demo.run import Demo, Wishes
from provisioning.demo.watching import watch
from provisioning.demo.welcome import welcome


def demo(
    *,
    once: Annotated[
        bool, typer.Option("--once", help="Sell a bounded number, prove the books, end.")
    ] = False,
    sales: Annotated[
        int | None, typer.Option(min=1, help="Sale and return tickets to sell.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything drawn by chance.")] = 7,
    outages: Annotated[int, typer.Option(min=0, max=100, help="Faults on the way, in turn.")] = 0,
    input_file: Annotated[
        Path | None,
        typer.Option(
            "--input",
            exists=True,
            dir_okay=False,
            help="A parquet file with Online Retail's columns, sold by the first tenant; "
            "docs/replay.md says what becomes of each row.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print where everything is as one JSON line.")
    ] = False,
    replay: Annotated[bool, typer.Option(help="Sell; else only start.")] = True,
    data_dir: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path(".demo"),
) -> None:
    """Run the whole product here: two tenants, three shops, real sales. Ctrl-C ends all of it."""
    bounded = once or input_file is not None
    wishes = Wishes(
        data_dir=data_dir.absolute(),
        once=bounded,
        replay=replay,
        sales=sales if sales is not None or input_file is not None or not bounded else 2000,
        seed=seed,
        outages=outages,
        input=input_file,
    )
    console = Console(stderr=True)
    with Progress(console) as progress:
        try:
            ok = _supervised(wishes, progress, as_json=as_json)
        except HanoutError as error:
            console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
            ok = False
    raise typer.Exit(0 if ok else 1)


def _supervised(wishes: Wishes, progress: Progress, *, as_json: bool) -> bool:
    """Everything inside the supervisor, which ends all programs whatever happens."""
    with Children(wishes.data_dir) as children, asyncio.Runner() as runner:
        return runner.run(_stoppable(wishes, children, progress, as_json=as_json))


async def _stoppable(
    wishes: Wishes, children: Children, progress: Progress, *, as_json: bool
) -> bool:
    """Ends cleanly, as a success, on Ctrl-C and SIGTERM."""
    running = asyncio.current_task()
    assert running is not None
    stopped = False

    def stop() -> None:
        nonlocal stopped
        if not stopped:
            stopped = True
            progress.tell("ending everything")
            # What blocks in a thread ends at once; everything else by the cancellation.
            threading.Thread(target=children.close, daemon=True).start()
            running.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        return await _run(wishes, children, progress, as_json=as_json)
    except (asyncio.CancelledError, HanoutError, ExceptionGroup):
        if not stopped:
            raise
        return not wishes.once


async def _run(wishes: Wishes, children: Children, progress: Progress, *, as_json: bool) -> bool:
    one = await asyncio.to_thread(Demo, wishes, children, progress)
    watching = asyncio.create_task(watch(children, progress.tell))
    try:
        await one.up()
        progress.tell(welcome(one.stack.description()))
        if as_json:
            _print(one.stack.description())
        if wishes.replay:
            await one.sell()
        if wishes.once:
            line = await one.prove()
            _print(line)
            return bool(line["ok"])
        progress.tell("everything is running; Ctrl-C ends it")
        await watching
        return True
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await one.down()


def _print(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()
