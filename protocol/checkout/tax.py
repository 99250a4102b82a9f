"""Which tax a line bears on a day: dated rates, the legal entity's regime, a customer's exemption.

The file's law: rates and regimes are dated rows that an accountant changes; a day without a row is
an error, never a guess. Exempt is not 0 %: it has a ground, and shows as what it is.
"""

from datetime import date
from typing import Literal

from msgspec import Struct

# réel: charges TVA and shows it. ifu (impôt forfaitaire unique): charges none, shows none.
RegimeKind = Literal["reel", "ifu"]


class RatePoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tax's rate from a day on. `exempt`: not taxed by law; the rate is 0 then."""

    valid_from: date
    rate_ppm: int
    exempt: bool = False


class RegimePoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A legal entity's regime from a day on. `verify`: to be confirmed by an accountant."""

    valid_from: date
    kind: RegimeKind
    verify: bool = False
