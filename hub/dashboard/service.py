"""Gathers what a page shows, each part in one transaction of the visitor's tenant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from hub.analytics import readmodel as analytics
from hub.dashboard.rules import (
    CurrencyTotal,
    Day,
    StoreTile,
    calendar_today,
    choose_day,
    tiles,
    totals,
)
from hub.events import readmodel as events
from hub.events.service import EventLog
from hub.fleet import readmodel as fleet
from hub.fleet.schemas import Claim, Device
from hub.ingest import readmodel as ingest
from hub.kit.clock import Clock
from hub.kit.db import Database, TenantSession
from hub.kit.pages import Page, page_of
from hub.kit.permissions import Permission, Principal
from hub.sales import readmodel as sales
from hub.sales.readmodel import SaleFilter
from hub.tenancy import readmodel as tenancy
from protocol.errors import NotFound

_MOST_DEVICES = 200
_MOST_STORES = 200
_MOST_CLAIMS = 200
_MOST_WRONG = 1000
_LATEST_TICKETS = 12
_TICKETS_PER_PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Takings:
    """A day's sums, its latest tickets, and the event position they stand at."""

    day: Day
    tiles: Sequence[StoreTile]
    totals: Sequence[CurrencyTotal]
    latest: Sequence[RowMapping]
    stores: Mapping[UUID, RowMapping]
    position: int


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The shops' agents, and how much lies aside for a person to look at."""

    devices: Sequence[Device]
    quarantined_count: int
    discrepancy_count: int
    now: datetime


@dataclass(frozen=True, kw_only=True)
class Devices:
    """Every device, the slots that still wait for one, and the stores to make one for."""

    devices: Sequence[Device]
    claims: Sequence[Claim]
    stores: Mapping[UUID, RowMapping]
    now: datetime


class Reader:
    """Reads for the pages. Each method asks for the permission itself."""

    def __init__(self, *, database: Database, event_log: EventLog, clock: Clock) -> None:
        self._database = database
        self._event_log = event_log
        self._clock = clock

    async def takings(self, principal: Principal, asked: date | None) -> Takings:
        """What each store took on the day asked for, else on the latest. Raises Forbidden."""
        principal.require(Permission.SALES_READ)
        now = self._clock.now()
        async with self._database.tenant(principal.organization_id) as session:
            # First, so that a sale booked meanwhile is announced again rather than missed.
            position = await self._event_log.last_position(session)
            horizon = (now + timedelta(days=1)).date()
            latest = await analytics.latest_business_date(session, horizon=horizon)
            rows = await analytics.store_days(session, asked or latest or now.date())
            day = choose_day(asked, latest=latest, today=calendar_today(now, rows))
            shown = tiles(rows, await analytics.store_hours(session, day.shown))
            only = SaleFilter(business_date_from=day.shown, business_date_to=day.shown)
            tickets = await sales.sales(session, only, after=None, most=_LATEST_TICKETS)
            return Takings(
                day=day,
                tiles=shown,
                totals=totals(tile for tile in shown if not tile.is_idle),
                latest=tickets,
                stores=await self._stores(session, now.date()),
                position=position,
            )

    async def fleet(self, principal: Principal) -> Fleet:
        """The devices and what went wrong. Raises Forbidden."""
        principal.require(Permission.FLEET_READ)
        now = self._clock.now()
        async with self._database.tenant(principal.organization_id) as session:
            rows = await fleet.devices(session, most=_MOST_DEVICES)
            return Fleet(
                devices=[Device.of_row(row, now=now) for row in rows if row["status"] == "active"],
                quarantined_count=await ingest.wrong_count(session, most=_MOST_WRONG),
                discrepancy_count=await events.discrepancy_count(session, most=_MOST_WRONG),
                now=now,
            )

    async def devices(self, principal: Principal) -> Devices:
        """All there is to know of who may come. Raises Forbidden."""
        principal.require(Permission.FLEET_READ)
        now = self._clock.now()
        async with self._database.tenant(principal.organization_id) as session:
            rows = await fleet.devices(session, most=_MOST_DEVICES)
            claims = await fleet.claims(session, store_id=None, after_id=None, most=_MOST_CLAIMS)
            stores = await self._stores(session, now.date())
        shown = [Claim.of_row(row, now=now) for row in claims]
        return Devices(
            devices=[Device.of_row(row, now=now) for row in rows],
            claims=[claim for claim in shown if claim.state == "open"],
            stores=stores,
            now=now,
        )

    async def tickets(
        self, principal: Principal, chosen: SaleFilter, *, after: tuple[date, UUID] | None
    ) -> tuple[Page[RowMapping], Mapping[UUID, RowMapping]]:
        """A page of tickets and the stores by id. Raises Forbidden."""
        principal.require(Permission.SALES_READ)
        limit = _TICKETS_PER_PAGE
        async with self._database.tenant(principal.organization_id) as session:
            rows = await sales.sales(session, chosen, after=after, most=limit + 1)
            stores = await self._stores(session, self._clock.now().date())
        return page_of(rows, limit, lambda row: [row["business_date"], row["id"]]), stores

    async def ticket(self, principal: Principal, sale_id: UUID) -> Mapping[Any, Any]:
        """One ticket whole. Raises Forbidden, NotFound."""
        principal.require(Permission.SALES_READ)
        async with self._database.tenant(principal.organization_id) as session:
            found = await sales.sale(session, sale_id)
        if found is None:
            raise NotFound("unknown-sale", "There is no such ticket.")
        return found

    async def _stores(self, session: TenantSession, today: date) -> Mapping[UUID, RowMapping]:
        rows = await tenancy.stores(session, today=today, most=_MOST_STORES)
        return {row["store_id"]: row for row in rows}
