"""`hanout-edge`: the shop's agent on the command line."""

from edge_agent.cli.commands import app

__all__ = ["app"]
