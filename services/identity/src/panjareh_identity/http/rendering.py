"""How answers look: pages in the reader's language that load nothing from anywhere else, and JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response

from panjareh_common.texts import text

_PACKAGE = "panjareh_identity"
_PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def page(
    template: str,
    language: str,
    values: dict[str, Any],
    *,
    status: int,
    form_target: str,
    scripts: bool,
) -> Response:
    """A page and its policy. `form_target`: an origin to which the answer to a form leads on, or empty."""

    def say(message: str, **details: object) -> str:
        return text(_PACKAGE, message, language, **details)

    direction = "rtl" if language == "fa" else "ltr"
    content = _PAGES.get_template(template).render(
        values | {"_": say, "language": language, "direction": direction}
    )
    response = HTMLResponse(content, status, headers=_HEADERS | {"Content-Language": language})
    ours = "script-src 'self'; connect-src 'self'; " if scripts else ""
    # Browsers look at where the answer to a form leads, too.
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; {ours}"
        f"form-action 'self'{form_target and ' ' + form_target}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    return response


def answer_json(body: Any, status: int = 200, **headers: str) -> Response:
    """JSON for programs, never kept by anything on the way unless `headers` say so."""
    made = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    written = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(written, status, media_type="application/json", headers=made)
