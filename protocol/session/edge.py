"""The edge's role: one machine per connection, fed with bytes and time.

Laws: an outbox row is cleared by the hub's ack alone, never by PUBACK. Everything may be lost,
doubled, late or out of order; the machine converges by repeating itself (promises A, B, H). It owns
no clock and no journal: every method takes `now_ms` (monotonic milliseconds) and returns outputs
that the shell carries out in order, answering ReadFacts, ReadHashes, AdoptEpoch and StagePage by
the method each names.
"""

from collections.abc import Mapping
from random import Random
from uuid import UUID

from msgspec import Raw, Struct
from msgspec.structs import replace

from protocol.codec.control import decode_control, encode_control
from protocol.codec.frames import MAX_BATCH_BYTES, MAX_BATCH_FACTS, BatchBody, encode_batch
from protocol.messages.facts import CURRENT_VERSION
from protocol.messages.sync import Ack, Command, Hello, Nak, Probe, Want, Welcome
from protocol.session.histories import CLONED, adopt, answer, caught_up, doubt, pruned, told_cloned
from protocol.session.hub_time import HubTime
from protocol.session.outputs import (
    Acked,
    Alarm,
    JournalState,
    Output,
    Publish,
    ReadFacts,
    ReadHashes,
    Replica,
    StoredFact,
)
from protocol.session.pulling import Pulls
from protocol.session.timing import Timing, backoff_ms

_WELCOME, _PROBE, _ACK = 1, 2, 3
# So many repetitions without progress, and the hub is asked where it stands.
_ATTEMPTS_BEFORE_HELLO = 3


class Boot(Struct, frozen=True, kw_only=True):
    """Who speaks, and who sets its clock as of this connection (`clk`: ntp, rtc or unsync)."""

    device_id: UUID
    boot: str
    agent: str
    fingerprint: str = ""
    clk: str = "unsync"


