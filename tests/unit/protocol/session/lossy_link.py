"""Both roles joined in virtual time by a link that loses, doubles, delays and reorders."""

import heapq
from random import Random
from uuid import UUID

from msgspec import Struct

from protocol.codec.control import encode_control
from protocol.messages.sync import Want
from tests.unit.protocol.session.fake_edge import FakeEdge
from tests.unit.protocol.session.fake_hub import FakeHub

DEVICE = UUID("0192d6a0-0000-7000-8000-000000000001")


class Faults(Struct, frozen=True, kw_only=True):
    """Per message: how likely it is lost or doubled, and how long it takes."""

    loss: float = 0.0
    double: float = 0.0
    delay_ms_max: int = 20


class LossyLink:
    """`run_until_quiet` stops when nothing is under way and nobody waits for anything."""

    def __init__(self, seed: int, *, faults: Faults, credit: int = 4, page_rows: int = 3) -> None:
        self.rng = Random(seed)
        self.edge = FakeEdge(DEVICE, rng=self.rng)
        self.hub = FakeHub(DEVICE, credit=credit, page_rows=page_rows)
        self.faults = faults
        self.now_ms = 0
        self.messages = 0
        self._under_way: list[tuple[int, int, str, str, bytes]] = []

    def connect(self) -> None:
        """The edge's transport comes up; what was under way is gone."""
        self._under_way = []
        self._up(self.edge.carry_out(self.edge.connect(self.now_ms), self.now_ms))

    def take_over(self, edge: FakeEdge) -> None:
        """Another box of the same name connects; what is under way reaches it and the hub."""
        self.edge.session = None
        self.edge = edge
        self._up(edge.carry_out(edge.connect(self.now_ms), self.now_ms))

    def sell(self, raw: bytes) -> None:
        """The shop commits a fact."""
        outputs = self.edge.append(raw, self.now_ms)
        if outputs:
            self._up(self.edge.carry_out(outputs, self.now_ms))

    def announce(self) -> None:
        """The hub's retained word of what there is."""
        self._send("dn", "want", encode_control(Want(versions=dict(self.hub.heads))))

    def step(self, ms: int) -> None:
        """Let time pass."""
        end = self.now_ms + ms
        while self.now_ms < end and self._advance(end):
            pass
        self.now_ms = end

    def run_until_quiet(self, limit_ms: int = 3_600_000) -> None:
        """Let time pass until everything has settled; fails when it does not."""
        end = self.now_ms + limit_ms
        while self._advance(end):
            assert self.now_ms < end, "no quiescence"
            assert self.messages < 200_000, "a message storm"

    def _advance(self, end: int) -> bool:
        session = self.edge.session
        assert session is not None
        tick = session.next_tick_ms
        arrival = self._under_way[0][0] if self._under_way else None
        times = [t for t in (tick, arrival) if t is not None]
        if not times or min(times) > end:
            return False
        self.now_ms = max(self.now_ms, min(times))
        if arrival is not None and arrival <= self.now_ms:
            _, _, side, channel, payload = heapq.heappop(self._under_way)
            self._deliver(side, channel, payload)
        else:
            self._up(self.edge.carry_out(session.tick(self.now_ms), self.now_ms))
        return True

    def _deliver(self, side: str, channel: str, payload: bytes) -> None:
        session = self.edge.session
        assert session is not None
        if side == "up":
            for answer, answer_payload in self.hub.receive(channel, payload, self.now_ms):
                self._send("dn", answer, answer_payload)
        else:
            outputs = session.receive(channel, payload, self.now_ms)
            self._up(self.edge.carry_out(outputs, self.now_ms))

    def _up(self, published: list[tuple[str, bytes]]) -> None:
        for channel, payload in published:
            self._send("up", channel, payload)

    def _send(self, side: str, channel: str, payload: bytes) -> None:
        copies = 0 if self.rng.random() < self.faults.loss else 1
        copies += self.rng.random() < self.faults.double
        for _ in range(copies):
            self.messages += 1
            at = self.now_ms + 1 + self.rng.randint(0, self.faults.delay_ms_max)
            heapq.heappush(self._under_way, (at, self.messages, side, channel, payload))
