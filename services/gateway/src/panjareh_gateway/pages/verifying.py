"""The public page where anyone checks an issued document: by its number, or by the code that is printed on it (R4)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from panjareh_common.reference import grouped, is_reference, plain
from panjareh_common.refusals import Refusal
from panjareh_common.rpc.wire import CallFailed
from panjareh_common.texts import LANGUAGES
from panjareh_gateway.pages.rendering import page
from panjareh_gateway.serving import Caller, language_of

_LONGEST = 40
_LATIN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")


def routes(caller: Caller) -> list[Route]:
    async def ask(http: HttpRequest) -> Response:
        typed = plain(http.query_params.get("number", "").translate(_LATIN))[:_LONGEST]
        if is_reference(typed):
            again = http.url_for("verify", number=typed)
            lang = http.query_params.get("lang")
            query = f"?lang={lang}" if lang in LANGUAGES else ""
            return RedirectResponse(again.path + query, 303, headers={"Cache-Control": "no-store"})
        return _page(http, typed=typed, misread=bool(typed))

    async def verify(http: HttpRequest) -> Response:
        number = plain(http.path_params["number"].translate(_LATIN))[:_LONGEST]
        if not is_reference(number):
            return _page(http, status=404, typed=number, misread=True)
        wanted = http.query_params.get("lang")
        language = wanted if wanted in LANGUAGES else language_of(http)
        asked: dict[str, Any] = {"number": number}
        if code := http.query_params.get("code", "")[:100]:
            asked["code"] = code
        try:
            told = await caller.call("requests", "verify_document", asked, language=language)
        except (Refusal, CallFailed):
            told = None
        answer = _page(
            http,
            status=200 if told else 503,
            told=told,
            number=grouped(number),
            typed=number,
            code=code,
        )
        if told is None:
            answer.headers["Retry-After"] = "5"
        return answer

    return [
        Route("/verify", ask, name="verify_ask"),
        Route("/verify/{number}", verify, name="verify"),
    ]


def _page(http: HttpRequest, *, status: int = 200, **values: Any) -> Response:
    given = {"told": None, "number": None, "code": "", "typed": "", "misread": False} | values
    answer = page(http, "verify.html", status=status, **given)
    # Whoever has the code sees what stands on somebody's document: that is nobody's to keep or to find.
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