class EdgeSession:
    """See the module. Method order: life, input, answers of the shell, time."""

    def __init__(
        self,
        *,
        boot: Boot,
        journal: JournalState,
        replicas: Mapping[str, Replica],
        sess: int,
        timing: Timing,
        rng: Random,
    ) -> None:
        self._boot = boot
        self._journal = journal
        self._sess = sess
        self._timing = timing
        self._rng = rng
        self._pulls = Pulls(replicas, sess=sess, timing=timing, rng=rng)
        self._phase = "offline"
        self._attempt = 0
        self._credit = 1
        self._next = journal.acked + 1
        self._inflight: list[tuple[int, int]] = []
        self._sacked: list[tuple[int, int]] = []
        self._single_until = 0
        self._gap_at = 0
        self._reading = False
        self._deadline_ms: int | None = None
        self._hold_until_ms = 0
        self._ask_at_ms = 0
        self._welcome: Welcome | None = None
        # A welcome that goes back may be the answer to an earlier greeting of this connection.
        self._may_be_late = False
        self._ack: Ack | None = None
        self._probe: Probe | None = None
        self._hub_time = HubTime()

    @property
    def live(self) -> bool:
        """The hub welcomed us under the epoch we hold."""
        return self._phase == "live"

    @property
    def journal(self) -> JournalState:
        """Where the journal stands, as far as the machine was told."""
        return self._journal

    @property
    def pulls(self) -> Pulls:
        """The collections' side, to read versions from."""
        return self._pulls

    @property
    def next_tick_ms(self) -> int | None:
        """When `tick` has something to do; None: not before the next input."""
        held = self.live and self._hold_until_ms and self._next <= self._journal.head
        hold, ask = self._hold_until_ms if held else None, self._ask_at_ms if self.live else None
        times = (self._deadline_ms, self._pulls.deadline_ms, hold, ask)
        return min((t for t in times if t is not None), default=None)

    def connected(self, now_ms: int) -> list[Output]:
        """The transport is up and subscribed to `dn/+` and `want`."""
        return self._greet(now_ms)

    def receive(self, channel: str, payload: bytes, now_ms: int) -> list[Output]:
        """A message on `dn/<channel>` or, as `want`, the retained one.

        Raises RemoteProtocolError when it cannot be read; drop it, nothing depends on it.
        """
        match channel:
            case "welcome":
                return self._on_welcome(decode_control(payload, Welcome), now_ms)
            case "ack":
                return self._on_ack(decode_control(payload, Ack), now_ms)
            case "nak":
                return self._on_nak(decode_control(payload, Nak), now_ms)
            case "probe":
                return self._on_probe(decode_control(payload, Probe))
            case "rsp":
                return self._pulls.receive(payload, now_ms)
            case "want":
                return self._pulls.want(decode_control(payload, Want).versions, now_ms)
            case "cmd":
                command = decode_control(payload, Command)
                # Before the welcome nobody knows what time it is; the command comes again.
                return [self._hub_time.run(command, now_ms)] if self.live else []
            case _:
                return [Alarm("unknown-channel", channel)]

    def appended(self, head: int, head_hash: bytes, now_ms: int) -> list[Output]:
        """Facts were committed; call once per commit or once for several."""
        idle = self._next > self._journal.head
        self._journal = replace(self._journal, head=head, head_hash=head_hash)
        if idle:
            self._hold_until_ms = max(self._hold_until_ms, now_ms + self._timing.linger_ms)
        return self._pump(now_ms)

    def facts_read(
        self, first: int, facts: list[StoredFact], *, previous_hash: bytes, now_ms: int
    ) -> list[Output]:
        """The answer to ReadFacts; `previous_hash` is the one at `first − 1`."""
        self._reading = False
        if not self.live or first != self._next:
            return self._pump(now_ms)
        if not facts:
            return [Alarm("journal-gap", f"no fact at {first}, head {self._journal.head}")]
        if facts[-1].seq > self._journal.head:
            # Committed since `appended` was called; the ack may be here before its next call.
            self._journal = replace(self._journal, head=facts[-1].seq, head_hash=facts[-1].hash)
        keys = {person: key for fact in facts for person, key in fact.keys.items()}
        body = BatchBody(
            ev=[Raw(fact.raw) for fact in facts],
            boot=self._boot.boot,
            mono_ms=now_ms,
            clk=self._boot.clk,
            keys=keys,
        )
        payload = encode_batch(
            dev=self._boot.device_id,
            epoch=self._journal.epoch,
            first=first,
            prev=previous_hash,
            head=facts[-1].hash,
            body=body,
        )
        self._next = facts[-1].seq + 1
        self._inflight.append((first, facts[-1].seq))
        if self._deadline_ms is None:
            self._deadline_ms = now_ms + self._wait()
        channel = "ev" if self._next > self._journal.head else "bk"
        return [Publish(channel, payload), *self._pump(now_ms)]

    def hashes_read(self, question: int, hashes: Mapping[int, bytes], now_ms: int) -> list[Output]:
        """The answer to ReadHashes; a seq that the journal does not hold is left out."""
        if question == _PROBE:
            probe, self._probe = self._probe, None
            return [] if probe is None else [self._answer(probe, hashes)]
        if question == _ACK:
            ack, self._ack = self._ack, None
            if ack is None:
                return []
            # An ack for another box of this name tells of facts that are not ours.
            ours = hashes.get(ack.hwm) == ack.hash
            return self._count(ack, now_ms) if ours else self._greet(now_ms)
        welcome, self._welcome = self._welcome, None
        if welcome is None:
            return []
        newer = welcome.epoch > self._journal.epoch
        seq = welcome.base if newer else welcome.hwm
        if seq not in hashes:
            return pruned(seq)
        if hashes[seq] != (welcome.base_hash if newer else welcome.hash):
            return [self._answer(doubt(welcome, seq), hashes)]
        return adopt(self._journal, welcome) if newer else self._go_live(welcome, now_ms)

    def epoch_adopted(self, journal: JournalState, now_ms: int) -> list[Output]:
        """The journal now stands so, re-hashed under its new epoch: greet again under it."""
        self._journal = journal
        self._may_be_late = True
        return self._greet(now_ms)

    def page_staged(self, now_ms: int) -> list[Output]:
        """The page of the last StagePage is committed."""
        return self._pulls.staged(now_ms)

    def page_refused(self, now_ms: int) -> list[Output]:
        """There is no room for the page of the last StagePage: it is asked for again later."""
        return self._pulls.refused(now_ms)

    def tick(self, now_ms: int) -> list[Output]:
        """Time passed: repeat what got no answer, send what lingered."""
        outputs = self._pulls.tick(now_ms)
        if self.live and now_ms >= self._ask_at_ms:
            return [*outputs, *self._greet(now_ms)]
        if self._deadline_ms is None or now_ms < self._deadline_ms:
            return [*outputs, *self._pump(now_ms)]
        self._attempt += 1
        self._deadline_ms = None
        self._gap_at = 0
        if self._phase == "greeting" or self._attempt % _ATTEMPTS_BEFORE_HELLO == 0:
            return [*outputs, *self._greet(now_ms)]
        self._rewind(self._journal.acked + 1)
        return [*outputs, *self._pump(now_ms)]

    def _greet(self, now_ms: int) -> list[Output]:
        self._phase = "greeting"
        self._rewind(self._journal.acked + 1)
        self._sacked = []
        self._deadline_ms = now_ms + self._wait()
        hello = Hello(
            dev=self._boot.device_id,
            epoch=self._journal.epoch,
            head=self._journal.head,
            head_hash=self._journal.head_hash,
            acked=self._journal.acked,
            acked_hash=self._journal.acked_hash,
            boot=self._boot.boot,
            sess=self._sess,
            mono_ms=now_ms,
            clk=self._boot.clk,
            agent=self._boot.agent,
            schemas=CURRENT_VERSION,
            versions=self._pulls.versions,
            fingerprint=self._boot.fingerprint,
            base=self._journal.base,
            base_hash=self._journal.base_hash,
        )
        return [Publish("hello", encode_control(hello))]

    def _on_welcome(self, welcome: Welcome, now_ms: int) -> list[Output]:
        if welcome.sess != self._sess:
            return []
        journal = self._journal
        seq = welcome.base if welcome.epoch > journal.epoch else welcome.hwm
        goes_back = (welcome.epoch, seq) < (journal.epoch, journal.acked)
        if goes_back and (self.live or self._may_be_late):
            # An answer to an earlier greeting, or the hub came back from a backup: ask which.
            self._may_be_late = False
            self._ask_at_ms = min(self._ask_at_ms, now_ms + self._wait())
            return []
        if welcome.epoch < journal.epoch or seq > journal.head:
            self._deadline_ms = now_ms + self._wait()
            return [Alarm("hub-differs", f"welcomed at epoch {welcome.epoch}, seq {seq}")]
        self._welcome = welcome
        clock = self._hub_time.heard(welcome.hub_time_ms, now_ms)
        return [clock, ReadHashes(question=_WELCOME, seqs=[seq])]

    def _on_probe(self, probe: Probe) -> list[Output]:
        if probe.epoch != self._journal.epoch:
            return []
        self._probe = probe
        seqs = [seq for seq in probe.seqs[:MAX_BATCH_FACTS] if 0 <= seq <= self._journal.head]
        return [ReadHashes(question=_PROBE, seqs=seqs)]

    def _on_ack(self, ack: Ack, now_ms: int) -> list[Output]:
        journal = self._journal
        if not self.live or ack.epoch != journal.epoch or ack.hwm > journal.head:
            return []
        if ack.hwm <= journal.acked:
            return self._count(ack, now_ms)
        self._ack = ack
        return [ReadHashes(question=_ACK, seqs=[ack.hwm])]

    def _count(self, ack: Ack, now_ms: int) -> list[Output]:
        journal = self._journal
        outputs: list[Output] = [self._hub_time.heard(ack.hub_time_ms, now_ms)]
        # An ack below what was acked is late, or the hub came back from a backup: ask which.
        soon, calm = now_ms + self._wait(), now_ms + self._timing.silence_ms
        self._ask_at_ms = min(self._ask_at_ms, soon) if ack.hwm < journal.acked else calm
        self._credit = max(1, ack.credit)
        self._sacked = ack.sack
        if ack.hwm > journal.acked:
            self._journal = replace(journal, acked=ack.hwm, acked_hash=ack.hash)
            self._next = max(self._next, ack.hwm + 1)
            self._attempt = self._gap_at = 0
            self._deadline_ms = None
            dead = tuple((slot.seq, slot.code) for slot in ack.dead)
            outputs.append(Acked(hwm=ack.hwm, dead=dead))
        self._inflight = [sent for sent in self._inflight if not self._settled(sent)]
        if not self._inflight:
            self._deadline_ms = None
        elif self._deadline_ms is None:
            self._deadline_ms = now_ms + self._wait()
        if not self._inflight and self._journal.acked + 1 < self._next:
            # What was sent has arrived but for a hole, or the hub let go of what it had selected.
            self._rewind(self._journal.acked + 1)
        return [*outputs, *self._pump(now_ms)]

    def _on_nak(self, nak: Nak, now_ms: int) -> list[Output]:
        if nak.code == CLONED:
            return told_cloned(nak, boot=self._boot.boot, timing=self._timing, rng=self._rng)
        if not self.live:
            return []
        first, last = nak.ranges[0] if nak.ranges else (self._journal.acked + 1, 0)
        if first == self._gap_at if nak.code == "gap" else 0 < last <= self._single_until:
            # One answer to all the refusals that one gap or one bad batch draws, or they multiply.
            return []
        self._deadline_ms = None
        self._rewind(max(first, self._journal.acked + 1))
        if nak.code == "gap":
            self._gap_at = first
            return self._pump(now_ms)
        if nak.code == "bad_batch":
            self._single_until = last
            return [Alarm("resent-singly", f"{first}–{last}"), *self._pump(now_ms)]
        wait = self._wait()
        self._attempt += 1
        if nak.code == "busy":
            self._hold_until_ms = now_ms + wait
            return []
        self._phase = "greeting"
        self._deadline_ms = now_ms + wait
        return [Alarm(f"refused-{nak.code}", f"at {nak.hwm} of epoch {nak.epoch}")]

    def _go_live(self, welcome: Welcome, now_ms: int) -> list[Output]:
        self._phase = "live"
        self._attempt = 0
        self._may_be_late = True
        self._deadline_ms = None
        self._ask_at_ms = now_ms + self._timing.silence_ms
        self._credit = max(1, welcome.credit)
        learnt = caught_up(self._journal, welcome)
        self._journal = replace(self._journal, acked=welcome.hwm, acked_hash=welcome.hash)
        self._rewind(welcome.hwm + 1)
        self._hold_until_ms = now_ms + welcome.not_before_ms
        return [
            *learnt,
            Acked(hwm=welcome.hwm),
            *self._pulls.start(welcome.want, now_ms),
            *self._pump(now_ms),
        ]

    def _pump(self, now_ms: int) -> list[Output]:
        """Ask for the next batch if the credit, the linger and the journal allow one."""
        for first, last in self._sacked:
            if first <= self._next <= last:
                self._next = last + 1
        waiting = self._journal.head - self._next + 1
        held_ms = max(0, self._hold_until_ms - now_ms)
        if not held_ms:
            self._hold_until_ms = 0
        if not self.live or self._reading or waiting <= 0 or len(self._inflight) >= self._credit:
            return []
        if held_ms and not (waiting >= MAX_BATCH_FACTS and held_ms <= self._timing.linger_ms):
            return []
        until_sacked = [first - self._next for first, _ in self._sacked if first > self._next]
        most = min([1 if self._next <= self._single_until else MAX_BATCH_FACTS, *until_sacked])
        self._reading = True
        return [ReadFacts(first=self._next, max_facts=most, max_bytes=MAX_BATCH_BYTES)]

    def _rewind(self, seq: int) -> None:
        self._next = seq
        self._inflight = []

    def _settled(self, sent: tuple[int, int]) -> bool:
        first, last = sent
        return last <= self._journal.acked or any(a <= first and last <= b for a, b in self._sacked)

    def _answer(self, probe: Probe, hashes: Mapping[int, bytes]) -> Publish:
        return answer(probe, hashes, journal=self._journal, sess=self._sess)

    def _wait(self) -> int:
        return backoff_ms(
            self._rng,
            attempt=self._attempt,
            initial_ms=self._timing.answer_initial_ms,
            max_ms=self._timing.answer_max_ms,
        )
