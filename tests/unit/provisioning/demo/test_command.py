"""What the demo answers before anything is started."""

from pathlib import Path

import pytest
import typer

from provisioning.demo.command import demo


@pytest.mark.parametrize(
    "folder",
    ["file", "file/below", "loop", "loop/below", "[/red]/" + "x" * 300, "/proc/x", "/proc"],
)
def test_a_folder_that_cannot_be_used_is_a_sentence(
    folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    unusable = tmp_path / folder
    with pytest.raises(typer.Exit) as ended:
        demo(once=True, data_dir=unusable)
    assert ended.value.exit_code == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f"The folder {unusable} cannot be used: " in said.err
    assert len(said.err.splitlines()) == 1
