"""Who trades: the demo's two owners, each with a street of shops."""

from dataclasses import replace

from provisioning.demo.plan import GIFTS, SUPERETTE, Store, Tenant, new_store

# Half of them stand idle until the shop's box is replaced.
REGISTERS = 2
_GIFT_SHARE = 10


def owners(shops: int) -> tuple[Tenant, ...]:
    """Every tenth shop sells gifts, the others groceries; at least one of each."""
    assert shops > 1
    gifts = max(1, shops // _GIFT_SHARE)
    return (
        replace(GIFTS, stores=tuple(_gift_shop(number) for number in range(gifts))),
        replace(SUPERETTE, stores=tuple(_superette(number) for number in range(shops - gifts))),
    )


def _gift_shop(number: int) -> Store:
    return new_store(
        f"G{number:02}",
        f"Northgate {number}",
        timezone="Europe/London",
        languages=("en",),
        register="Till",
        registers=2 * REGISTERS,
    )


def _superette(number: int) -> Store:
    return new_store(
        f"S{number:02}",
        f"El Baraka {number}",
        timezone="Africa/Algiers",
        languages=("fr", "ar"),
        register="Caisse",
        registers=2 * REGISTERS,
    )
