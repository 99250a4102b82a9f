"""What every test gets: property tests that repeat exactly, full counts when proving, servers."""

import os

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.servers.plugin", "tests.servers.scheduling"]

# How fast examples are drawn is the machine's affair, no property of the product.
_ANY_SPEED = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("check", _ANY_SPEED, derandomize=True)
settings.register_profile("prove", _ANY_SPEED, max_examples=5_000)
settings.load_profile("prove" if os.environ.get("HANOUT_PROVE") == "1" else "check")
