"""Real servers for the tests, started once per session by the launcher of the demo."""
