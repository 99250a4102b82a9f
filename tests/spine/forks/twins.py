"""A second box: the same certificate, a copy of the first one's folder."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from provisioning.demo.ports import free_port
from provisioning.demo.spawning import ChildSpec
from provisioning.demo.stack import Agent
from tests.spine.running import Running

_EDGE = str(Path(sys.executable).parent / "hanout-edge")
_EXPORT_S = 60.0


def exported(config: Path) -> bytes:
    """What `hanout-edge export` writes of a box: all that its journal holds, signed."""
    out = config.with_suffix(".hanout")
    command = [_EDGE, "export", "--config", str(config), "--out", str(out), "--all"]
    subprocess.run(command, check=True, timeout=_EXPORT_S, stdout=subprocess.DEVNULL)
    return out.read_bytes()


@contextmanager
def twin(
    world: Running, agent: Agent, data_dir: Path, *, settings: Mapping[str, object] | None = None
) -> Iterator[Agent]:
    """An agent on `data_dir`, with the first one's identity and other settings, until the end."""
    config = tomllib.loads((world.stack.folder / f"{agent.store.slug}.toml").read_text())
    port = free_port()
    config |= {"data_dir": str(data_dir), "listen_port": port, **(settings or {})}
    file = data_dir.with_suffix(".toml")
    file.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in config.items()))
    name = f"{agent.store.slug}-twin"
    world.children.start_child(
        ChildSpec(
            name=name,
            command=(_EDGE, "serve", "--config", str(file)),
            log_file=data_dir.with_suffix(".log"),
            ready=lambda child: child.json_line("ready") is not None,
        )
    )
    try:
        yield replace(agent, url=f"http://127.0.0.1:{port}", port=port, data_dir=data_dir)
    finally:
        world.children.stop(name)
