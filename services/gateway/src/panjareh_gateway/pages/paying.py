"""The pages on the way to the bank and back. Whoever has the number of a payment sees how it stands, and no more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from panjareh_common.refusals import Kind, Refusal
from panjareh_common.rpc.wire import CallFailed
from panjareh_common.texts import LANGUAGES
from panjareh_gateway.pages.rendering import page
from panjareh_gateway.serving import Caller, language_of

_LOOK_AGAIN = 2  # seconds; the browser asks, and no script is needed
_LOOKS = 15  # by itself; after that people are not disturbed any more
_UNSETTLED = ("opening", "open", "away")
_PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


def routes(caller: Caller) -> list[Route]:
    async def go(http: HttpRequest) -> Response:
        """On to the provider's page, as soon as there is one."""
        told = await _told(caller, http, returned=False)
        if isinstance(told, dict) and told["page_url"]:
            return RedirectResponse(told["page_url"], 303, headers=_PRIVATE)
        return _page(http, told)

    async def back(http: HttpRequest) -> Response:
        """Back from the provider. What the address says of the payment is not read: the provider itself is asked."""
        return _page(http, await _told(caller, http, returned=True))

    return [
        Route("/pay/{payment_id}", go, name="pay"),
        Route("/paid/{payment_id}", back, name="paid"),
    ]


async def _told(caller: Caller, http: HttpRequest, *, returned: bool) -> dict[str, Any] | str:
    """How the payment stands; `unknown` or `away` where nobody can tell."""
    try:
        payment_id = UUID(http.path_params["payment_id"])
    except ValueError:
        return "unknown"
    asked = {"payment_id": str(payment_id), "returned": returned}
    try:
        told: dict[str, Any] = await caller.call(
            "requests", "come_by_payment", asked, language=_language(http)
        )
    except Refusal as refusal:
        return "unknown" if refusal.kind is Kind.NOT_FOUND else "away"
    except CallFailed:
        return "away"
    return told


def _language(http: HttpRequest) -> str:
    wanted = http.query_params.get("lang")
    return wanted if wanted in LANGUAGES else language_of(http)


def _page(http: HttpRequest, told: dict[str, Any] | str) -> Response:
    state = told if isinstance(told, str) else told["state"]
    status = {"unknown": 404, "away": 503}.get(state, 200)
    looks = http.query_params.get("looks", "0")
    looked = min(int(looks), _LOOKS) if looks.isascii() and looks.isdecimal() else _LOOKS
    again = state in _UNSETTLED and looked < _LOOKS
    values: dict[str, Any] = {"state": state, "here": http.url.path, "again": again}
    values["pay"] = http.url.path
    if isinstance(told, dict):
        values["pay"] = http.url_for("pay", payment_id=http.path_params["payment_id"]).path
    answer = page(http, "payment.html", status=status, **values)
    answer.headers.update(_PRIVATE)
    if again:
        following = f"{http.url.path}?lang={_language(http)}&looks={looked + 1}"
        answer.headers["Refresh"] = f"{_LOOK_AGAIN}; url={following}"
    return answer
