"""Every program imports what its extra declares, and declares what it imports.

A Raspberry Pi installs the edge's extra alone: an import of the hub's weight would fail there.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions

import pytest

from tests.architecture.checks import Source
from tests.architecture.tree import ROOT, sources

OURS = {"protocol", "edge_agent", "hub", "provisioning", "migrations"}
# Folder → extras beside the base. The demo runs on a developer's machine, with everything there.
EXTRAS = {
    "protocol/": (),
    "edge_agent/": ("edge",),
    "hub/": ("hub",),
    "migrations/": ("hub",),
    "provisioning/demo/": ("edge", "hub", "dev"),
    "provisioning/": (),
}
# What works without being imported by us.
SILENT = {
    "httptools": "uvicorn reads HTTP with it",
    "python-multipart": "FastAPI reads forms with it",
    "tzdata": "zoneinfo's zones, where the system has none",
}


@cache
def declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = list(project["dependencies"])
    for extra in extras:
        requirements += project["optional-dependencies"][extra]
    return {distribution_name(re.split(r"[^\w.-]", one)[0]) for one in requirements}


def distribution_name(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """The top-level packages that are neither ours nor the standard library's."""
    for node in ast.walk(source.tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        for name in {name.partition(".")[0] for name in names}:
            if name not in sys.stdlib_module_names and name not in OURS:
                yield node, name


@cache
def distributions(package: str) -> set[str]:
    """Who ships a package; Starlette counts as FastAPI, which is it under another name."""
    named = {distribution_name(one) for one in packages_by_name().get(package, [package])}
    return named | {"fastapi"} if named == {"starlette"} else named


@cache
def packages_by_name() -> Mapping[str, list[str]]:
    return packages_distributions()


def undeclared(source: Source) -> Iterator[str]:
    extras = next(extras for folder, extras in EXTRAS.items() if source.path.startswith(folder))
    allowed = declared(*extras)
    for node, package in imported(source):
        if not distributions(package) & allowed:
            yield source.complaint(node, f"{package} is not declared for {extras or 'the base'}")


def shipped() -> list[Source]:
    return [source for source in sources() if source.path.startswith(tuple(EXTRAS))]


def test_every_import_is_declared() -> None:
    assert [complaint for source in shipped() for complaint in undeclared(source)] == []


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("edge_agent/sales/store.py", "import sqlalchemy"),
        ("protocol/codec/facts.py", "from fastapi import FastAPI"),
        ("provisioning/cli.py", "import asyncpg"),
        ("hub/kit/db.py", "import unheard_of"),
    ],
)
def test_an_undeclared_import_is_seen(path: str, line: str) -> None:
    assert list(undeclared(Source(path, line)))


@pytest.mark.parametrize(
    ("extra", "folders"),
    [
        ("edge", ("edge_agent/",)),
        ("hub", ("hub/", "migrations/")),
        ("base", tuple(EXTRAS)),
    ],
)
def test_every_declaration_is_used(extra: str, folders: tuple[str, ...]) -> None:
    wanted = declared() if extra == "base" else declared(extra) - declared()
    used = {
        name
        for source in shipped()
        if source.path.startswith(folders)
        for _, package in imported(source)
        for name in distributions(package)
    }
    assert wanted - used - set(SILENT) == set()
