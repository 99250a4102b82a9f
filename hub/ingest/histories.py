"""What a hello or an answer says about lost or parted histories, for people. Pure decisions."""

from hub.fleet.alerts import Notice
from protocol.messages.sync import Hello, ProbeAnswer
from protocol.session.hub import DeviceView, Epoch

HUB_SET_BACK = "hub-set-back"
DEVICE_SET_BACK = "device-set-back"
DEVICE_WIPED = "device-wiped"
DEVICE_SALVAGED = "device-salvaged"
HISTORY_FORKED = "history-forked"
ORPHANED = "orphaned"
EPOCH_BEYOND_BELIEF = "epoch-beyond-belief"

# A box that lost part of its journal to a broken disk gives itself an epoch so far above its own
# (docs/adr/0012): far beyond what this hub, or the one it was restored from, ever issued.
OWN_EPOCHS = 1_000


def told_by_hello(view: DeviceView, hello: Hello) -> Notice | None:
    """The device knows of acks or epochs that we know nothing of: we came back from a backup.
    Or it claims an epoch to which nothing honest leads."""
    if not view.believes(hello.epoch):
        return beyond_belief(view, hello)
    now = view.current
    unknown = now.epoch < hello.epoch < now.epoch + OWN_EPOCHS or _bears_anothers_number(
        view, hello
    )
    if not unknown and (hello.epoch < now.epoch or hello.acked <= now.hwm):
        return None
    return Notice(
        kind=HUB_SET_BACK,
        once=f"{now.epoch}.{now.hwm}",
        details={
            "epoch": now.epoch,
            "hwm": now.hwm,
            "device_epoch": hello.epoch,
            "device_acked": hello.acked,
        },
    )


def beyond_belief(view: DeviceView, device: Hello | ProbeAnswer) -> Notice:
    """Told once per epoch of ours, whatever number the device thinks of next."""
    now = view.current
    return Notice(
        kind=EPOCH_BEYOND_BELIEF,
        once=f"{now.epoch}",
        details={"epoch": now.epoch, "hwm": now.hwm, "device_epoch": device.epoch},
    )


def told_by_epoch(view: DeviceView, answer: ProbeAnswer, issued: Epoch) -> Notice:
    """Why the device was given a new epoch. `resent`: facts that come again under it;
    `missing_at_device`: facts that the hub holds and this journal does not."""
    line = view.line_of(answer)
    resent, missing = answer.head - issued.base, line.hwm - issued.base
    if not view.issued(answer):
        salvaged = answer.epoch >= view.current.epoch + OWN_EPOCHS
        kind = DEVICE_SALVAGED if salvaged else HUB_SET_BACK
    elif resent or not missing:
        kind = HISTORY_FORKED
    else:
        kind = DEVICE_SET_BACK if issued.base else DEVICE_WIPED
    return Notice(
        kind=kind,
        once=f"epoch {issued.epoch}",
        details={
            "epoch": issued.epoch,
            "from_epoch": answer.epoch,
            "base": issued.base,
            "resent": resent,
            "missing_at_device": missing,
        },
    )


def _bears_anothers_number(view: DeviceView, hello: Hello) -> bool:
    """Its epoch is one that we issued before we were restored, and issued to another line since."""
    return view.line(hello.epoch).epoch == hello.epoch and not view.issued(hello)
