"""The collector is left alone for a while, and put back for the other tests."""

import gc

from hub.kit.memory import relax_collector


def test_the_collector_looks_less_often() -> None:
    before = gc.get_threshold()
    try:
        relax_collector()
        assert gc.get_threshold()[0] > before[0]
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
