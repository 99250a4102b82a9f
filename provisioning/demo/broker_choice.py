"""Which broker this machine gets: Mosquitto if it is there or can be installed, else NATS."""

import os
import shutil
import subprocess
from pathlib import Path

from provisioning.demo.broker import Broker, Certificates
from provisioning.demo.mosquitto import MosquittoBroker, mosquitto_program
from provisioning.demo.nats import NatsBroker

_INSTALL_TIMEOUT_S = 180
_INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "mosquitto")
_UPDATE = ("apt-get", "update")


def choose_broker(folder: Path, *, pki: Certificates) -> Broker:
    """Not yet started; the hub's gatekeeper keeps its door. As root on Debian or Ubuntu a missing
    Mosquitto is installed first."""
    if mosquitto_program() is None:
        _install_mosquitto()
    if mosquitto_program() is None:
        return NatsBroker(folder / "nats", pki=pki, guarded=True)
    return MosquittoBroker(folder / "mosquitto", pki=pki, guarded=True)


def _install_mosquitto() -> None:
    """As far as it goes: where it fails, the caller falls back."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    for command in (_INSTALL, _UPDATE, _INSTALL):
        if _succeeds(command) and mosquitto_program() is not None:
            return


def _succeeds(command: tuple[str, ...]) -> bool:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, env=quiet, capture_output=True, timeout=_INSTALL_TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
