"""What the edge makes of a hub that holds another history than its own journal, or another box.

A copied card: it sells on, its facts stay in its journal, and it comes back so seldom that the
other box can work, for on the broker each connection of the one ends that of the other.
"""

from collections.abc import Mapping
from random import Random

from protocol.codec.control import encode_control
from protocol.messages.sync import Nak, Probe, ProbeAnswer, Welcome
from protocol.session.outputs import (
    AdoptEpoch,
    Alarm,
    JournalState,
    Output,
    Publish,
    RaiseFloors,
    Retreat,
)
from protocol.session.timing import Timing

CLONED = "cloned"


def doubt(welcome: Welcome, hi: int) -> Probe:
    """The probe that the hub would send, knew it that our hashes differ at `hi`."""
    return Probe(
        epoch=welcome.epoch, lo=0, hi=hi, seqs=[], at_epoch=welcome.epoch, at_hwm=welcome.hwm
    )


def answer(
    probe: Probe, hashes: Mapping[int, bytes], *, journal: JournalState, sess: int
) -> Publish:
    """What this journal holds of what is asked. `hashes`: by seq."""
    told = ProbeAnswer(
        epoch=journal.epoch,
        lo=probe.lo,
        hi=probe.hi,
        head=journal.head,
        hashes=sorted(hashes.items()),
        at_epoch=probe.at_epoch,
        at_hwm=probe.at_hwm,
        sess=sess,
        base=journal.base,
        base_hash=journal.base_hash,
    )
    return Publish("rsp", encode_control(told))


def pruned(seq: int) -> list[Output]:
    """The hub stands where this journal no longer reaches: it came back from a backup older than
    what shops keep. Asking for hashes would go round and round; the next hello tries again."""
    return [Alarm("history-pruned", f"the hub goes on after {seq}, which is no longer kept here")]


def adopt(journal: JournalState, welcome: Welcome) -> list[Output]:
    """Take the epoch that the hub issued, and tell people so."""
    again = journal.head - welcome.base
    parted = f"epoch {welcome.epoch} begins after {welcome.base}: {again} facts are sent again"
    adopted = AdoptEpoch(epoch=welcome.epoch, base=welcome.base, base_hash=welcome.base_hash)
    return [Alarm("history-parted", parted), adopted]


def caught_up(journal: JournalState, welcome: Welcome) -> list[Output]:
    """What a side that lost something learns of the other: Zs of ours that only the hub knows, and
    acknowledged facts that a hub lost which came back from a backup."""
    learnt: list[Output] = [RaiseFloors(welcome.floors)] if welcome.floors else []
    if welcome.hwm < journal.acked:
        lost = f"{welcome.hwm} of {journal.acked} acknowledged facts: the others are sent again"
        learnt.append(Alarm("hub-set-back", f"the hub holds {lost}"))
    return learnt


def told_cloned(nak: Nak, *, boot: str, timing: Timing, rng: Random) -> list[Output]:
    """Nothing, when it was the other box that was meant: the two share their topics."""
    if nak.boot != boot:
        return []
    wait_ms = timing.clone_wait_ms
    return [
        Alarm(CLONED, "another box speaks under this device's name: claim this one anew"),
        Retreat(rng.randint(wait_ms, wait_ms + wait_ms // 4)),
    ]
