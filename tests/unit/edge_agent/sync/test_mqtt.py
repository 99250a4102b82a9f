"""What the MQTT client does with a task that is to end."""

from typing import cast

import aiomqtt

from edge_agent.sync.mqtt import _MqttConnection
from tests.fakes.answered_at_last import AnsweredAtLast, ends_as_the_answer_comes


async def test_it_ends_when_it_is_cancelled_as_the_answer_comes() -> None:
    client = AnsweredAtLast()
    connection = _MqttConnection(cast("aiomqtt.Client", client))
    await ends_as_the_answer_comes(client, lambda: connection.publish("topic", b""))
