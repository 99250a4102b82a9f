"""The compose file and the workflow, checked as far as that goes where no container can run.

Their schemas hold, every command and option they name exists, every variable is a field of the
program's settings, every port that is published or spoken to is one that something listens on.
"""

import posixpath
import re
import subprocess
import sys
from fnmatch import fnmatch
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from pydantic_settings import BaseSettings

from edge_agent.settings import EdgeSettings
from hub.fleet.mosquitto import ACL_FILE, CRL_FILE
from hub.settings import HubSettings
from provisioning.demo import postgres
from tests.architecture.tree import ROOT, tracked_files

COMPOSE = ROOT / "docker-compose.yml"
WORKFLOW = ROOT / ".github" / "workflows" / "check.yml"
SETTINGS: dict[str, type[BaseSettings]] = {
    "HANOUT_EDGE_": EdgeSettings,
    "HANOUT_HUB_": HubSettings,
}

# What `make assets` builds: folder with package.json, folder within it that the build makes.
ASSETS = {"edge_agent/register_app": "dist", "hub/dashboard": "static/built"}
INSTALLS_PACKAGE = re.compile(r"pip install .*\s\.$", re.MULTILINE)

Service = dict[str, Any]


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return loaded


def our_services() -> dict[str, Service]:
    """The services that run one of our commands."""
    services: dict[str, Service] = compose()["services"]
    return {
        name: service
        for name, service in services.items()
        if str(service.get("command", [""])[0]).startswith("hanout-")
    }


def command_complaints(words: list[str]) -> list[str]:
    """What is wrong with a command line: unknown program, sub-command or option."""
    program, name, *rest = words
    found = entry_points(group="console_scripts", name=program)
    if not found:
        return [f"there is no command {program}"]
    app: typer.Typer = next(iter(found)).load()
    group: Any = typer.main.get_group(app)
    command = group.get_command(None, name)
    if command is None:
        return [f"{program} has no command {name}"]
    parameters = command.params
    known = {option for parameter in parameters for option in parameter.opts}
    needed = {parameter.opts[0] for parameter in parameters if parameter.required}
    given = {word.partition("=")[0] for word in rest if word.startswith("--")}
    return [
        *(f"{program} {name} has no option {option}" for option in sorted(given - known)),
        *(f"{program} {name} needs {option}" for option in sorted(needed - given)),
    ]


def variable_complaints(environment: dict[str, Any]) -> list[str]:
    complaints = []
    for variable in environment:
        for prefix, settings in SETTINGS.items():
            field = variable.removeprefix(prefix).lower()
            if variable.startswith(prefix) and field not in settings.model_fields:
                complaints.append(f"{variable} is no field of {settings.__name__}")
    return complaints


def imported_folders(folder: str) -> set[str]:
    """Where the browsers' sources in the folder import from outside of it."""
    found = set()
    for path in tracked_files():
        if path.startswith(f"{folder}/") and path.endswith((".ts", ".tsx", ".mjs")):
            for name in re.findall(r'from "([.][^"]+)"', (ROOT / path).read_text()):
                imported = posixpath.normpath(f"{posixpath.dirname(path)}/{name}")
                found.add(posixpath.dirname(imported))
    return {one for one in found if not f"{one}/".startswith(f"{folder}/")}


def image_complaints(dockerfile: str) -> list[str]:
    """An image that installs the package has the assets built and laid into the tree first."""
    installed = INSTALLS_PACKAGE.search(dockerfile)
    if installed is None:
        return []
    before = dockerfile[: installed.start()].splitlines()
    complaints = []
    for folder, built in ASSETS.items():
        needed = {folder, *imported_folders(folder)}
        missing = [one for one in sorted(needed) if f"COPY {one} {one}" not in before]
        complaints += [f"{folder} is built without {one}" for one in missing]
        building = f"RUN cd /assets/{folder} && npm ci --no-audit --no-fund && npm run build"
        laying = f"COPY --from=assets /assets/{folder}/{built} {folder}/{built}"
        complaints += [f"lacks: {line}" for line in (building, laying) if line not in before]
    return complaints


def reaches_the_build(path: str, ignored: list[str]) -> bool:
    """As .dockerignore decides: the last pattern that matches the path or a folder above it."""
    parts = path.split("/")
    above = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    passes = True
    for line in ignored:
        pattern = line.removeprefix("!")
        anywhere = pattern.startswith("**/")
        names = (
            parts if anywhere else [one for one in above if one.count("/") == pattern.count("/")]
        )
        if any(fnmatch(name, pattern.removeprefix("**/")) for name in names):
            passes = line.startswith("!")
    return passes


