"""The tree of errors: what every error carries."""

import pytest

from protocol import errors
from protocol.errors import HanoutError, Malformed, Refused, Throttled

LEAVES: list[type[HanoutError]] = [
    errors.Refused,
    errors.NotFound,
    errors.Forbidden,
    errors.Unauthenticated,
    errors.Malformed,
    errors.Unavailable,
    errors.LocalProtocolError,
    errors.RemoteProtocolError,
]


@pytest.mark.parametrize("leaf", LEAVES)
def test_every_error_carries_code_message_and_fields(leaf: type[HanoutError]) -> None:
    error = leaf("some-code", "Do this.", fields={"lines.0": "wrong"})
    assert isinstance(error, HanoutError)
    assert (error.code, error.message, dict(error.fields)) == (
        "some-code",
        "Do this.",
        {"lines.0": "wrong"},
    )
    assert str(error) == "[some-code] Do this.; lines.0: wrong"


def test_class_codes_are_kebab_case_and_unique() -> None:
    tree: list[type[HanoutError]] = [*LEAVES, Throttled, HanoutError]
    codes = [leaf.code for leaf in tree]
    assert len(set(codes)) == len(codes)
    assert all(code == code.lower() and "_" not in code for code in codes)


def test_the_tree_in_the_docstring_names_every_class() -> None:
    assert errors.__doc__ is not None
    for leaf in [*LEAVES, Throttled]:
        assert f"── {leaf.__name__} " in errors.__doc__


def test_fields_cannot_be_changed_from_outside() -> None:
    fields = {"quantity": "negative"}
    error = Malformed("quantity-negative", "Give a positive quantity.", fields=fields)
    fields["quantity"] = "changed"
    assert error.fields["quantity"] == "negative"
    with pytest.raises(TypeError):
        error.fields["quantity"] = "changed"  # type: ignore[index]


def test_without_fields_the_text_is_code_and_message() -> None:
    assert str(Refused("short-tender", "Ask for more.")) == "[short-tender] Ask for more."


@pytest.mark.parametrize(("asked", "given"), [(30, 30), (0, 1), (-5, 1)])
def test_throttled_says_how_long_to_wait_at_least_a_second(asked: int, given: int) -> None:
    assert Throttled("pin-throttled", "Wait.", retry_after_s=asked).retry_after_s == given
