"""The pages before one is signed in, and the way out."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from hub.dashboard.forms import FormTokens, local_path
from hub.dashboard.languages import LANGUAGES
from hub.dashboard.rendering import LANGUAGE_COOKIE, Pages
from hub.dashboard.visitors import SESSION_COOKIE, Visitors
from hub.identity.routes import caller_of
from hub.identity.service import Identity
from protocol.errors import Forbidden, HanoutError, Malformed, NotFound, Throttled, Unauthenticated

_YEAR_S = 365 * 24 * 3600


def build_router(
    *, identity: Identity, visitors: Visitors, forms: FormTokens, pages: Pages
) -> APIRouter:
    """`/sign-in`, `/sign-out` and the choice of language."""
    router = APIRouter(include_in_schema=False)
    _add_sign_in(router, identity=identity, visitors=visitors, forms=forms, pages=pages)

    @router.post("/sign-out")
    async def sign_out(request: Request, form_token: Annotated[str, Form()] = "") -> Response:
        forms.check(request, form_token)
        token = request.cookies.get(SESSION_COOKIE)
        response = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
        response.delete_cookie(SESSION_COOKIE, path="/")
        if token:
            try:
                await identity.end_session(token)
            except Unauthenticated:
                return response
        return response

    @router.get("/language/{code}")
    async def choose(code: str, request: Request) -> Response:
        if code not in LANGUAGES:
            raise NotFound("not-found", "There is no such language.")
        where = local_path(request.query_params.get("next", "/"))
        response = RedirectResponse(where, HTTPStatus.SEE_OTHER)
        response.set_cookie(
            LANGUAGE_COOKIE, code, max_age=_YEAR_S, samesite="lax", httponly=True, path="/"
        )
        return response

    return router


def _add_sign_in(
    router: APIRouter, *, identity: Identity, visitors: Visitors, forms: FormTokens, pages: Pages
) -> None:
    def form(
        request: Request,
        *,
        where: str,
        email: str = "",
        wrong: HanoutError | None = None,
        status: int = 200,
    ) -> Response:
        token = forms.token_for(request)
        values = {
            "form_token": token,
            "next": where,
            "email": email,
            "wrong": _sentence(pages, request, wrong) if wrong else "",
        }
        response = pages.render(request, "sign_in.html", values, status=status)
        forms.keep(response, token)
        return response

    @router.get("/sign-in")
    async def show(request: Request, next: Annotated[str, Query()] = "/") -> Response:  # noqa: A002
        if await visitors.still(request.cookies.get(SESSION_COOKIE, "")):
            return RedirectResponse(local_path(next), HTTPStatus.SEE_OTHER)
        return form(request, where=local_path(next))

    @router.post("/sign-in")
    async def sign_in(
        request: Request,
        email: Annotated[str, Form(max_length=255)] = "",
        password: Annotated[str, Form(max_length=1024)] = "",
        form_token: Annotated[str, Form(max_length=128)] = "",
        next: Annotated[str, Form(max_length=2000)] = "/",  # noqa: A002
    ) -> Response:
        where = local_path(next)
        try:
            forms.check(request, form_token)
            caller = caller_of(request)
            found = await identity.sign_in(email, password, caller=caller)
        except (Forbidden, Malformed, Throttled, Unauthenticated) as error:
            status = {Throttled: 429, Forbidden: 403}.get(type(error), 401)
            return form(request, where=where, email=email, wrong=error, status=status)
        session = await identity.open_session(found.principal, caller=caller)
        response = RedirectResponse(where, HTTPStatus.SEE_OTHER)
        visitors.keep(response, session)
        if LANGUAGE_COOKIE not in request.cookies and found.language in LANGUAGES:
            response.set_cookie(
                LANGUAGE_COOKIE, found.language, max_age=_YEAR_S, samesite="lax", httponly=True
            )
        return response


def _sentence(pages: Pages, request: Request, error: HanoutError) -> str:
    words = pages.words(request)
    if isinstance(error, Throttled):
        return words.count("problem_throttled", error.retry_after_s)
    if error.code == "foreign-form":
        return words.say("sign_in_stale")
    if error.code == "no-organization":
        return words.say("problem_forbidden")
    return words.say("sign_in_wrong")
