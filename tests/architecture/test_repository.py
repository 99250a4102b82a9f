"""The repository as a whole: its top level, its lock files, and no trace of one machine."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.architecture.tree import ROOT, texts, tracked_files

# DESIGN §3: exactly these, and dot-files.
FOLDERS = {"docs", "edge_agent", "hub", "migrations", "protocol", "provisioning", "requirements"}
DOCUMENTS = {"ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "NOTICE", "README.md", "SECURITY.md"}
TOP_LEVEL = FOLDERS | DOCUMENTS | {"Makefile", "docker-compose.yml", "pyproject.toml", "tests"}
EXTRAS = {"edge", "hub", "forecast", "dev"}
COMMANDS = {"hanout-edge", "hanout-hub", "hanout-provision"}
SAMPLE_BYTES = 3 * 1024 * 1024

# A bracket round a letter keeps these patterns from finding themselves.
MACHINE = re.compile(r"(?<![\w.~$}-])/(?:[w]ork|[r]oot|[o]pt/pypi|[t]mp/brief|[h]ome/[a-z]\w*)/")
REGISTRY = re.compile(
    r"pypi[.]org|files[.]pythonhosted|registry[.]npmjs|index[-]url|find[-]links"
    r'|"resolved"\s*:\s*"http|^\s*registry\s*=\s*.?http',
    re.MULTILINE,
)
PIN = re.compile(r"^([a-z0-9.-]+)==(\S+)", re.MULTILINE)
LOCK_LINE = re.compile(
    r"[a-z0-9.-]+(\[\w+\])?==\S+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?"
)


def unknown_top_level(paths: tuple[str, ...]) -> set[str]:
    names = {PurePosixPath(path).parts[0] for path in paths}
    return {name for name in names if not name.startswith(".")} - TOP_LEVEL


def traces(path: str, text: str) -> Iterator[str]:
    for pattern in (MACHINE, REGISTRY):
        for match in pattern.finditer(text):
            yield f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group().strip()}"


def pins(name: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / "requirements" / f"{name}.txt").read_text()))


def test_the_top_level_is_the_design() -> None:
    assert unknown_top_level(tracked_files()) == set()
    assert [name for name in sorted(TOP_LEVEL) if not (ROOT / name).exists()] == []


def test_a_foreign_top_level_name_is_seen() -> None:
    assert unknown_top_level(("scripts/run.py", ".ci/run", "hub/main.py")) == {"scripts"}


def test_no_file_names_a_machine_or_a_registry() -> None:
    assert [trace for path, text in texts() for trace in traces(path, text)] == []


@pytest.mark.parametrize(
    ("template", "secret"),
    [
        ("see /{}/main/hub", "work"),
        ("/{}/x", "root"),
        ("cd /{}/amina/hanout", "home"),
        ('"{}": "https://host/x.tgz"', "resolved"),
        ("--index-{}=https://host", "url"),
    ],
)
def test_a_trace_is_seen(template: str, secret: str) -> None:
    assert list(traces("docs/x.md", template.format(secret)))


@pytest.mark.parametrize("text", ["/v1/work", "docs/work/x", "~/x", "https://host/root/x"])
def test_ordinary_paths_are_no_traces(text: str) -> None:
    assert list(traces("docs/x.md", text)) == []


@pytest.mark.parametrize("name", ["bootstrap", "dev", "edge", "hub"])
def test_lock_files_are_hashed_and_host_free(name: str) -> None:
    lines = (ROOT / "requirements" / f"{name}.txt").read_text().splitlines()
    assert [line for line in lines if not LOCK_LINE.fullmatch(line)] == []


@pytest.mark.parametrize("name", ["bootstrap", "edge", "hub"])
def test_lock_files_agree(name: str) -> None:
    whole = pins("dev")
    assert {package: whole.get(package) for package in pins(name)} == pins(name)


def test_distribution_extras_and_commands() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["name"] == "hanout"
    assert project["requires-python"] == ">=3.11"
    assert set(project["optional-dependencies"]) == EXTRAS
    assert set(project["scripts"]) == COMMANDS


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for extra, lock in (("edge", "edge"), ("hub", "hub"), ("forecast", "dev"), ("dev", "dev")):
        declared = project["dependencies"] + project["optional-dependencies"][extra]
        names = {re.split(r"[^\w-]", requirement)[0].lower() for requirement in declared}
        assert names - set(pins(lock)) == set(), lock


def test_unit_tests_lie_where_their_sources_lie() -> None:
    folders = {
        PurePosixPath(path).parent.relative_to("tests/unit")
        for path in tracked_files()
        if path.startswith("tests/unit/") and PurePosixPath(path).name.startswith("test_")
    }
    assert [str(folder) for folder in sorted(folders) if not (ROOT / folder).is_dir()] == []


def test_samples_stay_small() -> None:
    samples = [path for path in tracked_files() if path.endswith((".parquet", ".csv", ".gz"))]
    assert sum((ROOT / path).stat().st_size for path in samples) <= SAMPLE_BYTES
