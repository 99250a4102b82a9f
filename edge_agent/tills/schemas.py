"""Shifts, cash movements, X and Z over HTTP. Amounts are integer minor units of the currency."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from edge_agent.kit.client_ids import ClientId
from edge_agent.kit.texts import NO_NUL, VISIBLE
from edge_agent.tills.rules import CashMovement, Shift
from protocol.vocabulary.money import MAX_AMOUNT_MINOR

# Strict: neither "5" nor 5.0 nor true is an amount.
Amount = Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT_MINOR)]
_SHIFT_ID = "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a02"


class ShiftOpening(BaseModel):
    """Begin a shift on the tablet's register."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"id": _SHIFT_ID, "float_minor": 500000}]},
    )

    id: ClientId
    float_minor: Amount


class ShiftState(BaseModel):
    """A shift as it stands."""

    id: UUID
    register_id: UUID
    status: Literal["open", "closed"]
    business_date: date
    currency: str
    opened_at: datetime
    opened_by: UUID
    float_minor: int
    closed_at: datetime | None = None
    z_number: int | None = None

    @classmethod
    def of(cls, shift: Shift) -> "ShiftState":
        """The same for HTTP."""
        return cls(
            id=shift.id,
            register_id=shift.register_id,
            status="open" if shift.is_open else "closed",
            business_date=shift.business_date,
            currency=shift.currency,
            opened_at=shift.opened_at,
            opened_by=shift.opened_by,
            float_minor=shift.float_minor,
            closed_at=shift.closed_at,
            z_number=shift.z_number,
        )


class ShiftClosing(BaseModel):
    """Close the shift with what was counted in the drawer."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"counted_cash_minor": 1248500}]},
    )

    counted_cash_minor: Amount


class CashMovementRequest(BaseModel):
    """Cash into or out of the drawer beside tickets."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "019a7c11-3b5e-7a20-9c41-1f0e8d6b2a03",
                    "shift_id": _SHIFT_ID,
                    "kind": "paid_out",
                    "amount_minor": 120000,
                    "reason": "bread delivery",
                }
            ]
        },
    )

    id: ClientId
    shift_id: UUID
    kind: Literal["paid_in", "paid_out", "pickup", "loan"]
    amount_minor: Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT_MINOR)]
    reason: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL), VISIBLE]

    def to_movement(self) -> CashMovement:
        """The same in the slice's words."""
        return CashMovement(
            id=self.id,
            shift_id=self.shift_id,
            kind=self.kind,
            amount_minor=self.amount_minor,
            reason=self.reason,
        )


class CashMovementState(BaseModel):
    """A booked cash movement."""

    id: UUID
    shift_id: UUID
    kind: Literal["paid_in", "paid_out", "pickup", "loan"]
    amount_minor: int
    reason: str


class TenderSumFigures(BaseModel):
    """One kind of tender over the shift, net of change; returns subtract."""

    kind: str
    count: int
    amount_minor: int


class TaxSumFigures(BaseModel):
    """One tax rate over the shift; returns subtract. `count`: tickets that bore it."""

    tax_id: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
    count: int = 0
    treatment: Literal["taxed", "exempt", "outside"] = "taxed"


class PerpetualFigures(BaseModel):
    """What the register has sold since ever and since its business year began, this report and all
    addenda so far included. Never set back."""

    sales_minor: int
    returns_minor: int
    sales_count: int
    returns_count: int
    duty_minor: int
    year: int = Field(examples=[2026])
    year_sales_minor: int
    year_returns_minor: int


class AddendaFigures(BaseModel):
    """Tickets that came after the close of an older Z, since the Z before this one."""

    z_number: int
    sales_count: int
    sales_minor: int
    returns_count: int
    returns_minor: int


class CashFigures(BaseModel):
    """The drawer. Negative over/short is short; counted is known to a Z only."""

    float_minor: int
    sales_minor: int
    returns_minor: int
    paid_in_minor: int
    paid_out_minor: int
    pickup_minor: int
    loan_minor: int
    expected_minor: int
    counted_minor: int | None
    over_short_minor: int | None


class TillReportState(BaseModel):
    """An X reads the open shift; a Z closed it, is numbered per register and never changes.

    Handed-over tickets that came after the close are addenda: in no Z, named on the ticket.
    """

    kind: Literal["x", "z"]
    register_id: UUID
    shift_id: UUID
    z_number: int | None
    business_date: date
    opened_at: datetime
    closed_at: datetime | None
    currency: str
    sales_count: int
    returns_count: int
    gross_minor: int = Field(description="Payable of the sales, before returns.")
    returns_minor: int
    net_minor: int
    tenders: list[TenderSumFigures]
    taxes: list[TaxSumFigures]
    cash: CashFigures
    series_epoch: int | None
    first_receipt: int | None
    last_receipt: int | None
    handed_over_count: int
    duty_minor: int = 0
    duty_count: int = 0
    perpetual: PerpetualFigures | None = None
    addenda: list[AddendaFigures] = []
    chain_hash: str | None = Field(
        default=None, description="A Z's: the journal's hash before it, in hex."
    )
    signature: str | None = Field(
        default=None, description="A Z's, base64, by the device's key; null where it has none."
    )
