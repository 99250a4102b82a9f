"""Servers that the demo does without: a broker whose door the hub keeps, a pooler to be killed."""

from collections.abc import Mapping
from pathlib import Path

from provisioning.demo.mosquitto import MosquittoBroker
from provisioning.demo.pki import Pki
from provisioning.demo.spawning import ChildSpec
from tests.integration.hub.kit.pgbouncer import PgBouncer


class GuardedBroker(MosquittoBroker):
    """Reads who may enter from `door`, which `hanout-hub admission` writes."""

    def __init__(self, folder: Path, *, pki: Pki) -> None:
        super().__init__(folder, pki=pki)
        self.door = self.folder / "door"
        self.pid_file = self.folder / "broker.pid"

    def forget(self) -> None:
        """Whatever it kept is gone, as after its disk's death; it must not run."""
        for kept in self.folder.glob("mosquitto.db*"):
            kept.unlink()

    def _configuration(self) -> Mapping[str, str]:
        own = super()._configuration()["mosquitto.conf"]
        own = own.replace(f"acl_file {self.folder}/acl", f"acl_file {self.door}/acl")
        own += f"crlfile {self.door}/revoked.crl\npid_file {self.pid_file}\n"
        return {"mosquitto.conf": own}


def pooler_spec(pooler: PgBouncer, folder: Path) -> ChildSpec:
    """PgBouncer as a program that can be killed and started again."""
    return ChildSpec(
        name="pooler",
        wrapper=pooler.wrapper,
        command=pooler.command,
        log_file=folder / "pooler.log",
        ready=lambda child: "process up" in child.output(),
    )
