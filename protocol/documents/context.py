"""What a paper says that its message does not: names, the shop's own texts, how it is chained.

The file's law: values only, with defaults for all that a shop may not have; what is missing is not
printed. Ids become names here, never on the way from shop to hub.
"""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from protocol.messages.invoice import Party


class PaperContext(Struct, frozen=True, kw_only=True):
    """Handed in beside a message.

    `languages`: one or two of fr, ar, en; others are passed over, and where none is left the paper
    is in French. `party`: who sells, with its legal ids. `customer`: who buys, where known.
    `tax_names`: tax id → what the paper calls it. `original`: the number of the ticket that is
    returned, as printed. `chain_hash`: h of the fact that the paper is of.
    `duplicate`: 0 for the original, else which copy it is.
    """

    languages: tuple[str, ...]
    timezone: str
    business_date: date
    party: Party | None = None
    customer: Party | None = None
    store: str = ""
    register: str = ""
    register_code: str = ""
    cashier: str = ""
    header: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    promotion_names: Mapping[UUID, str] = {}
    tax_names: Mapping[str, str] = {}
    original: str | None = None
    chain_hash: bytes = b""
    duplicate: int = 0
    printed_at: datetime | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
