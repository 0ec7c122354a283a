"""A page that says no to a person, with what to do."""

from __future__ import annotations

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from panjareh_common.refusals import Refusal
from panjareh_common.texts import translate
from panjareh_gateway.pages.rendering import page
from panjareh_gateway.serving import language_of


def refused(http: HttpRequest, refusal: Refusal) -> Response:
    status = getattr(refusal, "status", refusal.kind.value)
    answer = page(http, "refused.html", status=status, says=translate(refusal, language_of(http)))
    answer.headers["Cache-Control"] = "no-store"
    if status == 503:
        answer.headers["Retry-After"] = "5"
    return answer
