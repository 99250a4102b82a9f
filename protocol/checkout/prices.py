"""Which price a product has: by price list, customer, date and quantity.

The file's law: of all prices that hold for the customer at that moment and for that quantity the
lowest counts; among equals the shop's own list, then the list's id, decides which is named.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct


class PricePoint(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One price from an instant on; without one it holds since ever.

    It holds until the next point of the same list and quantity. `price_list_id` None: the shop's
    own list. `min_quantity`: of the product on the ticket, None = any.
    """

    unit_price_minor: int
    effective_at: datetime | None = None
    price_list_id: UUID | None = None
    min_quantity: Decimal | None = None
