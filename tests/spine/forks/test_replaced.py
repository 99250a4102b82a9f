"""A box dies with sales that only its card knows; another one takes its place at once."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from provisioning.demo.claims import claim
from provisioning.demo.proxy import FaultyLink
from provisioning.demo.stack import Agent
from tests.spine.forks.fork_oracle import fork_differences
from tests.spine.forks.offices import office
from tests.spine.forks.shops import Trade, rows
from tests.spine.forks.twins import exported
from tests.spine.running import Running, running, stocked

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
_ALGER = 1
_PROVISION = str(Path(sys.executable).parent / "hanout-provision")
_REPEATED = (
    "select register_id, series_epoch, receipt_number from sale"
    " group by organization_id, register_id, series_epoch, receipt_number having count(*) > 1"
)


async def test_the_new_box_sells_before_the_old_card_is_brought_in(tmp_path: Path) -> None:
    """A box dies with sales that never left it. Its successor sells at once, in a series of its
    own; the card, read out later, makes the books whole, and no receipt number is used twice."""
    async with running(tmp_path / "world") as world:
        old = Trade(world, world.agent(_ALGER), seed=1)
        await old.sell(10, close=True)
        await old.settled()
        await old.agent.link.cut()
        kept = await old.sell(10)
        await old.stop()
        async with office(world.stack) as opened:
            heir = await _box(world, old.agent, await opened.successor(old.agent))
            new = Trade(world, heir, seed=2)
            sold = await new.sell(10)
            assert {ticket["receipt"]["series_epoch"] for ticket in sold} == {2}
            await new.settled()
            at_hub = await rows(world.stack, "select id::text from sale")
            assert not {(ticket["id"],) for ticket in kept} & set(at_hub)
            card = await asyncio.to_thread(
                exported, world.stack.folder / f"{old.agent.store.slug}.toml"
            )
            brought = await opened.bring(old.agent.store.device_id, card)
        assert brought["new"] >= len(kept)
        await new.sell(5, close=True)
        await new.settled()
        for accepted in new.ledger.tickets.values():
            old.ledger.add(accepted)
        for agent in (old.agent, heir):
            wrong = await fork_differences(world.stack, agent, old.ledger)
            assert not wrong, wrong
        assert not await rows(world.stack, _REPEATED)


async def _box(world: Running, old: Agent, claim_uri: str) -> Agent:
    """Claimed with this code, running and stocked."""
    store = replace(old.store, code=f"{old.store.code}-new")
    box = world.stack.folder / store.slug
    await asyncio.to_thread(claim, _PROVISION, claim_uri, box)
    link = FaultyLink(target_port=world.stack.description()["mqtt"]["port"])
    await link.start()
    agent = await asyncio.to_thread(world.stack.start_agent, old.organization_id, store, link)
    world.stack.agents.append(agent)
    await stocked(agent)
    return agent
