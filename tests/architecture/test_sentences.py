"""Whatever the agent refuses over HTTP, it says in French and in Arabic."""

import ast
from collections.abc import Iterator

from edge_agent.api.sentences import SENTENCES
from edge_agent.kit.problems import HTTP_CODES
from tests.architecture.checks import Source
from tests.architecture.tree import sources

SPEAKING = ("edge_agent/", "protocol/checkout/", "protocol/vocabulary/")
# Commands and the connection to the hub: nobody asks them over HTTP.
SILENT = ("edge_agent/cli/", "edge_agent/sync/")
ERRORS = frozenset(
    {
        *("Forbidden", "Malformed", "NotFound", "Refused", "Throttled", "Unauthenticated"),
        *("Unavailable", "UnknownQuery"),
    }
)
# What no request brings about, and why.
NEVER_ANSWERED = {
    "amount-not-a-number": "amounts come as integers",
    "amount-too-fine": "amounts come as integers",
    "bad-certificate": "certificates are read by the sync and the doctor",
    "cash-step-not-positive": "the steps are our own table",
    "database-too-new": "the agent does not start",
    "denominator-not-positive": "our own constants",
    "folder-in-use": "the agent does not start",
    "folder-of-another-device": "the agent does not start",
    "gtin-check-digit": "what is no GTIN is looked up as it stands",
    "gtin-shape": "what is no GTIN is looked up as it stands",
    "instant-without-zone": "the schemas ask for a zone, the clock has one",
    "no-journal": "only commands read a journal from outside",
    "malformed-movement": "costs are reckoned at the hub",
    "malformed-promotion": "the office is told; the shop passes it over",
    "not-a-uuid7": "the schemas refuse it as `malformed`",
    "nothing-to-allocate-over": "a basket without lines is refused before",
    "unknown-rules-version": "the agent prices by its own version",
    "unreadable-ticket": "handed over, it is quarantined and answered 202",
    "uuid7-range": "our own clock and randomness",
    "weight-negative": "a negative amount is refused before",
}


def raised_codes(source: Source) -> Iterator[str]:
    """The codes that a source gives to errors, and to problems that are born over HTTP."""
    for node in ast.walk(ast.parse(source.text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        named = [each.value for each in node.keywords if each.arg == "code"]
        given = {*ERRORS, "Problem"}
        candidates = [*node.args[:1], *named] if node.func.id in given else []
        for code in candidates:
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value


def raised_in_agent() -> dict[str, set[str]]:
    """Code → the files that raise it."""
    found: dict[str, set[str]] = {code: {"HTTP_CODES"} for code in HTTP_CODES.values()}
    for source in sources():
        if source.path.startswith(SPEAKING) and not source.path.startswith(SILENT):
            for code in raised_codes(source):
                found.setdefault(code, set()).add(source.path)
    return found


def test_every_refusal_is_said_in_french_and_arabic() -> None:
    mute = {
        (code, language): sorted(files)
        for code, files in raised_in_agent().items()
        for language in ("fr", "ar")
        if code not in NEVER_ANSWERED and not SENTENCES.get(code, {}).get(language)
    }
    assert not mute


def test_no_sentence_and_no_exception_outlives_its_refusal() -> None:
    raised = set(raised_in_agent())
    assert set(SENTENCES) <= raised - set(NEVER_ANSWERED)
    assert set(NEVER_ANSWERED) <= raised


def test_a_code_is_found_however_it_is_raised() -> None:
    text = (
        'raise Refused("no-bread", "None left.")\n'
        'raise Throttled(code="slow", message="Wait.", retry_after_s=1)\n'
        'answer = Problem(status=400, code="torn", detail="Torn.")\n'
        'raise Refused(refusal.code, "As they say.")\n'
        'print("nothing")\n'
    )
    assert list(raised_codes(Source("edge_agent/x.py", text))) == ["no-bread", "slow", "torn"]
