"""Search normalisation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.vocabulary.text import MAX_QUERY_TERMS, fold, query_terms, search_terms
from tests.unit.protocol.vocabulary.vectors import Vector, check, vectors


@pytest.mark.parametrize("vector", vectors("search", "search_terms"))
def test_search_vectors(vector: Vector) -> None:
    check(vector, search_terms)


@pytest.mark.parametrize("vector", vectors("search", "query_terms"))
def test_query_vectors(vector: Vector) -> None:
    check(vector, query_terms)


@given(st.text())
def test_a_query_asks_for_no_more_than_the_text_has(text: str) -> None:
    terms = query_terms(text)
    assert set(terms) <= set(search_terms(text))
    assert len(terms) <= MAX_QUERY_TERMS


@given(st.text())
def test_terms_are_bare_words_and_folding_them_again_changes_nothing(text: str) -> None:
    terms = search_terms(text)
    assert len(set(terms)) == len(terms)
    for term in terms:
        assert term
        assert "_" not in term
        assert search_terms(term) == [term]


@given(st.text())
def test_letter_case_finds_the_same(text: str) -> None:
    assert search_terms(text.casefold()) == search_terms(text)


def test_fold_keeps_what_separates_words() -> None:
    assert fold("Crème Brûlée, 2×") == "creme brulee, 2×"
