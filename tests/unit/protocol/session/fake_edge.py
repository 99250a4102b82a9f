"""The edge's shell over lists: what SQLite and the MQTT client do, without either."""

from random import Random
from uuid import UUID

from protocol.codec.chain import genesis, links
from protocol.session.edge import Boot, EdgeSession
from protocol.session.outputs import (
    Acked,
    AdoptEpoch,
    Alarm,
    HubClock,
    JournalState,
    Output,
    Publish,
    ReadFacts,
    ReadHashes,
    Replica,
    StagePage,
    StoredFact,
)
from protocol.session.timing import Timing

TIMING = Timing(linger_ms=50, answer_initial_ms=1_000, answer_max_ms=8_000)


class FakeEdge:
    """A journal, its acked mark, replicated collections, and the machine of the connection."""

    def __init__(self, device_id: UUID, *, rng: Random) -> None:
        self.device_id = device_id
        self.rng = rng
        self.raws: list[bytes] = []
        self.hashes: list[bytes] = [genesis(device_id)]
        self.epoch = 1
        self.base = 0
        self.acked = 0
        self.dead: list[tuple[int, str]] = []
        self.sess = 0
        self.alarms: list[str] = []
        self.live: dict[str, dict[str, bytes]] = {}
        self.staging: dict[str, dict[str, bytes]] = {}
        self.replicas: dict[str, Replica] = {}
        self.session: EdgeSession | None = None

    def append(self, raw: bytes, now_ms: int) -> list[Output]:
        """Commit a fact; the machine hears of it if there is a connection."""
        self.raws.append(raw)
        self._rehash(len(self.raws) - 1)
        return (
            self.session.appended(len(self.raws), self.hashes[-1], now_ms) if self.session else []
        )

    def connect(self, now_ms: int) -> list[Output]:
        """A new connection: a new machine from what is on disk."""
        self.sess += 1
        self.session = EdgeSession(
            boot=Boot(device_id=self.device_id, boot="b1", agent="test"),
            journal=self.state(),
            replicas=self.replicas,
            sess=self.sess,
            timing=TIMING,
            rng=self.rng,
        )
        return self.session.connected(now_ms)

    def state(self) -> JournalState:
        """What is on disk."""
        return JournalState(
            epoch=self.epoch,
            head=len(self.raws),
            head_hash=self.hashes[-1],
            acked=self.acked,
            acked_hash=self.hashes[self.acked],
            base=self.base,
            base_hash=self.hashes[self.base],
        )

    def carry_out(self, outputs: list[Output], now_ms: int) -> list[tuple[str, bytes]]:
        """Do what the machine says, and return what it publishes."""
        session = self.session
        assert session is not None
        queue, published = list(outputs), list[tuple[str, bytes]]()
        while queue:
            match queue.pop(0):
                case Publish(channel, payload):
                    published.append((channel, payload))
                case ReadFacts() as ask:
                    facts = self._read(ask)
                    queue += session.facts_read(
                        ask.first,
                        facts,
                        previous_hash=self.hashes[ask.first - 1],
                        now_ms=now_ms,
                    )
                case ReadHashes(question=question, seqs=seqs):
                    known = {seq: self.hashes[seq] for seq in seqs if seq < len(self.hashes)}
                    queue += session.hashes_read(question, known, now_ms)
                case Acked(hwm=hwm, dead=dead):
                    self.acked = hwm
                    self.dead += dead
                case AdoptEpoch(epoch=epoch, base=base):
                    self.epoch, self.base = epoch, base
                    self.acked = min(self.acked, base)
                    self._rehash(base)
                    queue += session.epoch_adopted(self.state(), now_ms)
                case StagePage() as stage:
                    self._stage(stage)
                    queue += session.page_staged(now_ms)
                case HubClock():
                    pass
                case Alarm(code, _):
                    self.alarms.append(code)
        return published

    def _read(self, ask: ReadFacts) -> list[StoredFact]:
        facts, size = list[StoredFact](), 0
        for seq in range(ask.first, min(len(self.raws), ask.first + ask.max_facts - 1) + 1):
            raw = self.raws[seq - 1]
            size += len(raw)
            if facts and size > ask.max_bytes:
                break
            facts.append(StoredFact(seq=seq, hash=self.hashes[seq], raw=raw))
        return facts

    def _rehash(self, base: int) -> None:
        tail = links(self.hashes[base], epoch=self.epoch, first_seq=base + 1, raws=self.raws[base:])
        self.hashes = [*self.hashes[: base + 1], *tail]

    def _stage(self, stage: StagePage) -> None:
        name, page = stage.collection, stage.page
        staged = self.staging.setdefault(name, dict(self.live.get(name, {})))
        if page.restart:
            staged.clear()
        staged.update({put.key: bytes(put.payload) for put in page.puts})
        for key in page.gone:
            staged.pop(key, None)
        if page.done:
            self.live[name] = self.staging.pop(name)
            self.replicas[name] = Replica(version=page.version)
        else:
            version = self.replicas[name].version if name in self.replicas else 0
            self.replicas[name] = Replica(version=version, staged=page.next)
