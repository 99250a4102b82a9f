"""The lower half of an agent over a real file: settings, staff, tablets, products, their HTTP."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
from argon2 import PasswordHasher
from fastapi import Depends, FastAPI

from edge_agent.catalog import routes as catalog_routes
from edge_agent.catalog.proposals import ProposalParts, ProposalService
from edge_agent.catalog.service import CatalogService
from edge_agent.journal.service import Journal
from edge_agent.kit.problems import add_problem_handlers, refuse_unknown_query
from edge_agent.shop import routes as shop_routes
from edge_agent.shop.service import ShopParts, ShopService
from edge_agent.staff import routes as staff_routes
from edge_agent.staff.service import StaffParts, StaffService
from edge_agent.storage.readers import Readers
from edge_agent.storage.writer import Writer
from protocol.messages.collections import Item, RegisterSettings, StaffMember, StoreSettings
from tests.unit.edge_agent.clock import ManualClock
from tests.unit.edge_agent.pages import page

DEVICE = UUID("018f3a5e-0000-7000-8000-000000000001")
STORE = UUID("018f3a5e-0000-7000-8000-000000000002")
REGISTERS = (UUID(int=71), UUID(int=72))
PAIRING_TOKENS = ("first-register-token", "second-register-token")
CASHIER, MANAGER = UUID(int=501), UUID(int=502)
CASHIER_PIN, MANAGER_PIN = "1111", "2222"
# As cheap as argon2 can be: the tests are about what surrounds it.
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

SETTINGS = StoreSettings(
    store_id=STORE,
    organization_id=UUID(int=1),
    name="Superette El Baraka",
    currency="DZD",
    timezone="Africa/Algiers",
    prices_include_tax=True,
    languages=["fr", "ar"],
)


def register(number: int, *, active: bool = True) -> RegisterSettings:
    token = PAIRING_TOKENS[number]
    return RegisterSettings(
        register_id=REGISTERS[number],
        name=f"Caisse {number + 1}",
        code=f"C{number + 1}",
        pairing_token_hash=sha256(token.encode()).hexdigest(),
        active=active,
    )


def member(
    staff_id: UUID, pin: str, *roles: str, active: bool = True, pin_hash: str | None = None
) -> StaffMember:
    return StaffMember(
        staff_id=staff_id,
        name=f"Staff {staff_id.int}",
        roles=list(roles),
        pin_hash=HASHER.hash(pin) if pin_hash is None else pin_hash,
        active=active,
    )


STAFF = (member(CASHIER, CASHIER_PIN, "cashier"), member(MANAGER, MANAGER_PIN, "manager"))


class ShopFloor:
    """Everything below checkout, seeded randomness, a clock that stands still."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        random_bytes = Random(7).randbytes
        self.writer = Writer(path / "hanout.db")
        self.readers = Readers(path / "hanout.db", count=2)
        self.journal = Journal(self.readers, self.clock)
        self.catalog = CatalogService(self.readers, self.clock)
        self.shop = ShopService(
            ShopParts(
                writer=self.writer,
                readers=self.readers,
                clock=self.clock,
                random_bytes=random_bytes,
                device_id=DEVICE,
                store_id=STORE,
            )
        )
        self.staff = self.new_staff_service()
        self.random_bytes = random_bytes

    def new_staff_service(self) -> StaffService:
        return StaffService(
            StaffParts(
                writer=self.writer,
                readers=self.readers,
                clock=self.clock,
                random_bytes=Random(8).randbytes,
            )
        )

    async def start(self) -> None:
        await self.writer.start()
        await self.readers.open()
        await self.writer.submit(
            lambda connection: self.journal.install(connection, device_id=DEVICE, epoch=1)
        )

    async def stop(self) -> None:
        await self.readers.close()
        await self.writer.stop()

    async def publish(self, name: str, items: Sequence[Item], *, version: int = 1) -> None:
        collections = (
            *self.catalog.collections,
            *self.shop.collections,
            *self.staff.collections,
        )
        [collection] = [one for one in collections if one.name == name]
        sent = page(name, items, version=version, restart=True)
        await self.writer.submit(lambda connection: collection.stage_page(connection, sent))

    async def publish_all(self) -> None:
        await self.publish("settings", [SETTINGS, register(0), register(1)])
        await self.publish("staff", STAFF)

    def client(self) -> httpx.AsyncClient:
        app = FastAPI(dependencies=[Depends(refuse_unknown_query)])
        staff_routes.provide_staff(app, self.staff)
        add_problem_handlers(app)
        proposals = ProposalService(
            ProposalParts(
                writer=self.writer,
                journal=self.journal,
                catalog=self.catalog,
                store=self.shop,
                clock=self.clock,
            )
        )
        app.include_router(staff_routes.build_router(self.staff, tablets=self.shop))
        app.include_router(
            shop_routes.build_router(self.shop, require_manager=staff_routes.require_manager)
        )
        app.include_router(
            catalog_routes.build_router(
                self.catalog,
                proposals,
                store=self.shop,
                require_signed_in=staff_routes.require_signed_in,
            )
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://edge")
