"""The hub's shell over dictionaries: what Postgres and the ingest worker do, without either."""

from uuid import UUID

from msgspec import Raw

from protocol.codec.chain import genesis
from protocol.codec.control import decode_control, encode_control
from protocol.codec.frames import open_body, split_frame
from protocol.codec.pages import encode_page
from protocol.errors import RemoteProtocolError
from protocol.messages.sync import (
    Cursor,
    Hello,
    Page,
    PageRequest,
    Probe,
    ProbeAnswer,
    Put,
    Welcome,
)
from protocol.session.hub import (
    DeviceView,
    Epoch,
    EpochIssued,
    Limits,
    Row,
    Taken,
    answer_hello,
    answer_probe,
    bury,
    hello_places,
    probe_places,
    take_batch,
)
from protocol.session.pulling import LAST_KEY

Sent = tuple[str, bytes]


class FakeHub:
    """One device's view and inbox, one store's collections."""

    def __init__(self, device_id: UUID, *, credit: int = 4, page_rows: int = 3) -> None:
        start = genesis(device_id)
        first = Epoch(epoch=1, parent=0, base=0, base_hash=start, hwm=0, hash=start)
        self.view = DeviceView(device_id=device_id, epochs=(first,))
        self.inbox: dict[tuple[int, int], Row] = {}
        self.ahead: dict[int, Row] = {}
        self.quarantine: list[str] = []
        self.collections: dict[str, dict[str, tuple[int, bytes | None]]] = {}
        self.heads: dict[str, int] = {}
        self.history: dict[str, dict[int, dict[str, bytes]]] = {}
        self.credit = credit
        self.page_rows = page_rows
        self.sess = 0
        self.oldest_cursor: dict[str, int] = {}

    def publish(self, name: str, changes: dict[str, bytes | None]) -> None:
        """Commit one version of a collection; None deletes."""
        version = self.heads.get(name, 0) + 1
        self.heads[name] = version
        rows = self.collections.setdefault(name, {})
        rows.update({key: (version, payload) for key, payload in changes.items()})
        state = {key: payload for key, (_, payload) in rows.items() if payload is not None}
        self.history.setdefault(name, {})[version] = state

    def receive(self, channel: str, payload: bytes, now_ms: int) -> list[Sent]:
        """What an ingest worker does with one message."""
        limits = Limits(credit=self.credit, hub_time_ms=now_ms)
        match channel:
            case "hello":
                return self._hello(decode_control(payload, Hello), limits)
            case "rsp":
                return self._probed(decode_control(payload, ProbeAnswer), limits)
            case "req":
                return [("rsp", encode_page(self._page(decode_control(payload, PageRequest))))]
            case _:
                return self._batch(payload, limits)

    def facts(self) -> list[bytes]:
        """The history as the current epoch tells it, in order."""
        top = self.view.current
        places = [self.view.place(top.epoch, seq) for seq in range(1, top.hwm + 1)]
        return [self.inbox[place].raw for place in places]

    def lose_after(self, seq: int) -> None:
        """Come back from a backup taken when only `seq` facts were there."""
        line = self.view.current
        hash_then = self.inbox[(line.epoch, seq)].hash if seq else line.base_hash
        kept = Epoch(
            epoch=line.epoch,
            parent=line.parent,
            base=line.base,
            base_hash=line.base_hash,
            hwm=seq,
            hash=hash_then,
        )
        self.view = DeviceView(device_id=self.view.device_id, epochs=(*self.view.epochs[:-1], kept))
        self.inbox = {p: row for p, row in self.inbox.items() if p[0] < line.epoch or p[1] <= seq}
        self.ahead = {}

    def _hello(self, hello: Hello, limits: Limits) -> list[Sent]:
        self.sess = hello.sess
        hashes = self._hashes(hello_places(self.view, hello))
        return self._decided(answer_hello(self.view, hello, hashes), limits)

    def _probed(self, answer: ProbeAnswer, limits: Limits) -> list[Sent]:
        hashes = self._hashes(probe_places(self.view, answer))
        return self._decided(answer_probe(self.view, answer, hashes), limits)

    def _hashes(self, places: list[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
        return {place: self.inbox[place].hash for place in places if place in self.inbox}

    def _decided(self, decision: object, limits: Limits) -> list[Sent]:
        if isinstance(decision, Probe):
            return [("probe", encode_control(decision))]
        if isinstance(decision, EpochIssued):
            self.view = DeviceView(
                device_id=self.view.device_id, epochs=(*self.view.epochs, decision.epoch)
            )
            self.ahead = {}
        now = self.view.current
        welcome = Welcome(
            epoch=now.epoch,
            base=now.base,
            base_hash=now.base_hash,
            hwm=now.hwm,
            hash=now.hash,
            credit=limits.credit,
            hub_time_ms=limits.hub_time_ms,
            sess=self.sess,
            want=dict(self.heads),
        )
        return [("welcome", encode_control(welcome))]

    def _batch(self, payload: bytes, limits: Limits) -> list[Sent]:
        ahead = tuple(self.ahead[seq] for seq in sorted(self.ahead))
        try:
            header, body = split_frame(payload, dev=self.view.device_id)
        except RemoteProtocolError as error:
            self.quarantine.append(error.code)
            return []
        try:
            batch = open_body(header, body)
        except RemoteProtocolError as error:
            taken = bury(self.view, header, body, code=error.code, ahead=ahead, limits=limits)
            return self._taken(taken)
        held = {
            seq: self.inbox[(header.epoch, seq)].hash
            for seq in range(header.first, header.last + 1)
            if (header.epoch, seq) in self.inbox
        }
        return self._taken(take_batch(self.view, batch, held=held, ahead=ahead, limits=limits))

    def _taken(self, taken: Taken) -> list[Sent]:
        epoch = taken.epoch
        for row in taken.inbox:
            assert (epoch.epoch, row.seq) not in self.inbox
            self.inbox[(epoch.epoch, row.seq)] = row
        for seq in (*taken.used, *taken.dropped):
            del self.ahead[seq]
        self.ahead.update({row.seq: row for row in taken.ahead})
        if taken.quarantine:
            self.quarantine.append(taken.quarantine)
        self.view = DeviceView(
            device_id=self.view.device_id, epochs=(*self.view.epochs[:-1], epoch)
        )
        channel = "ack" if hasattr(taken.reply, "hash") else "nak"
        return [(channel, encode_control(taken.reply))]

    def _page(self, request: PageRequest) -> Page:
        name = request.collection
        head = self.heads.get(name, 0)
        rows = self.collections.get(name, {})
        cursor = request.cursor
        stale = cursor is not None and cursor.since < self.oldest_cursor.get(name, 0)
        restart = cursor is None or cursor.version > head or stale
        after = (0, "") if restart or cursor is None else (cursor.version, cursor.key)
        due = sorted((v, key, raw) for key, (v, raw) in rows.items() if (v, key) > after)
        chosen, done = due[: self.page_rows], len(due) <= self.page_rows
        end = Cursor(version=head, key=LAST_KEY, since=head)
        since = head if restart or cursor is None else cursor.since
        return Page(
            rid=request.rid,
            collection=name,
            next=end if done else Cursor(version=chosen[-1][0], key=chosen[-1][1], since=since),
            version=head,
            done=done,
            puts=[Put(key=k, version=v, payload=Raw(raw)) for v, k, raw in chosen if raw],
            gone=[k for _, k, raw in chosen if raw is None],
            restart=restart,
        )
