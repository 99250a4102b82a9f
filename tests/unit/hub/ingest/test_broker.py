"""What the hub's MQTT client does with a task that is to end."""

from typing import cast

import aiomqtt

from hub.ingest.broker import BrokerConnection, Outbound
from tests.fakes.answered_at_last import AnsweredAtLast, ends_as_the_answer_comes


async def test_it_ends_when_it_is_cancelled_as_the_answer_comes() -> None:
    client = AnsweredAtLast()
    connection = BrokerConnection(cast("aiomqtt.Client", client))
    await ends_as_the_answer_comes(client, lambda: connection.publish(Outbound("topic", b"")))
