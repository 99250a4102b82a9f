"""Where to look, in words, once everything is up."""

from collections.abc import Mapping
from typing import Any


def welcome(description: Mapping[str, Any]) -> str:
    """A short page for the terminal."""
    lines = ["", f"[bold]Dashboard[/bold]   {description['hub_url']}"]
    lines += [
        f"  {one['name']} ({one['currency']}): sign in as {one['email']} / {one['password']}"
        for one in description["tenants"]
    ]
    lines += [f"API         {description['openapi_url']}", "", "[bold]Registers[/bold]"]
    for agent in description["agents"]:
        lines.append(f"  {agent['store_name']}: {agent['url']}")
        lines += [
            f"    {register['name']}: pair with {register['pairing_token']}"
            for register in agent["registers"]
        ]
        pins = agent["pins"]
        lines.append(f"    PIN {pins['cashier']} (cashier), {pins['manager']} (manager)")
    return "\n".join([*lines, ""])
