"""One HTTP request as the handlers see it: who asks, in which language; and what goes wrong, told as a problem."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from panjareh_common import telemetry
from panjareh_common.event_store import Cause
from panjareh_common.problems import MEDIA_TYPE, Problem, of_fault, of_refusal
from panjareh_common.refusals import NotAllowed, NotSignedIn, Refusal
from panjareh_common.security import Caller, CallerKind
from panjareh_common.security.tokens import TokenVerifier
from panjareh_common.texts import choose_language
from panjareh_requests.http.refusals import WrongMethodForFiles

log = structlog.get_logger(__name__)
_DURATION = telemetry.Duration(
    "http.server.request.duration",
    "of answering one request",
    ("http.request.method", "http.route", "http.response.status_code"),
)

CHANNEL = "web"
_MEANT = ("HEAD", "PATCH", "DELETE")
_PEOPLE = (CallerKind.PERSON, CallerKind.REPRESENTATIVE, CallerKind.OFFICER)


@dataclass(frozen=True)
class Asked:
    http: HttpRequest
    caller: Caller
    cause: Cause
    language: str

    def header(self, name: str) -> str:
        return self.http.headers.get(name, "").strip()


Handler = Callable[[Asked], Awaitable[Response]]
"""A Refusal that it raises becomes a problem."""


class Door:
    """Lets people in by their tokens, as the RPC door does."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    def route(
        self, path: str, handlers: Mapping[str, Handler], headers: Mapping[str, str]
    ) -> Route:
        """`headers` go with every answer, also with one that says no."""

        async def serve(http: HttpRequest) -> Response:
            began, status = time.perf_counter(), "500"
            method = _method(http)
            try:
                with telemetry.request_span(method, path, http.headers):
                    response = await self._answer(http, handlers.get(method))
                if response.status_code == 405:
                    response.headers["Allow"] = ", ".join(sorted(handlers))
                response.headers.update(headers)
                status = str(response.status_code)
                return response
            finally:
                _DURATION.record(time.perf_counter() - began, method, path, status)

        return Route(path, serve, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])

    async def _answer(self, http: HttpRequest, handler: Handler | None) -> Response:
        language = choose_language(http.headers.get("accept-language"))
        path = http.url.path
        try:
            if handler is None:
                raise WrongMethodForFiles(method=http.method)
            caller = self._caller(http)
            return await handler(Asked(http, caller, caller.cause(CHANNEL), language))
        except Refusal as refusal:
            return _told(of_refusal(refusal, language, path))
        except Exception:
            log.exception("files_fault")
            return _told(of_fault(language, path))

    def _caller(self, http: HttpRequest) -> Caller:
        """Raises NotSignedIn, NotAllowed."""
        scheme, _, token = http.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise NotSignedIn()
        caller = self._verifier.caller(token.strip())
        if caller.kind not in _PEOPLE:
            raise NotAllowed()
        return caller


def problem(refusal: Refusal, http: HttpRequest) -> Response:
    language = choose_language(http.headers.get("accept-language"))
    return _told(of_refusal(refusal, language, http.url.path))


def as_json(body: Any, language: str) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Language": language}
    return JSONResponse(body, headers=headers)


def _method(http: HttpRequest) -> str:
    """Some browsers and networks know only POST (tus, X-HTTP-Method-Override)."""
    meant = http.headers.get("x-http-method-override", "").upper()
    return meant if http.method == "POST" and meant in _MEANT else http.method


def _told(made: Problem) -> Response:
    return JSONResponse(made.body, made.status, media_type=MEDIA_TYPE, headers=made.headers)
