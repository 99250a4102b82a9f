"""What the product installs may be used and shipped under the Apache License 2.0."""

import json
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest

from tests.architecture.test_repository import pins
from tests.architecture.tree import ROOT, tracked_files

# Licences that put no condition on what is built with them, by SPDX name or classifier.
PERMITTED = re.compile(
    r"\b(0BSD|Apache|BSD|HPND|ISC|MIT|MPL[- ]2|Mozilla Public License 2|PostgreSQL|PSF|Python-2"
    r"|Python Software|Unlicense|Zlib)",
    re.IGNORECASE,
)
# What the sources of browser code name that comes from npm, and what its build copies from there.
_IMPORTED = re.compile(r'(?:from|import) "((?:@[^"/]+/)?[^"./][^"/]*)')
_COPIED = re.compile(r'"node_modules", "([^"]+)"')
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|EPL|CDDL|SSPL|Affero|General Public)", re.IGNORECASE)


def licence_of(package: Distribution) -> str:
    """The licence as the package states it: expression, else classifiers, else free text."""
    stated = package.metadata.json
    classifiers = [line for line in stated.get("classifier", ()) if "License ::" in line]
    text = str(stated.get("license", ""))
    expression = str(stated.get("license_expression", ""))
    return expression or "; ".join(classifiers) or text.partition("\n")[0]


def is_permitted(licence: str) -> bool:
    """An alternative (OR) is permitted when one side is; every other mention must be."""
    alternatives = re.split(r"\bOR\b", licence) if " OR " in licence else [licence]
    return any(PERMITTED.search(one) and not COPYLEFT.search(one) for one in alternatives)


def shipped_from_npm() -> dict[str, str]:
    """Name → licence of all that the lock files do not call a tool of the build (`dev`)."""
    locks = [path for path in tracked_files() if path.endswith("package-lock.json")]
    packages = [
        (path, package)
        for lock in locks
        for path, package in json.loads((ROOT / lock).read_text())["packages"].items()
    ]
    return {
        path.rpartition("node_modules/")[2]: str(package.get("license", ""))
        for path, package in packages
        if path and not package.get("dev")
    }


def named_in_browser_code() -> set[str]:
    """npm packages that end up in what browsers load."""
    found = set()
    for path in tracked_files():
        text = (ROOT / path).read_text() if path.endswith((".ts", ".tsx", ".mjs")) else ""
        if "/src/" in path and ".test." not in path and "/testing/" not in path:
            found |= set(_IMPORTED.findall(text))
        elif path.endswith(".mjs"):
            found |= set(_COPIED.findall(text))
    return found


def unnoticed(shipped: dict[str, str], notice: str) -> list[str]:
    """Packages without a paragraph that names them and their licence."""
    paragraphs = notice.split("\n\n")
    return [
        name
        for name, licence in shipped.items()
        if not any(f"(npm: {name})" in one and f"Licence: {licence}," in one for one in paragraphs)
    ]


def test_what_browsers_load_is_permitted_and_noticed() -> None:
    shipped = shipped_from_npm()
    assert named_in_browser_code() == set(shipped)
    assert {name: one for name, one in shipped.items() if not is_permitted(one)} == {}
    assert unnoticed(shipped, (ROOT / "NOTICE").read_text()) == []


def test_a_package_without_its_notice_is_seen() -> None:
    notice = "Known (npm: known)\n  Licence: MIT, there\n\nOther (npm: other)\n"
    assert unnoticed({"known": "MIT", "other": "MIT", "new": "MIT"}, notice) == ["other", "new"]
    assert unnoticed({"known": "BSD-3-Clause"}, notice) == ["known"]


def test_every_installed_dependency_is_permitted() -> None:
    refused = {}
    for name in pins("dev"):
        try:
            licence = licence_of(distribution(name))
        except PackageNotFoundError:
            continue  # pinned for another platform
        if not is_permitted(licence):
            refused[name] = licence
    assert refused == {}


@pytest.mark.parametrize("licence", ["MIT", "EPL-2.0 OR BSD-3-Clause", "MPL-2.0", "Apache-2.0"])
def test_a_permissive_licence_is_permitted(licence: str) -> None:
    assert is_permitted(licence)


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "AGPL-3.0", "Proprietary", "", "MIT AND GPL-2"]
)
def test_another_licence_is_refused(licence: str) -> None:
    assert not is_permitted(licence)
