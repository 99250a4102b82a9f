"""What the office may say of a price list."""

from protocol.errors import Malformed
from protocol.messages.collections import MOST_LIST_CUSTOMERS, PriceList


def check_price_list(price_list: PriceList) -> None:
    """Malformed `malformed-price-list` naming every offending field."""
    faults = {}
    if not price_list.name.strip():
        faults["name"] = "is empty"
    customers = price_list.customer_ids
    if len(customers) > MOST_LIST_CUSTOMERS:
        faults["customer_ids"] = f"has more than {MOST_LIST_CUSTOMERS}"
    if len(set(customers)) < len(customers):
        faults["customer_ids"] = "names one twice"
    first, last = price_list.valid_from, price_list.valid_until
    if first is not None and last is not None and last < first:
        faults["valid_until"] = "is before valid_from"
    if faults:
        raise Malformed("malformed-price-list", "Correct the named fields.", fields=faults)