def check_schema(schema: str, document: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [str(program), f"--builtin-schema=vendor.{schema}", str(document)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_postgres_has_room_for_the_locks_that_the_tests_give_it() -> None:
    """A look at all months' partitions holds a lock for each; the default is 64."""
    (server,) = re.findall(
        r'"max_locks_per_transaction": "(\d+)"', Path(postgres.__file__).read_text()
    )
    assert f"max_locks_per_transaction={server}" in compose()["services"]["postgres"]["command"]


@pytest.mark.parametrize(
    ("schema", "document"), [("compose-spec", COMPOSE), ("github-workflows", WORKFLOW)]
)
def test_the_schema_holds(schema: str, document: Path, tmp_path: Path) -> None:
    result = check_schema(schema, document)
    assert result.returncode == 0, result.stdout

    broken = yaml.safe_load(document.read_text())
    broken[next(key for key in ("services", "jobs") if key in broken)] = ["not a mapping"]
    seeded = tmp_path / document.name
    seeded.write_text(yaml.safe_dump(broken))
    assert check_schema(schema, seeded).returncode != 0


def test_every_command_exists() -> None:
    services = our_services()
    assert {service["command"][0] for service in services.values()} == {"hanout-hub", "hanout-edge"}
    for service in services.values():
        assert command_complaints(service["command"]) == []


@pytest.mark.parametrize(
    "words",
    [
        ["hanout-till", "sell"],
        ["hanout-hub", "sell"],
        ["hanout-hub", "serve", "--unheard-of=1"],
        ["hanout-edge", "serve"],
    ],
    ids=" ".join,
)
def test_an_unknown_command_is_seen(words: list[str]) -> None:
    assert command_complaints(words)


def test_every_image_of_ours_holds_what_browsers_load() -> None:
    dockerfiles = [service["build"]["dockerfile_inline"] for service in our_services().values()]
    assert all(INSTALLS_PACKAGE.search(dockerfile) for dockerfile in dockerfiles)
    assert [image_complaints(dockerfile) for dockerfile in dockerfiles] == [[]] * len(dockerfiles)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"^RUN .*dashboard && npm ci .*\n", ""),
        (r"^COPY protocol/vectors .*\n", ""),
        (r"^COPY hub/dashboard .*\n", ""),
        (r"^COPY --from=assets .*/dist\n", ""),
        (r"^(COPY --from=assets .*/built)\n(RUN .* \.)\n", r"\2\n\1\n"),
    ],
)
def test_an_image_without_assets_is_seen(pattern: str, replacement: str) -> None:
    dockerfile = our_services()["hub-serve"]["build"]["dockerfile_inline"]
    broken, changes = re.subn(pattern, replacement, dockerfile, flags=re.MULTILINE)
    assert changes == 1
    assert image_complaints(broken)


