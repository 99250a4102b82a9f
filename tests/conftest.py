"""What every test gets: property tests that repeat exactly, full counts when proving, servers."""

import os

from hypothesis import settings

pytest_plugins = ["tests.servers.plugin"]

settings.register_profile("check", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("prove", deadline=None, max_examples=5_000, print_blob=True)
settings.load_profile("prove" if os.environ.get("HANOUT_PROVE") == "1" else "check")
