"""The pages of the gateway so far: a plain start page, and the readable API description."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from panjareh_common.refusals import Refusal
from panjareh_common.rpc.wire import CallFailed
from panjareh_common.texts import LANGUAGES, text
from panjareh_gateway.serving import Caller, language_of

_HERE = Path(__file__).parent
_PACKAGE = "panjareh_gateway"
# Everything is served by us (P7); Swagger UI sets styles from its script.
_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


def routes(caller: Caller) -> list[Route | Mount]:
    pages = Environment(
        loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape(default=True)
    )

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
        page = pages.get_template("start.html").render(
            language=language,
            direction="rtl" if language == "fa" else "ltr",
            services=services,
            _=lambda message: text(_PACKAGE, message, language),
        )
        status = 200 if services is not None else 503
        headers = _HEADERS | {"Content-Language": language, "Vary": "Accept-Language"}
        if status == 503:
            headers |= {"Retry-After": "5"}
        return HTMLResponse(page, status, headers=headers)

    async def docs(http: HttpRequest) -> Response:
        return HTMLResponse(pages.get_template("docs.html").render(), headers=_HEADERS)

    return [
        Route("/", start),
        Route("/api/docs", docs),
        Mount("/static", StaticFiles(directory=_HERE.parent / "static")),
    ]
