"""A file is there whole, closed to whom it is not for, or as it was."""

from pathlib import Path

from hub.kit.files import write_whole


def test_it_is_replaced_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"before")
    path.chmod(0o644)
    write_whole(path, b"after", mode=0o600)
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_what_an_interrupted_writing_left_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "acl.new").write_bytes(b"half")
    write_whole(tmp_path / "acl", b"whole")
    assert (tmp_path / "acl").read_bytes() == b"whole"
