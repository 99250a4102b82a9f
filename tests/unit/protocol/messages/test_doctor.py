from protocol.messages.doctor import Finding, diagnosis


def test_a_single_warning_is_not_well() -> None:
    well = Finding(check="disk", level="ok", value="12 GB free")
    low = Finding(check="clock", level="warning", value="3 min behind", todo="Set the clock.")
    assert diagnosis([well]).ok
    assert not diagnosis([well, low]).ok
