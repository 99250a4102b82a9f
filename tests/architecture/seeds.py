"""One or more violations of each import contract, and the copy of the tree they are sown in."""

import shutil
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = ("protocol", "edge_agent", "hub", "provisioning", "migrations")


@dataclass(frozen=True)
class Seed:
    """Lines to append to modules (paths relative to the root) that break `contract`.

    `evidence` is what the linter's report then says, where that is not importer and imported.
    """

    contract: str
    lines: dict[str, str]
    evidence: str | None = None

    def is_named_in(self, report: str) -> bool:
        if self.evidence is not None:
            return self.evidence in report
        for path, line in self.lines.items():
            importer = path.removesuffix(".py").removesuffix("/seed").replace("/", ".")
            imported = line.removeprefix("import ").removesuffix(".seed")
            if not any(importer in one and imported in one for one in report.splitlines()):
                return False
        return True


def _import(contract: str, importer: str, imported: str) -> Seed:
    return Seed(contract, {importer: f"import {imported}"})


SEEDS = (
    _import("programs", "hub/kit/seed.py", "edge_agent"),
    _import("programs", "edge_agent/kit/seed.py", "provisioning"),
    _import("programs", "protocol/seed.py", "hub"),
    _import("programs", "hub/kit/seed.py", "migrations"),
    _import("protocol-order", "protocol/vocabulary/seed.py", "protocol.messages"),
    _import("protocol-order", "protocol/messages/seed.py", "protocol.codec"),
    Seed("protocol-order", {"protocol/undeclared/seed.py": ""}),
    _import("edge-order", "edge_agent/kit/seed.py", "edge_agent.storage"),
    _import("edge-order", "edge_agent/journal/seed.py", "edge_agent.sales"),
    _import("edge-order", "edge_agent/sales/seed.py", "edge_agent.stock"),
    Seed("edge-order", {"edge_agent/undeclared/seed.py": ""}),
    _import("hub-order", "hub/kit/seed.py", "hub.events"),
    _import("hub-order", "hub/ingest/seed.py", "hub.webhooks"),
    _import("hub-order", "hub/sales/seed.py", "hub.tills"),
    Seed("hub-order", {"hub/undeclared/seed.py": ""}),
    _import("slice-order", "edge_agent/sales/rules.py", "edge_agent.sales.service"),
    _import("slice-order", "edge_agent/sales/store.py", "edge_agent.sales.service"),
    _import("slice-order", "hub/sales/service.py", "hub.sales.routes"),
    _import("slice-order", "hub/sales/models.py", "hub.sales.repository"),
    _import("pure", "protocol/session/seed.py", "asyncio"),
    _import("pure", "edge_agent/sales/rules.py", "edge_agent.storage"),
    _import("pure", "hub/sales/rules.py", "hub.kit"),
    _import("pure", "edge_agent/devices/scale/codec.py", "socket"),
    _import("no-http-below-routes", "hub/sales/service.py", "fastapi"),
    _import("no-http-below-routes", "edge_agent/sales/store.py", "starlette"),
    _import("no-http-below-routes", "hub/sales/projection.py", "fastapi"),
    _import("no-http-below-routes", "hub/fleet/seed.py", "starlette"),
    _import("no-http-below-routes", "provisioning/seed.py", "fastapi"),
    _import("slice-private", "edge_agent/checkout/service.py", "edge_agent.sales.store"),
    _import("slice-private", "hub/ingest/service.py", "hub.sales.repository"),
    _import("slice-private", "hub/sales/service.py", "hub.fleet.command_repository"),
    _import("settings", "edge_agent/kit/seed.py", "edge_agent.settings"),
    _import("settings", "hub/dashboard/routes.py", "hub.settings"),
    Seed(
        "acyclic",
        {
            "protocol/vocabulary/seed.py": "import protocol.checkout.seed",
            "protocol/checkout/seed.py": "import protocol.vocabulary.seed",
        },
        evidence=".vocabulary -> .checkout",
    ),
    _import("demo", "provisioning/demo/seed.py", "hub"),
    _import("demo", "provisioning/seed.py", "edge_agent"),
    _import("demo-alone", "provisioning/demo/seed.py", "provisioning.claiming"),
    _import("demo-alone", "provisioning/cli.py", "provisioning.demo.plan"),
    Seed(
        "demo-alone",
        {"provisioning/__init__.py": "import provisioning.demo"},
        evidence="- provisioning imports provisioning.demo;",
    ),
    _import("tests", "edge_agent/kit/seed.py", "tests"),
)


def copy_tree(target: Path) -> None:
    """Copy what the linter reads: the programs, its configuration and our own contract type."""
    shutil.copy(ROOT / ".importlinter", target)
    for name in (*PROGRAMS, "tests/architecture"):
        ignored = shutil.ignore_patterns("node_modules", "__pycache__", "dist")
        shutil.copytree(ROOT / name, target / name, ignore=ignored)


def sow(seed: Seed, target: Path) -> None:
    for path, line in seed.lines.items():
        _make_module(target, target / path)
        with (target / path).open("a") as module:
            module.write(f"\n{line}\n")
        imported = line.removeprefix("import ").replace(".", "/")
        if imported.startswith(PROGRAMS) and not (target / imported).is_dir():
            _make_module(target, target / f"{imported}.py")


def _make_module(target: Path, module: Path) -> None:
    """Create the module and every package above it, where they do not exist."""
    module.parent.mkdir(parents=True, exist_ok=True)
    module.touch()
    package = module.parent
    while package != target:
        (package / "__init__.py").touch()
        package = package.parent
