"""The page of devices: who may come, a code for who shall come, and who may come no more."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import RedirectResponse, Response

from hub.dashboard.forms import FormTokens
from hub.dashboard.rendering import Pages
from hub.dashboard.service import Reader
from hub.dashboard.visitors import Visitors
from hub.fleet.models import Slot
from hub.fleet.office import Invitation, Office
from hub.kit.http import Text
from hub.kit.permissions import Permission, Principal
from protocol.errors import HanoutError, Malformed, NotFound, Refused, Unavailable

_TEXT: TypeAdapter[str] = TypeAdapter(Text)
# What went wrong → what the page says of it.
_SENTENCES = {
    "claiming-not-set-up": "claim_not_set_up",
    "too-many-claims": "claim_too_many",
    "claim-used": "claim_already_used",
}


def build_router(
    *, reader: Reader, office: Office, visitors: Visitors, forms: FormTokens, pages: Pages
) -> APIRouter:
    """`/devices` and its forms."""
    router = APIRouter(include_in_schema=False)
    page = _DevicesPage(reader, forms, pages)
    visitor = Depends(visitors)

    @router.get("/devices")
    async def show(request: Request, principal: Annotated[Principal, visitor]) -> Response:
        return await page.show(request, principal)

    @router.post("/devices/claims")
    async def invite(
        request: Request,
        principal: Annotated[Principal, visitor],
        store: Annotated[str, Form(max_length=64)] = "",
        name: Annotated[str, Form(max_length=200)] = "",
        replaces: Annotated[str, Form(max_length=64)] = "",
        form_token: Annotated[str, Form(max_length=128)] = "",
    ) -> Response:
        forms.check(request, form_token)
        try:
            slot = Slot(
                store_id=_id(store), name=_text(name), replaces=_id(replaces) if replaces else None
            )
            made = await office.invite(principal, slot, found_at=str(request.base_url))
        except (Malformed, NotFound, Refused, Unavailable) as error:
            return await page.show(request, principal, wrong=error)
        return await page.show(request, principal, invitation=made)

    @router.post("/devices/claims/{claim_id}/withdraw")
    async def withdraw(
        claim_id: UUID,
        request: Request,
        principal: Annotated[Principal, visitor],
        form_token: Annotated[str, Form(max_length=128)] = "",
    ) -> Response:
        forms.check(request, form_token)
        try:
            await office.slots.withdraw(principal, claim_id)
        except Refused as error:
            return await page.show(request, principal, wrong=error)
        return RedirectResponse("/devices", HTTPStatus.SEE_OTHER)

    @router.post("/devices/{device_id}/revoke")
    async def revoke(
        device_id: UUID,
        request: Request,
        principal: Annotated[Principal, visitor],
        reason: Annotated[str, Form(max_length=200)] = "",
        form_token: Annotated[str, Form(max_length=128)] = "",
    ) -> Response:
        forms.check(request, form_token)
        try:
            await office.revocation.revoke(principal, device_id, reason=_text(reason))
        except Malformed as error:
            return await page.show(request, principal, wrong=error)
        return RedirectResponse("/devices", HTTPStatus.SEE_OTHER)

    return router


class _DevicesPage:
    """The page in all its states."""

    def __init__(self, reader: Reader, forms: FormTokens, pages: Pages) -> None:
        self._reader = reader
        self._forms = forms
        self._pages = pages

    async def show(
        self,
        request: Request,
        principal: Principal,
        *,
        invitation: Invitation | None = None,
        wrong: HanoutError | None = None,
    ) -> Response:
        """`invitation`: a code to show this once; `wrong`: why there is none."""
        words = self._pages.words(request)
        token = self._forms.token_for(request)
        values = {
            "fleet": await self._reader.devices(principal),
            "may_write": Permission.FLEET_WRITE in principal.permissions,
            "invitation": invitation,
            "qr": invitation and _Drawing(invitation.qr_svg),
            "wrong": words.say(_SENTENCES.get(wrong.code, "claim_malformed")) if wrong else "",
            "form_token": token,
        }
        status = HTTPStatus.OK if wrong is None else HTTPStatus.UNPROCESSABLE_ENTITY
        response = self._pages.render(request, "devices.html", values, status=status)
        self._forms.keep(response, token)
        return response


class _Drawing:
    """An SVG of our own making: templates take it as it is."""

    def __init__(self, svg: str) -> None:
        self._svg = svg

    def __html__(self) -> str:
        return self._svg


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Malformed("malformed", "Choose from the list.") from error


def _text(text: str) -> str:
    try:
        return _TEXT.validate_python(text.strip())
    except ValidationError as error:
        raise Malformed("malformed", "Say it in a few words.") from error
