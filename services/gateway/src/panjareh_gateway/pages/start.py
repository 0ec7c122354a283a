"""The pages of the gateway so far: a plain start page, and the readable API description."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from panjareh_common.refusals import Refusal
from panjareh_common.rpc.wire import CallFailed
from panjareh_common.texts import LANGUAGES
from panjareh_gateway.pages.rendering import page
from panjareh_gateway.serving import Caller, language_of
from panjareh_gateway.signing_in.routes import SigningIn

_HERE = Path(__file__).parent


def routes(caller: Caller, signing_in: SigningIn) -> list[Route | Mount]:
    async def start(http: HttpRequest) -> Response:
        wanted = http.query_params.get("lang")
        language = wanted if wanted in LANGUAGES else language_of(http)
        services: list[dict[str, Any]] | None
        try:
            found = await caller.call(
                "catalog", "list_services", {"limit": 100}, language=language, timeout=2
            )
            services = found["items"]
        except (Refusal, CallFailed):
            services = None
        answer = page(
            http,
            "start.html",
            status=200 if services is not None else 503,
            form_target=signing_in.provider_origin,
            services=services,
            signed_in=await signing_in.who(http),
        )
        if services is None:
            answer.headers["Retry-After"] = "5"
        # Whoever is named on it, it is nobody else's to keep.
        answer.headers["Cache-Control"] = "no-store"
        return answer

    async def docs(http: HttpRequest) -> Response:
        return page(http, "docs.html")

    return [
        Route("/", start),
        Route("/api/docs", docs),
        Mount("/static", StaticFiles(directory=_HERE.parent / "static")),
    ]
