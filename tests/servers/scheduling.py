"""Which tests stay together when several workers share them: those of a file, and those of a folder
that has one running product for all its files. Else every file would start the product anew."""

from typing import Any

from xdist.scheduler import LoadFileScheduling

ONE_WORLD = ("tests/spine/load/", "tests/spine/steady/")


def scope_of(nodeid: str) -> str:
    """What the test's worker takes as a whole."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in ONE_WORLD if file.startswith(folder)), file)


def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """Called by xdist; None leaves it to xdist."""
    if config.getoption("dist") != "loadfile":
        return None
    scheduler = LoadFileScheduling(config, log)
    scheduler._split_scope = scope_of
    return scheduler
