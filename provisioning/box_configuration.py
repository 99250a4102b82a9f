"""What the technician's command reads of an agent's configuration file."""

import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct

from protocol.errors import Malformed


class BoxConfiguration(Struct, frozen=True, kw_only=True):
    """The settings that matter here; the agent knows more. Paths are as `read` resolved them."""

    data_dir: Path
    device_id: str
    broker_host: str | None = None
    broker_port: int = 8883
    broker_tls: bool = True
    hub_url: str | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


def read_configuration(path: Path) -> BoxConfiguration:
    """Relative paths start from the file's folder. Raises Malformed `bad-configuration`."""
    try:
        values = tomllib.loads(path.read_text())
        for name in ("data_dir", "ca_file", "certificate_file", "key_file"):
            if name in values:
                values[name] = path.parent / values[name]
        return msgspec.convert(values, BoxConfiguration)
    except (OSError, TypeError, ValueError) as error:
        raise Malformed("bad-configuration", f"{path} cannot be used: {error}") from error
