"""Tablets at a running agent, and the sales that their customers bring, as bytes."""

import json
import time
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any
from uuid import UUID

import httpx
from msgspec import Struct

from protocol.vocabulary.ids import Uuid7Source
from provisioning.demo import sample_files
from provisioning.demo.baskets import Basket, customers
from provisioning.demo.cashier import Cashier
from provisioning.demo.goods import Product
from provisioning.demo.plan import Register
from provisioning.demo.tablet import Found, Tablet
from tests.bench.load import request
from tests.bench.programs import Goods, goods
from tests.integration.edge_agent.shop_seed import CASHIER, PAIRING_TOKENS, PINS, REGISTERS

_TAX_PPM = 190_000
_BASKETS = 400


class Till(Struct, frozen=True):
    """A signed-in tablet and its register's open shift."""

    token: str
    shift_id: UUID


def product_range(count: int) -> list[Goods]:
    """Products with the names of real groceries."""
    return goods([one.name for one in sample_files.read_groceries()], count=count)


def tills(port: int, count: int) -> list[Till]:
    """Pair and sign in so many tablets, shared out over the registers, and open the shifts."""
    ids = Uuid7Source(lambda: time.time_ns() // 1_000_000, Random(count).randbytes)
    shifts: dict[int, UUID] = {}
    found: list[Till] = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, trust_env=False) as client:
        for number in range(count):
            register = number % len(REGISTERS)
            paired = _post(
                client,
                "/v1/pairings",
                {"pairing_token": PAIRING_TOKENS[register], "tablet_name": f"bench {number}"},
            )
            signed_in = _post(
                client, "/v1/sign-ins", {"pin": PINS[CASHIER]}, token=paired["tablet_token"]
            )
            token = signed_in["token"]
            if register not in shifts:
                shift_id = ids.next()
                _post(
                    client, "/v1/shifts", {"id": str(shift_id), "float_minor": 500_000}, token=token
                )
                shifts[register] = shift_id
            found.append(Till(token, shifts[register]))
    return found


async def baskets(products: Sequence[Goods]) -> list[dict[str, Any]]:
    """Sales of real baskets as the register app would send them, but for id and shift."""
    range_ = [
        Product(
            id=one.product_id,
            sku=one.code,
            names={"fr": one.name},
            codes=(one.code,),
            tax_id="tva19",
            price_minor=one.price_minor,
        )
        for one in products
    ]
    tablet = _Recording(range_)
    rng = Random(7)
    cashier = Cashier(
        tablet, currency="DZD", ids=Uuid7Source(lambda: 1_760_000_000_000, rng.randbytes), rng=rng
    )
    coming = customers(range_, sample_files.read_basket_shapes(), rng)
    while len(tablet.bodies) < _BASKETS:
        customer = next(coming)
        if isinstance(customer, Basket):
            await cashier.sell_basket(customer)
    return tablet.bodies


def sales(till: Till, bodies: Sequence[dict[str, Any]], *, seed: int) -> Iterator[bytes]:
    """Requests without end, each a new sale."""
    rng = Random(seed)
    ids = Uuid7Source(lambda: time.time_ns() // 1_000_000, rng.randbytes)
    mark = "00000000-0000-7000-8000-000000000000"
    shift_id = str(till.shift_id)
    whole = [
        request(
            "POST",
            "/v1/sales",
            token=till.token,
            body=json.dumps({**body, "id": mark, "shift_id": shift_id}).encode(),
        )
        for body in rng.sample(bodies, len(bodies))
    ]
    while True:
        for one in whole:
            yield one.replace(mark.encode(), str(ids.next()).encode(), 1)


def lookups(till: Till, products: Sequence[Goods], *, seed: int) -> Iterator[bytes]:
    """Requests without end, each for the product of some barcode."""
    rng = Random(seed)
    while True:
        code = products[rng.randrange(len(products))].code
        yield request("GET", f"/v1/products?code={code}", token=till.token)


class _Recording(Tablet):
    """Keeps what a cashier would send."""

    def __init__(self, products: Sequence[Product]) -> None:
        register = Register(id=REGISTERS[0], name="bench", code="B", pairing_token="")
        super().__init__(httpx.AsyncClient(), register, rng=Random(1))
        self.bodies: list[dict[str, Any]] = []
        self._range = {one.codes[0]: one for one in products}

    async def product(self, code: str) -> Found:
        one = self._range[code]
        return Found(
            product_id=one.id,
            name=one.names["fr"],
            unit="piece",
            unit_price_minor=one.price_minor,
            tax_id=one.tax_id,
            tax_rate_ppm=_TAX_PPM,
        )

    async def post(self, path: str, body: Any) -> dict[str, Any]:
        self.bodies.append(dict(body))
        return {}


def _post(
    client: httpx.Client, path: str, body: dict[str, Any], *, token: str = ""
) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = client.post(path, json=body, headers=headers)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found
