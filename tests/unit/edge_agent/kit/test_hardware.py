"""The machine's name: the same on every start, another one on another machine, never a guess."""

from pathlib import Path

from edge_agent.kit.hardware import hardware_fingerprint


def test_a_machine_has_one_name_and_another_machine_another(tmp_path: Path) -> None:
    serial, board = tmp_path / "serial", tmp_path / "board"
    serial.write_bytes(b"10000000a1b2c3d4\0")
    board.write_text("board 7\n")
    name = hardware_fingerprint([serial, board])
    assert len(name) == 32
    assert hardware_fingerprint([serial, board, tmp_path / "none"]) == name
    serial.write_bytes(b"10000000a1b2c3d5\0")
    assert hardware_fingerprint([serial, board]) != name
    assert "10000000a1b2c3d5" not in hardware_fingerprint([serial])


def test_what_no_file_tells_is_not_guessed(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.write_bytes(b"\0\n")
    assert hardware_fingerprint([empty, tmp_path / "none", tmp_path]) == ""
