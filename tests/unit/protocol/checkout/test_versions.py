"""Rules by version."""

import pytest

from protocol.checkout import RULES_VERSION, price_basket, price_return, rules
from protocol.errors import Malformed
from tests.unit.protocol.checkout.baskets import a_basket, card
from tests.unit.protocol.vocabulary.vectors import load


def test_the_current_rules_are_the_packages_functions() -> None:
    current = rules()
    assert current.version == RULES_VERSION
    assert current.price_basket is price_basket
    assert current.price_return is price_return
    paid = a_basket(tenders=(card(1000),))
    assert current.price_basket(paid, cash_step_minor=1).payable_minor == 1000


@pytest.mark.parametrize("name", ["checkout_sales", "checkout_returns"])
def test_the_vectors_belong_to_a_version_that_is_kept(name: str) -> None:
    version = load(name)["rules_version"]
    assert rules(version).version == version


def test_an_unknown_version_is_malformed() -> None:
    with pytest.raises(Malformed) as refusal:
        rules("1999.1")
    assert refusal.value.code == "unknown-rules-version"
