"""The pages: Today with its live parts, tickets, one ticket."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from starlette.responses import Response

from hub.dashboard import device_pages, sign_in, streams
from hub.dashboard.forms import FormTokens
from hub.dashboard.live import LiveFeed
from hub.dashboard.rendering import Assets, Pages
from hub.dashboard.service import Reader
from hub.dashboard.visitors import Visitors
from hub.fleet.office import Office
from hub.identity.service import Identity
from hub.kit.pages import decode_cursor
from hub.kit.permissions import Permission, Principal
from hub.kit.problems import Problem
from hub.sales.readmodel import SaleFilter
from hub.sales.schemas import receipt_of
from protocol.errors import NotFound

_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
_KINDS = ("sale", "return")
# Problem status → what the page says about it.
_SENTENCES = {
    HTTPStatus.BAD_REQUEST: "problem_malformed",
    HTTPStatus.FORBIDDEN: "problem_forbidden",
    HTTPStatus.NOT_FOUND: "problem_not-found",
    HTTPStatus.UNPROCESSABLE_ENTITY: "problem_malformed",
    HTTPStatus.SERVICE_UNAVAILABLE: "problem_unavailable",
}


class Dashboard:
    """The pages' parts, put together once."""

    def __init__(
        self,
        *,
        reader: Reader,
        identity: Identity,
        visitors: Visitors,
        forms: FormTokens,
        feed: LiveFeed,
        office: Office,
    ) -> None:
        self._reader = reader
        self._identity = identity
        self._visitors = visitors
        self._forms = forms
        self._feed = feed
        self._office = office
        self._assets = Assets()
        self._pages = Pages(self._assets)

    def add_to(self, app: FastAPI) -> None:
        """Add every page to the hub's application."""
        app.include_router(
            sign_in.build_router(
                identity=self._identity,
                visitors=self._visitors,
                forms=self._forms,
                pages=self._pages,
            )
        )
        app.include_router(streams.build_router(visitors=self._visitors, feed=self._feed))
        app.include_router(
            device_pages.build_router(
                reader=self._reader,
                office=self._office,
                visitors=self._visitors,
                forms=self._forms,
                pages=self._pages,
            )
        )
        app.include_router(self._build_today())
        app.include_router(self._build_tickets())

    async def problem(self, request: Request, problem: Problem) -> Response:
        """A problem as a page; a redirect keeps its headers and needs no page."""
        if problem.status < HTTPStatus.BAD_REQUEST:
            return Response(status_code=problem.status, headers=dict(problem.headers))
        words = self._pages.words(request)
        key = _SENTENCES.get(HTTPStatus(problem.status))
        sentence = (
            words.say(key)
            if key
            else words.say("problem_internal", trace_id=problem.body["trace_id"])
        )
        response = self._pages.render(
            request, "problem.html", {"sentence": sentence}, status=problem.status
        )
        response.headers.update(problem.headers)
        return response

    def _build_today(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        visitors = self._visitors

        @router.get("/static/{name:path}")
        async def static(name: str, request: Request) -> Response:
            return self._assets.answer(name, request.query_params.get("v", ""))

        @router.get("/")
        async def today(
            request: Request,
            principal: Annotated[Principal, Depends(visitors)],
            day: Annotated[date | None, Query(ge=_FIRST_DAY, le=_LAST_DAY)] = None,
        ) -> Response:
            values = {**await self._takings(principal, day), "fragment": False}
            if Permission.FLEET_READ in principal.permissions:
                values["fleet"] = await self._reader.fleet(principal)
            return self._page(request, "today.html", values)

        @router.get("/today/takings")
        async def takings(
            request: Request,
            principal: Annotated[Principal, Depends(visitors)],
            day: Annotated[date | None, Query(ge=_FIRST_DAY, le=_LAST_DAY)] = None,
        ) -> Response:
            values = await self._takings(principal, day)
            return self._pages.render(request, "_fragment.html", {**values, "fragment": True})

        @router.get("/today/devices")
        async def devices(
            request: Request, principal: Annotated[Principal, Depends(visitors)]
        ) -> Response:
            fleet = await self._reader.fleet(principal)
            return self._pages.render(request, "_devices.html", {"fleet": fleet})

        return router

    def _build_tickets(self) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        visitors = self._visitors

        @router.get("/tickets")
        async def tickets(
            request: Request, principal: Annotated[Principal, Depends(visitors)]
        ) -> Response:
            asked = request.query_params
            chosen = _chosen(asked.get("store", ""), asked.get("kind", ""), asked.get("day", ""))
            cursor = asked.get("cursor")
            after = decode_cursor(cursor, tuple[date, UUID]) if cursor else None
            page, stores = await self._reader.tickets(principal, chosen, after=after)
            kept = {name: asked[name] for name in ("store", "kind", "day") if asked.get(name)}
            values = {
                "tickets": page.items,
                "stores": stores,
                "chosen": chosen,
                "newest": f"/tickets?{urlencode(kept)}" if after else None,
                "older": page.next and f"/tickets?{urlencode({**kept, 'cursor': page.next})}",
                "receipt_of": receipt_of,
            }
            return self._page(request, "tickets.html", values)

        @router.get("/tickets/{sale_id}")
        async def ticket(
            sale_id: UUID, request: Request, principal: Annotated[Principal, Depends(visitors)]
        ) -> Response:
            found = await self._reader.ticket(principal, sale_id)
            values = {"ticket": found, "receipt": receipt_of(found)}
            return self._page(request, "ticket.html", values)

        return router

    async def _takings(self, principal: Principal, day: date | None) -> dict[str, Any]:
        takings = await self._reader.takings(principal, day)
        return {"takings": takings, "asked": day, "receipt_of": receipt_of}

    def _page(self, request: Request, template: str, values: dict[str, Any]) -> Response:
        token = self._forms.token_for(request)
        response = self._pages.render(request, template, {**values, "form_token": token})
        self._forms.keep(response, token)
        return response


def _chosen(store: str, kind: str, day: str) -> SaleFilter:
    """The filter of the form; an empty field means all, anything else wrong is no page of ours."""
    try:
        chosen = date.fromisoformat(day) if day else None
        store_id = UUID(store) if store else None
    except ValueError as error:
        raise NotFound("not-found", "There is no such list.") from error
    return SaleFilter(
        store_id=store_id,
        kind=kind if kind in _KINDS else None,
        business_date_from=chosen,
        business_date_to=chosen,
    )
