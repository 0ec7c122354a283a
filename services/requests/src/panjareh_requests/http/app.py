"""The door for files as one ASGI application: they go in and out as streams, and never through RPC."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from panjareh_common.refusals import NotFound
from panjareh_common.security.tokens import TokenVerifier
from panjareh_requests.application.files import Files
from panjareh_requests.http.asked import Door, problem
from panjareh_requests.http.showing import Pages, Showing
from panjareh_requests.http.uploading import BASE, HEADERS, OFFERED, Uploading


def make_app(verifier: TokenVerifier, files: Files, pages: Pages) -> Starlette:
    door, coming, going = Door(verifier), Uploading(files), Showing(files, pages)

    async def healthz(http: HttpRequest) -> Response:
        return JSONResponse({"status": "alive"}, headers={"Cache-Control": "no-store"})

    async def offered(http: HttpRequest) -> Response:
        """OPTIONS: what of tus is spoken here; nobody has to be signed in to ask."""
        return Response(status_code=204, headers=HEADERS | OFFERED)

    of_one = {
        "HEAD": coming.stand,
        "GET": going.content,
        "PATCH": coming.go_on,
        "DELETE": coming.end,
    }
    app = Starlette(
        routes=[
            Route("/healthz", healthz),
            Route(BASE, offered, methods=["OPTIONS"]),
            Route(f"{BASE}/{{file_id}}", offered, methods=["OPTIONS"]),
            door.route(BASE, {"GET": going.all, "POST": coming.begin}, HEADERS),
            door.route(f"{BASE}/{{file_id}}/state", {"GET": going.state}, {}),
            door.route(f"{BASE}/{{file_id}}", of_one, HEADERS),
        ],
        exception_handlers={HTTPException: _nothing},
    )
    app.router.redirect_slashes = False
    return app


async def _nothing(http: HttpRequest, cause: Exception) -> Response:
    return problem(NotFound(), http)
