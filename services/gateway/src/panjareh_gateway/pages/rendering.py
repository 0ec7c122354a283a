"""How the window's own pages are made: in the reader's language, loading nothing from anywhere else (P7)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, Response

from panjareh_common.texts import LANGUAGES, text
from panjareh_gateway.serving import language_of

_PACKAGE = "panjareh_gateway"
# Swagger UI sets styles from its script.
_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True),
)


def headers(form_target: str = "") -> dict[str, str]:
    """`form_target`: an origin that the answer to a form leads on to."""
    return {
        "Content-Security-Policy": _POLICY + (f" {form_target}" if form_target else ""),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


def page(
    http: HttpRequest, template: str, *, status: int = 200, form_target: str = "", **values: Any
) -> Response:
    """`?lang=` wins over what the browser asks for."""
    wanted = http.query_params.get("lang")
    language = wanted if wanted in LANGUAGES else language_of(http)
    content = _PAGES.get_template(template).render(
        values
        | {
            "language": language,
            "direction": "rtl" if language == "fa" else "ltr",
            "_": lambda message: text(_PACKAGE, message, language),
        }
    )
    said = headers(form_target) | {
        "Content-Language": language,
        "Vary": "Accept-Language, Cookie",
    }
    return HTMLResponse(content, status, headers=said)
