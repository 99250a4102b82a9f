"""Real Chromium against the real thing."""
