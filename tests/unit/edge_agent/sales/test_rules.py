from edge_agent.sales.rules import StoredTicket, is_repetition, receipt_text


def test_the_printed_number_tells_register_series_and_number() -> None:
    assert receipt_text(register_code="R1", series_epoch=2, number=42) == "R1-2-000042"
    assert receipt_text(register_code="R1", series_epoch=2, number=1_234_567) == "R1-2-1234567"


def test_a_repetition_has_kind_and_content_in_common() -> None:
    stored = StoredTicket(kind="sale", content_hash=b"a", answer=b"{}")
    assert is_repetition(stored, kind="sale", content_hash=b"a")
    assert not is_repetition(stored, kind="return", content_hash=b"a")
    assert not is_repetition(stored, kind="sale", content_hash=b"b")
