"""What the product installs may be used and shipped under the Apache License 2.0."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution

import pytest

from tests.architecture.test_repository import pins

# Licences that put no condition on what is built with them, by SPDX name or classifier.
PERMITTED = re.compile(
    r"\b(0BSD|Apache|BSD|HPND|ISC|MIT|MPL[- ]2|Mozilla Public License 2|PostgreSQL|PSF|Python-2"
    r"|Python Software|Unlicense|Zlib)",
    re.IGNORECASE,
)
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
