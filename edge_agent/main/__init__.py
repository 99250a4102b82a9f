"""Builds the agent. The only place that constructs anything; whatever is built is handed on.

Law: a slice receives values and services, never settings; nothing is started here.
"""

from edge_agent.main.building import create_agent, run_agent

__all__ = ["create_agent", "run_agent"]