def test_all_that_the_images_are_built_of_reaches_their_build() -> None:
    """And nothing that was built or installed here, nor a secret."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    shipped = ("edge_agent/", "hub/", "migrations/", "protocol/", "provisioning/", "requirements/")
    files = {".ci/wheel.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"}
    needed = [path for path in tracked_files() if path in files or path.startswith(shipped)]
    assert files <= set(needed)
    assert [path for path in needed if not reaches_the_build(path, ignored)] == []
    strangers = (
        *(f"{folder}/{built}/x.js" for folder, built in ASSETS.items()),
        *(f"{folder}/node_modules/x.js" for folder in ASSETS),
        *(".env", ".secrets/ca.key", ".venv/bin/python", ".demo/hub.log", ".git/config"),
    )
    assert [path for path in strangers if reaches_the_build(path, ignored)] == []


def test_every_role_of_the_hub_runs() -> None:
    commands = [service["command"][1] for service in our_services().values()]
    assert set(commands) == {"migrate", "ca", "admission", "serve", "ingest", "work"}


def test_every_variable_is_a_setting() -> None:
    for service in our_services().values():
        assert service["environment"]
        assert variable_complaints(service["environment"]) == []


def test_an_unknown_variable_is_seen() -> None:
    assert variable_complaints({"HANOUT_HUB_UNHEARD_OF": "1"})


def test_every_required_setting_is_given() -> None:
    services = our_services()
    for name, settings in (("shop", EdgeSettings), ("hub-serve", HubSettings)):
        prefix = str(settings.model_config.get("env_prefix"))
        required = {
            f"{prefix}{field}".upper()
            for field, declared in settings.model_fields.items()
            if declared.is_required()
        }
        assert required - set(services[name]["environment"]) == set()


def test_ports_meet() -> None:
    """What is published, proxied or connected to is what the other side listens on."""
    whole = compose()
    services, configs = whole["services"], whole["configs"]
    mosquitto = re.search(r"^listener (\d+)$", configs["mosquitto.conf"]["content"], re.MULTILINE)
    pgbouncer = re.search(r"listen_port = (\d+)", configs["pgbouncer.ini"]["content"])
    assert mosquitto is not None
    assert pgbouncer is not None
    hub, shop = services["hub-serve"]["environment"], services["shop"]["environment"]
    assert services["mosquitto"]["ports"] == [f"{mosquitto[1]}:{mosquitto[1]}"]
    assert hub["HANOUT_HUB_BROKER_PORT"] == mosquitto[1] == shop["HANOUT_EDGE_BROKER_PORT"]
    for pooled in ("HANOUT_HUB_DATABASE_URL", "HANOUT_HUB_INGEST_DATABASE_URL"):
        assert f"@pgbouncer:{pgbouncer[1]}/" in hub[pooled]
    assert "@postgres:5432/" in hub["HANOUT_HUB_LOCK_DATABASE_URL"], "session locks need a session"
    assert f"hub-serve:{hub['HANOUT_HUB_LISTEN_PORT']} " in configs["Caddyfile"]["content"]
    assert services["shop"]["ports"] == ["{0}:{0}".format(shop["HANOUT_EDGE_LISTEN_PORT"])]


def test_only_the_proxy_and_the_broker_are_reached_from_outside() -> None:
    published = {name for name, service in compose()["services"].items() if "ports" in service}
    assert published == {"caddy", "mosquitto", "shop"}


def test_secrets_volumes_and_configs_are_declared() -> None:
    whole = compose()
    for service in whole["services"].values():
        assert set(service.get("secrets", [])) <= set(whole["secrets"])
        assert {config["source"] for config in service.get("configs", [])} <= set(whole["configs"])
        mounts = {mount.partition(":")[0] for mount in service.get("volumes", [])}
        assert {name for name in mounts if not name.startswith(".")} <= set(whole["volumes"])


def test_the_brokers_door_is_kept_by_who_can_reach_it() -> None:
    """The broker reads what `admission` writes, and is the process that it tells."""
    whole = compose()
    services, configs = whole["services"], whole["configs"]
    folders = {
        name: next(
            mount.partition(":")[2] for mount in services[name]["volumes"] if "door" in mount
        )
        for name in ("mosquitto", "admission", "admission-files")
    }
    for keeper in ("admission", "admission-files"):
        assert f"--directory={folders[keeper]}" in services[keeper]["command"]
    lines = configs["mosquitto.conf"]["content"].splitlines()
    assert f"acl_file {folders['mosquitto']}/{ACL_FILE}" in lines
    assert f"crlfile {folders['mosquitto']}/{CRL_FILE}" in lines
    assert services["admission"]["pid"] == "service:mosquitto"
    (pid_file,) = services["admission"]["configs"]
    assert f"--pid-file={pid_file['target']}" in services["admission"]["command"]
    assert configs[pid_file["source"]]["content"] == "1"
    assert "admission-files" in services["mosquitto"]["depends_on"]


def test_only_who_signs_holds_the_authoritys_key() -> None:
    services = compose()["services"]
    holders = {name for name, one in services.items() if "device-ca.key" in one.get("secrets", [])}
    assert holders == {"hub-serve", "admission", "admission-files"}


def test_secret_files_are_mounted_where_they_are_named() -> None:
    for service in our_services().values():
        named = {
            value.removeprefix("/run/secrets/")
            for value in service["environment"].values()
            if value.startswith("/run/secrets/")
        }
        assert named <= set(service["secrets"])


def test_the_workflow_calls_what_ci_calls() -> None:
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["check"]["steps"]
    called = [step["run"] for step in steps if str(step.get("run", "")).startswith("make ")]
    ours = re.findall(r"^make \w+$", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)
    assert called == ours == ["make check", "make test"]


def test_the_workflow_names_targets_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("demo", "test", "check", "prove", "bench"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
