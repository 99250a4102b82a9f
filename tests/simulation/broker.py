"""A broker in memory: clean sessions, retained messages, wills, keepalives, take-over, restarts.

It promises no more than MQTT 3.1.1 does: a PUBACK says nothing about delivery.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from zlib import crc32

from protocol.errors import Unavailable
from tests.simulation.gate import Gate
from tests.simulation.link import STRAY_S, Link
from tests.simulation.trace import Trace

KEEPALIVE_S = 45.0
_ANSWER_S = 10.0
_CONNECT_S = 10.0


class Will:
    """What the broker publishes, retained, when a session breaks."""

    def __init__(self, topic: str, payload: bytes) -> None:
        self.topic = topic
        self.payload = payload


class Session:
    """One client's connection, seen from both ends."""

    def __init__(
        self, broker: "Broker", client_id: str, *, who: str, link: Link, gate: Gate, room: int
    ) -> None:
        self.client_id = client_id
        self.who = who
        self.link = link
        self.gate = gate
        self.will: Will | None = None
        self.filters: dict[str, None] = {}
        self.closed: str | None = None
        self.overflowed = 0
        self._broker = broker
        self._room = room
        self._messages: deque[tuple[str, bytes]] = deque()
        self._waiting: dict[asyncio.Future[None], None] = {}

    async def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> None:
        """Returns on PUBACK; raises Unavailable."""
        await self.gate.pass_gate()
        self._check()
        loop, link = asyncio.get_running_loop(), self.link
        self._broker.sent(self, topic, payload)
        sent = not link.up.shut
        arrivals = link.arrivals_s(link.up, loop.time()) if sent else []
        for after_s in arrivals:
            arrive = self._broker.arrived if after_s < STRAY_S else self._broker.strayed
            loop.call_later(after_s, arrive, topic, payload, retain)
        if qos == 0:
            return
        if sent and not link.down.shut:
            await self._wait(2 * min(arrivals, default=0.02))
        else:
            await self._wait(_ANSWER_S)
            raise Unavailable("broker-unavailable", "No PUBACK.")

    async def subscribe(self, topic: str) -> None:
        """Retained messages follow; raises Unavailable."""
        await self._asked()
        self.filters[topic] = None
        self._broker.subscribed(self, topic)

    async def unsubscribe(self, topic: str) -> None:
        """Raises Unavailable."""
        await self._asked()
        self.filters.pop(topic, None)
        self._broker.unsubscribed(self, topic)

    async def receive(self) -> tuple[str, bytes]:
        """The next message; raises Unavailable."""
        await self.gate.pass_gate()
        while not self._messages:
            self._check()
            await self._wait(None)
            await self.gate.pass_gate()
        return self._messages.popleft()

    def deliver(self, topic: str, payload: bytes) -> None:
        """From the broker to the client's queue, over the link."""
        link, loop = self.link, asyncio.get_running_loop()
        if link.down.shut:
            return
        for after_s in link.arrivals_s(link.down, loop.time()):
            if after_s < STRAY_S:
                loop.call_later(after_s, self._queue, topic, payload)
            else:
                loop.call_later(after_s, self._broker.strayed, topic, payload, False)

    def close(self, reason: str) -> None:
        """Everything that waits, and everything after, raises."""
        self.closed = self.closed or reason
        self._stir()

    def _queue(self, topic: str, payload: bytes) -> None:
        if self.closed is None:
            if len(self._messages) < self._room:
                self._messages.append((topic, payload))
            else:
                self.overflowed += 1
            self._stir()

    def _stir(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def _asked(self) -> None:
        await self.gate.pass_gate()
        self._check()
        if not self.link.whole:
            await self._wait(_ANSWER_S)
            raise Unavailable("broker-unavailable", "No SUBACK.")
        await self._wait(0.02)

    async def _wait(self, seconds: float | None) -> None:
        """Until the time is over or the session is closed; without a time, until it is stirred."""
        loop = asyncio.get_running_loop()
        until = None if seconds is None else loop.time() + seconds
        while True:
            future = loop.create_future()
            self._waiting[future] = None
            timer = None if until is None else loop.call_at(until, _wake, future)
            try:
                await future
            finally:
                self._waiting.pop(future, None)
                if timer is not None:
                    timer.cancel()
            await self.gate.pass_gate()
            self._check()
            if until is None or loop.time() >= until:
                return

    def _check(self) -> None:
        if self.closed is not None:
            raise Unavailable("broker-unavailable", f"The broker is gone: {self.closed}")


class Broker:
    """`down` while it restarts. `heard` is called with every message that arrives."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._sessions: dict[str, Session] = {}
        self._subscribers: dict[str, dict[Session, None]] = {}
        self._retained: dict[str, bytes] = {}
        self.down: bool = False
        self.calm: bool = False
        self.heard: Callable[[str, bytes], None] = _nothing

    async def connect(self, session: Session, *, will: Will | None) -> None:
        """Let the client in, the older session of its id out; raises Unavailable."""
        await session.gate.pass_gate()
        for wait_s in (0.0, 0.05):
            await asyncio.sleep(wait_s)
            await session.gate.pass_gate()
            if self.down or not session.link.whole:
                await asyncio.sleep(0.05 if self.down else _CONNECT_S)
                raise Unavailable("broker-unavailable", "No CONNACK.")
        older = self._sessions.get(session.client_id)
        if older is not None:
            self.drop(older, "taken over")
        session.will = will
        self._sessions[session.client_id] = session
        self._trace.note(session.who, "connected")
        self._keep_alive(session)

    def sent(self, session: Session, topic: str, payload: bytes) -> None:
        """For the trace."""
        said = "" if topic.endswith("/hb") else _brief(payload)
        self._trace.note(session.who, f"sends {_short(topic)} {said}")

    def arrived(self, topic: str, payload: bytes, retain: bool) -> None:
        """To everybody who subscribed."""
        if self.down:
            return
        self.heard(topic, payload)
        if retain:
            self._retained[topic] = payload
        for pattern in _patterns(topic):
            for session in self._subscribers.get(pattern, ()):
                session.deliver(topic, payload)

    def strayed(self, topic: str, payload: bytes, retain: bool) -> None:
        """As `arrived`, long after; never any more once faults stop."""
        if not self.calm:
            self.arrived(topic, payload, retain)

    def subscribed(self, session: Session, pattern: str) -> None:
        """What is retained comes at once."""
        self._subscribers.setdefault(pattern, {})[session] = None
        for topic, payload in self._retained.items():
            if pattern in _patterns(topic):
                session.deliver(topic, payload)

    def unsubscribed(self, session: Session, pattern: str) -> None:
        """No more of it."""
        self._subscribers.get(pattern, {}).pop(session, None)

    def drop(self, session: Session, reason: str) -> None:
        """End a session; its will is published."""
        if self._sessions.get(session.client_id) is session:
            del self._sessions[session.client_id]
        for pattern in session.filters:
            self.unsubscribed(session, pattern)
        if session.closed is None:
            self._trace.note(session.who, f"disconnected: {reason}")
            session.close(reason)
            if session.will is not None:
                self.arrived(session.will.topic, session.will.payload, True)

    def leave(self, session: Session) -> None:
        """A client that says goodbye: no will."""
        session.will = None
        self.drop(session, "left")

    def stop(self) -> None:
        """Everybody out, everything forgotten."""
        for session in list(self._sessions.values()):
            session.will = None
            self.drop(session, "broker stopped")
        self._retained.clear()
        self.down = True

    def forget_wants(self) -> None:
        """The retained words of what there is are lost."""
        for topic in [topic for topic in self._retained if topic.endswith("/want")]:
            del self._retained[topic]

    def _keep_alive(self, session: Session, *, silent_s: float = 0.0) -> None:
        """Looks every few seconds whether the client could have been heard."""
        if session.closed is not None:
            return
        silent = session.gate.stopped or session.gate.dead or not session.link.whole
        silent_s = silent_s + 15.0 if silent else 0.0
        if silent_s > KEEPALIVE_S:
            self.drop(session, "keepalive")
            return
        asyncio.get_running_loop().call_later(15.0, _again, self._keep_alive, session, silent_s)


def _again(look: Callable[..., None], session: Session, silent_s: float) -> None:
    look(session, silent_s=silent_s)


def _wake(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


def _patterns(topic: str) -> tuple[str, ...]:
    root, partition, device, *rest = topic.split("/")
    if rest[0] == "up":
        return (f"{root}/{partition}/+/up/+",)
    if rest[0] == "pres":
        return (f"{root}/{partition}/+/pres",)
    if rest[0] == "dn":
        return (f"{root}/{partition}/{device}/dn/+",)
    return (topic,)


def _short(topic: str) -> str:
    return "/".join(topic.split("/")[3:])


def _brief(payload: bytes) -> str:
    head, newline, _ = payload.partition(b"\n")
    if payload[:1] == b"{":
        return head[:170].decode(errors="replace") if newline else payload[:400].decode()
    return f"{len(payload)} bytes {crc32(payload):08x}"


def _nothing(topic: str, payload: bytes) -> None:
    """Nobody listens."""
