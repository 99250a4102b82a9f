"""Errors over HTTP: one table, three languages, nothing of our inside."""

import pytest

from hub.kit.problem_texts import CLASS_TEXTS, CODE_TEXTS
from hub.kit.problems import LANGUAGES, STATUS, preferred_language, problem_of, status_of
from protocol.errors import (
    Forbidden,
    HanoutError,
    LocalProtocolError,
    Malformed,
    Refused,
    Throttled,
    Unauthenticated,
    Unavailable,
)


class NarrowRefusal(Refused):
    """A class that the table does not name."""


def test_every_status_speaks_every_language() -> None:
    for kind, status in STATUS.items():
        assert status_of(throttled() if kind is Throttled else kind("x", "y")) is status
        for language in LANGUAGES:
            assert all(CLASS_TEXTS[status][language])


def throttled() -> Throttled:
    return Throttled("too-many", "Wait.", retry_after_s=7)


def test_a_problem_says_what_where_and_under_which_trace() -> None:
    error = Malformed("bad-thing", "Correct it.", fields={"lines.0.quantity": "negative"})
    problem = problem_of(error, trace_id="abc")
    assert problem.status == 422
    assert problem.body == {
        "type": "urn:hanout:problem:bad-thing",
        "title": "Malformed",
        "status": 422,
        "detail": "Correct it.",
        "code": "bad-thing",
        "trace_id": "abc",
        "fields": {"lines.0.quantity": "negative"},
    }


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_code_with_a_sentence_of_its_own_speaks_it(language: str) -> None:
    error = Unauthenticated("wrong-credentials", "The e-mail or the password is wrong.")
    detail = problem_of(error, language=language).body["detail"]
    assert detail == CODE_TEXTS["wrong-credentials"][language]


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_code_without_one_falls_back_to_its_class(language: str) -> None:
    problem = problem_of(Forbidden("something-new", "English."), language=language)
    assert problem.body["detail"] == CLASS_TEXTS[STATUS[Forbidden]][language][1]


def test_a_narrower_class_has_its_parents_status() -> None:
    assert status_of(NarrowRefusal("x", "y")) == 409


def test_what_is_our_bug_says_nothing_of_itself() -> None:
    for error in (LocalProtocolError("secret", "inner words"), HanoutError("secret", "inner")):
        problem = problem_of(error, trace_id="abc")
        assert problem.status == 500
        assert "inner" not in str(problem.body)
        assert "secret" not in str(problem.body)
        assert problem.body["trace_id"] == "abc"


def test_a_wrong_request_line_is_400_and_a_wrong_body_422() -> None:
    assert status_of(Malformed("bad-cursor", "x")) == 400
    assert status_of(Malformed("bad-password", "x")) == 422


def test_who_should_come_again_is_told_when() -> None:
    assert problem_of(throttled()).headers == {"Retry-After": "7"}
    assert int(problem_of(Unavailable("x", "y")).headers["Retry-After"]) >= 1
    assert problem_of(Unauthenticated("x", "y")).headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("*", "en"),
        ("fr-DZ,fr;q=0.9", "fr"),
        ("de, ar;q=0.5, fr;q=0.4", "ar"),
        ("fr;q=nonsense, ar;q=0.1", "ar"),
        ("FR", "fr"),
        (";;;,,,q=", "en"),
    ],
)
def test_the_callers_language(header: str, language: str) -> None:
    assert preferred_language(header) == language
