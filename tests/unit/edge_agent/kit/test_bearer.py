from random import Random

from edge_agent.kit.bearer import new_token, token_hash


def test_tokens_are_long_and_fit_into_a_header() -> None:
    random_bytes = Random(1).randbytes
    tokens = {new_token(random_bytes) for _ in range(100)}
    assert len(tokens) == 100
    for token in tokens:
        assert len(token) == 43
        assert token.isascii()
        assert " " not in token


def test_a_hash_is_of_the_token_alone_and_takes_any_text() -> None:
    assert token_hash("a") == token_hash("a") != token_hash("b")
    assert len(token_hash("\ud800é")) == 32
