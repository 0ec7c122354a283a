"""The OpenID provider and its pages as one ASGI application, under /id."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from panjareh_common.refusals import Kind, Refusal
from panjareh_identity.http.pages import (
    account,
    authenticators,
    consent,
    consents,
    devices,
    mandates,
    passkeys,
    privacy,
    recovery,
    sign_in,
    smart_cards,
    step_up,
)
from panjareh_identity.http.parts import Parts
from panjareh_identity.http.provider import authorizing, endpoints
from panjareh_identity.http.site import BASE, Site

PAGES = (
    sign_in,
    recovery,
    passkeys,
    smart_cards,
    step_up,
    authenticators,
    devices,
    consent,
    consents,
    mandates,
    privacy,
    account,
    authorizing,
    endpoints,
)
"""Modules with `routes(site, parts)`; their addresses lie under /id."""

_STATIC = Path(__file__).parent / "static"
_DESCRIPTION = "/.well-known/oauth-authorization-server"


class NothingHere(Refusal):
    code = "nothing_here"
    kind = Kind.NOT_FOUND
    message = "There is no page at this address. Check it, or begin again where you came from."


def make_app(site: Site, parts: Parts) -> Starlette:
    routes = [route for module in PAGES for route in module.routes(site, parts)]
    description = next(each for each in routes if each.path == _DESCRIPTION)

    async def healthz(http: HttpRequest) -> Response:
        return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})

    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            # Where RFC 8414, section 3.1 looks for an issuer that has a path.
            Route(f"{_DESCRIPTION}{BASE}", description.endpoint),
            Mount(f"{BASE}/static", StaticFiles(directory=_STATIC)),
            Mount(BASE, routes=routes),
        ],
        exception_handlers={404: site.nothing(NothingHere()), 405: site.nothing(NothingHere())},
    )
    app.router.redirect_slashes = False
    return app
