"""Hellos, probe answers and page requests: everything a device asks that is not a batch."""

from collections.abc import Sequence

from hub.fleet.alerts import Speaker
from hub.ingest import repository
from hub.ingest.admission import Admission
from hub.ingest.broker import Outbound
from hub.ingest.histories import ORPHANED, beyond_belief, told_by_epoch, told_by_hello
from hub.ingest.inbox import DeviceRef
from hub.ingest.ports import DeviceGreeting, DeviceWatch, FloorSource, PageSource, SyncStore
from hub.ingest.repository import QuarantineItem
from hub.ingest.rules import fact_id_of
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from hub.kit.ids import IdSource
from protocol.codec.chain import genesis
from protocol.codec.control import decode_control, encode_control
from protocol.codec.pages import encode_page
from protocol.codec.topics import DeviceTopics
from protocol.messages.sync import Hello, Nak, PageRequest, Probe, ProbeAnswer, Want, Welcome
from protocol.session.hub import (
    DeviceView,
    Epoch,
    EpochIssued,
    Place,
    Welcomed,
    answer_hello,
    answer_probe,
    hello_places,
    probe_places,
)


class Greeting:
    """One transaction of the device's tenant per message; safe to repeat."""

    def __init__(
        self,
        *,
        database: Database,
        sync: SyncStore,
        pages: PageSource,
        fleet: DeviceGreeting,
        watch: DeviceWatch,
        floors: FloorSource,
        admission: Admission,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._database = database
        self._ids = ids
        self._admission = admission
        self._fleet = fleet
        self._watch = watch
        self._floors = floors
        self._sync = sync
        self._pages = pages
        self._clock = clock

    async def answer(self, device: DeviceRef, channel: str, payload: bytes) -> list[Outbound]:
        """The replies; raises RemoteProtocolError on bytes that cannot be read."""
        match channel:
            case "hello":
                return await self._hello(device, decode_control(payload, Hello))
            case "rsp":
                return await self._probed(device, decode_control(payload, ProbeAnswer))
            case _:
                return await self._page(device, decode_control(payload, PageRequest))

    async def want(self, device: DeviceRef) -> Outbound:
        """The retained word of what there is to pull."""
        async with self._database.tenant(device.organization_id) as session:
            versions = await self._pages.versions(session, device.store_id)
        payload = encode_control(Want(versions=versions))
        return Outbound(DeviceTopics(device.device_id).want, payload, retain=True)

    async def _hello(self, device: DeviceRef, hello: Hello) -> list[Outbound]:
        async with self._database.tenant(device.organization_id) as session:
            view = await self._view(session, device)
            speaker = Speaker(boot=hello.boot, sess=hello.sess, fingerprint=hello.fingerprint)
            may_speak, notices = await self._watch.heard(session, device.device_id, speaker)
            if may_speak:
                reply = await self._welcome(session, device, view, hello=hello)
                notices += [notice] if (notice := told_by_hello(view, hello)) else []
            else:
                reply = _refuse_clone(device, view, hello)
            await self._watch.tell(
                session, device.device_id, store_id=device.store_id, notices=notices
            )
            return [reply]

    async def _welcome(
        self, session: TenantSession, device: DeviceRef, view: DeviceView, *, hello: Hello
    ) -> Outbound:
        hashes = await self._hashes(session, view, hello_places(view, hello))
        decision = answer_hello(view, hello, hashes)
        if not isinstance(decision, Nak):
            await self._sync.note_hello(session, device.device_id, hello, at=self._clock.now())
        await self._fleet.greeted(session, device.device_id, agent=hello.agent)
        return await self._say(session, device, decision, said=hello)

    async def _probed(self, device: DeviceRef, answer: ProbeAnswer) -> list[Outbound]:
        async with self._database.tenant(device.organization_id) as session:
            view = await self._view(session, device)
            hashes = await self._hashes(session, view, probe_places(view, answer))
            decision = answer_probe(view, answer, hashes)
            notices = []
            if isinstance(decision, EpochIssued):
                await self._issue(session, view, decision.epoch)
                notices = [told_by_epoch(view, answer, decision.epoch)]
            elif isinstance(decision, Nak):
                notices = [beyond_belief(view, answer)]
            reply = await self._say(session, device, decision, said=answer)
            await self._watch.tell(
                session, device.device_id, store_id=device.store_id, notices=notices
            )
            return [reply]

    async def _issue(self, session: TenantSession, view: DeviceView, epoch: Epoch) -> None:
        """Begin the epoch. What came ahead of a gap in the old one is kept aside: it may be sent
        again under the new one, or its box may have lost it, and then it is the only copy."""
        now = self._clock.now()
        ahead = await self._sync.issue_epoch(session, view, epoch, at=now)
        items = [
            QuarantineItem(
                id=self._ids.next(),
                device_id=view.device_id,
                epoch=view.current.epoch,
                from_seq=seq,
                to_seq=seq,
                reason=ORPHANED,
                raw=raw,
                fact_id=fact_id_of(raw),
            )
            for seq, raw in ahead
        ]
        await repository.quarantine(session, items, at=now)

    async def _page(self, device: DeviceRef, request: PageRequest) -> list[Outbound]:
        async with self._database.tenant(device.organization_id) as session:
            page = await self._pages.page_after(session, device.store_id, request=request)
        return [Outbound(DeviceTopics(device.device_id).down("rsp"), encode_page(page))]

    async def _view(self, session: TenantSession, device: DeviceRef) -> DeviceView:
        """What we hold of the device, locked; its first hello makes the row."""
        await self._sync.ensure_device(
            session, device.device_id, genesis(device.device_id), at=self._clock.now()
        )
        return await self._sync.view(session, device.device_id)

    async def _hashes(
        self, session: TenantSession, view: DeviceView, places: Sequence[Place]
    ) -> dict[Place, bytes]:
        return await self._sync.hashes_at(session, view.device_id, places) if places else {}

    async def _say(
        self,
        session: TenantSession,
        device: DeviceRef,
        decision: Welcomed | EpochIssued | Probe | Nak,
        *,
        said: Hello | ProbeAnswer,
    ) -> Outbound:
        topics = DeviceTopics(device.device_id)
        if isinstance(decision, Probe):
            return Outbound(topics.down("probe"), encode_control(decision))
        if isinstance(decision, Nak):
            return Outbound(topics.down("nak"), encode_control(decision))
        epoch = decision.epoch
        granted = self._admission.greet(device, debt=said.head - epoch.hwm)
        welcome = Welcome(
            epoch=epoch.epoch,
            base=epoch.base,
            base_hash=epoch.base_hash,
            hwm=epoch.hwm,
            hash=epoch.hash,
            credit=granted.credit,
            hub_time_ms=int(self._clock.now().timestamp() * 1000),
            sess=said.sess,
            not_before_ms=granted.not_before_ms,
            want=await self._pages.versions(session, device.store_id),
            floors=await self._floors.floors(session, device),
        )
        return Outbound(topics.down("welcome"), encode_control(welcome))


def _refuse_clone(device: DeviceRef, view: DeviceView, hello: Hello) -> Outbound:
    """Two boxes speak in turns under this name, and this one is not who it was."""
    now = view.current
    nak = Nak(epoch=now.epoch, code="cloned", hwm=now.hwm, boot=hello.boot)
    return Outbound(DeviceTopics(device.device_id).down("nak"), encode_control(nak))
