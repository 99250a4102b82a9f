"""What every test gets: property tests that repeat exactly, and full counts for `make prove`."""

import os

from hypothesis import settings

settings.register_profile("check", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("prove", deadline=None, max_examples=5_000, print_blob=True)
settings.load_profile("prove" if os.environ.get("HANOUT_PROVE") == "1" else "check")
