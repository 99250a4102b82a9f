"""The tablet's rules, running while a file's tests ask them."""

from collections.abc import Iterator

import pytest

from tests.agreement.tablet import Tablet, tablet


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tablet]:
    with tablet(tmp_path_factory.mktemp("rules")) as running:
        yield running
