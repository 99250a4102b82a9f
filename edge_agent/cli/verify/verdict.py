"""What a verification found. Faults are named one by one up to a bound, and counted beyond it."""

from uuid import UUID

from msgspec import Struct

MOST_FAULTS = 1_000


class Fault(Struct, frozen=True):
    """`seq`: at which fact, 0 = of the whole. `code`: stable; `subject`: what differs."""

    seq: int
    code: str
    subject: str
    expected: str = ""
    found: str = ""


class Verdict(Struct, kw_only=True):
    """Counts of what was looked at. What is unproved could not be looked at, because facts that it
    follows from were pruned, or a key is not at hand: that is no fault.

    `flagged_count`: tickets whose figures differ and that say so themselves.
    """

    device_id: UUID | None = None
    first_seq: int = 0
    last_seq: int = 0
    fact_count: int = 0
    ticket_count: int = 0
    flagged_count: int = 0
    unproved_tickets: int = 0
    invoice_count: int = 0
    z_count: int = 0
    unproved_zs: int = 0
    signed_zs: int = 0
    unsigned_zs: int = 0
    unproved_signatures: int = 0
    rechained_zs: int = 0
    fault_count: int = 0
    faults: list[Fault] = []

    @property
    def ok(self) -> bool:
        """Whether nothing contradicts."""
        return not self.fault_count

    def add(self, fault: Fault) -> None:
        """One more."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults = [*self.faults, fault]

    def compare(
        self, seq: int, code: str, subject: str, *, expected: object, found: object
    ) -> bool:
        """Whether both are the same; a fault if not."""
        if expected == found:
            return True
        told = [str(value)[:200] for value in (expected, found)]
        self.add(Fault(seq, code, subject, *told))
        return False
