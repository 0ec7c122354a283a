"""Serves the operations of the public API: reads what came, calls the service, answers as described."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import structlog
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from panjareh_common import telemetry
from panjareh_common.refusals import NotSignedIn, Refusal
from panjareh_common.rpc.wire import CallFailed, Request
from panjareh_common.schemas import load
from panjareh_common.security import ServiceIdentity, TokenVerifier
from panjareh_common.texts import choose_language
from panjareh_gateway import parts
from panjareh_gateway.admission import Admission
from panjareh_gateway.calls import AsyncRpcClient
from panjareh_gateway.operations import Access, Operation
from panjareh_gateway.problems import (
    BadRequest,
    KeyMissing,
    TooDeep,
    TooLarge,
    UnfitText,
    VersionMissing,
    WrongContentType,
    fault,
    problem,
)

log = structlog.get_logger(__name__)
_DURATION = telemetry.Duration(
    "http.server.request.duration",
    "of answering one request",
    ("http.request.method", "http.route", "http.response.status_code"),
)

CHANNEL = "web"
_KEY_LENGTH = 200
DEEPEST = 32  # levels of nesting; a form has three or four
# PostgreSQL keeps no zero character in a text, and half of a surrogate pair has no UTF-8.
_UNFIT = re.compile("[\x00\ud800-\udfff]")
_ASSERTION_SECONDS = 15
_READING_ON = 2  # parts of long answers that a gateway has made at the same time
# What the gateway works out by itself; few, so that the loop beside them keeps its turn.
_WORKERS = ThreadPoolExecutor(2, thread_name_prefix="makes")


class Seen(NamedTuple):
    """What is seen of who asks: the network address and the User-Agent."""

    address: str | None
    agent: str | None


NOBODY = Seen(None, None)
_AGENT_LENGTH = 256


class Caller:
    """Calls services on behalf of whoever asked; for open operations with the gateway's own assertion."""

    def __init__(
        self,
        calls: AsyncRpcClient,
        identity: ServiceIdentity,
        window: str = "",
        verifier: TokenVerifier | None = None,
    ) -> None:
        """`verifier` reads what services have signed, tickets of campaigns say."""
        self.window = window
        # Whoever reads something long asks again and again; together they leave a service its time for others.
        self.reading_on = asyncio.Semaphore(_READING_ON)
        self._calls = calls
        self._identity = identity
        self._assertion = ("", 0.0)
        self.admission = Admission(self._list_campaigns, verifier)

    async def call(
        self,
        service: str,
        method: str,
        payload: dict[str, Any],
        *,
        language: str,
        token: str | None = None,
        key: str | None = None,
        seen: Seen = NOBODY,
        timeout: float = 5.0,
    ) -> Any:
        """`seen` is told only in the gateway's own name: beside a person's token nobody would believe it."""
        told = NOBODY if token else seen
        request = Request(payload, token or self._own(), language, CHANNEL, key, *told)
        return await self._calls.call(service, method, request, timeout=timeout)

    async def _list_campaigns(self) -> Any:
        return await self.call("requests", "list_campaigns", {}, language="en", timeout=2.0)

    def _own(self) -> str:
        token, until = self._assertion
        if time.monotonic() > until:
            token = self._identity.assertion(purpose="open_operation")
            self._assertion = (token, time.monotonic() + _ASSERTION_SECONDS)
        return token


def routes(operations: tuple[Operation, ...], caller: Caller) -> list[Route]:
    return [
        Route(operation.path, _endpoint(operation, caller), methods=[operation.method])
        for operation in operations
        if not operation.live
    ]


def language_of(http: HttpRequest) -> str:
    return choose_language(http.headers.get("accept-language"))


def _endpoint(operation: Operation, caller: Caller) -> Any:
    body_schema = operation.body() if operation.body else None
    # Where nothing in a body is owed, there need not be one.
    owed = body_schema is not None and any(each.required for each in body_schema.fields.values())
    query_schema = operation.query() if operation.query else None

    async def serve(http: HttpRequest) -> Response:
        began, status = time.perf_counter(), "500"
        try:
            response = await answer(http)
            status = str(response.status_code)
            return response
        finally:
            seconds = time.perf_counter() - began
            _DURATION.record(seconds, operation.method, operation.path, status)

    async def answer(http: HttpRequest) -> Response:
        language, path = language_of(http), http.url.path
        with telemetry.request_span(operation.method, operation.path, http.headers):
            try:
                token = token_of(http, operation)
                key = _key(http, operation)
                payload = dict(http.path_params)
                if query_schema:
                    payload |= load(query_schema, dict(http.query_params), language)
                if body_schema:
                    payload |= load(
                        body_schema, await _body(http, operation.limit, owed=owed), language
                    )
                if operation.changes_version:
                    payload["version"] = _version_seen(http)
                if operation.told_window:
                    payload["window"] = caller.window
                kept = {name: payload.pop(name, None) for name in operation.keeps}

                async def ask(more: dict[str, Any], method: str = operation.call) -> Any:
                    return await caller.call(
                        operation.service,
                        method,
                        _plain(payload | more),
                        language=language,
                        token=token,
                        key=key,
                        seen=_seen(http),
                    )

                async def ask_on(more: dict[str, Any]) -> Any:
                    async with caller.reading_on:
                        return await ask(more)

                if operation.line:
                    ticket = kept.get("ticket") or payload.pop("ticket", None)
                    said = await caller.admission.serve(
                        operation.line, payload, ticket, lambda method: ask({}, method)
                    )
                else:
                    said = await ask({})
                if operation.makes:
                    loop = asyncio.get_running_loop()
                    said = await loop.run_in_executor(
                        _WORKERS, operation.makes, kept, said, language
                    )
            except Refusal as refusal:
                return problem(refusal, language, path)
            except CallFailed:
                log.error("service_fault", operation=operation.id)
                return fault(language, path)
            if operation.media_type:
                known = http.headers.get("if-none-match", "")
                wanted = "" if "if-range" in http.headers else http.headers.get("range", "")
                return parts.answer(
                    operation, said, ask_on, known=known, language=language, wanted=wanted
                )
            return _answer(http, operation, said, language)

    return serve


def _seen(http: HttpRequest) -> Seen:
    agent = http.headers.get("user-agent", "")[:_AGENT_LENGTH]
    return Seen(http.client.host if http.client else None, _UNFIT.sub("", agent) or None)


def token_of(http: HttpRequest, operation: Operation) -> str | None:
    """The bearer token of who asks; None for what is open to all. Raises NotSignedIn."""
    if operation.access is Access.OPEN:
        return None
    scheme, _, token = http.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise NotSignedIn()
    return token.strip()


def _key(http: HttpRequest, operation: Operation) -> str | None:
    if not operation.keyed:
        return None
    key = http.headers.get("idempotency-key", "").strip()
    visible = key.isascii() and key.isprintable() and " " not in key
    if not key or len(key) > _KEY_LENGTH or not visible:
        raise KeyMissing()
    return key


_VERSION = re.compile(r'"([0-9]{1,9})"', re.ASCII)
_NO_VERSION = 0  # versions count from 1


def _version_seen(http: HttpRequest) -> int | None:
    """What If-Match says (RFC 9110, section 13.1.1); an ETag that is not ours matches nothing. Raises VersionMissing."""
    said = http.headers.get("if-match", "").strip()
    if not said:
        raise VersionMissing()
    if said == "*":
        return None
    found = _VERSION.fullmatch(said)
    return int(found[1]) if found else _NO_VERSION


async def _body(http: HttpRequest, limit: int, *, owed: bool = True) -> Any:
    if not owed and "content-type" not in http.headers and not await http.body():
        return {}
    if http.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise WrongContentType()
    body = bytearray()
    # Counted as it comes: what a header says about the length proves nothing.
    async for chunk in http.stream():
        body += chunk
        if len(body) > limit:
            raise TooLarge(limit=limit)
    try:
        read = json.loads(bytes(body).decode(), parse_constant=_not_json)
    except (ValueError, RecursionError) as cause:
        raise BadRequest() from cause
    if not isinstance(read, dict):
        raise BadRequest()
    _look_through(read)
    return read


def _not_json(constant: str) -> Any:
    """Python reads NaN and Infinity; JSON has neither."""
    raise ValueError(constant)


def _look_through(body: dict[str, Any]) -> None:
    """Turns away what JSON can say and nothing behind us can hold. Raises TooDeep, UnfitText."""
    waiting: list[tuple[Any, int]] = [(body, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise TooDeep(levels=DEEPEST)
        if isinstance(value, dict):
            waiting += [(part, depth + 1) for pair in value.items() for part in pair]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
        elif isinstance(value, str) and _UNFIT.search(value):
            raise UnfitText()


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    """JSON values only; ids are loaded as UUIDs and travel as text."""
    return {name: _as_json(value) for name, value in payload.items() if value is not None}


def _as_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    if isinstance(value, str | int | float | bool | dict) or value is None:
        return value
    return str(value)


def _answer(http: HttpRequest, operation: Operation, answer: Any, language: str) -> Response:
    status = operation.status_of(answer)
    headers = {"Content-Language": language, "Cache-Control": "no-store"}
    if status == 204:
        return Response(status_code=204, headers=headers)
    if operation.location:
        headers["Location"] = operation.location.format(**answer)
    body = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
    if operation.versioned:
        # What is told beside the thing itself may change without it, so nobody is told that nothing has.
        headers["ETag"] = f'"{answer["version"]}"'
    elif operation.method == "GET":
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        shared = "public" if operation.access is Access.OPEN else "private"
        headers |= {
            "ETag": tag,
            "Cache-Control": f"{shared}, no-cache",
            "Vary": "Accept-Language",
        }
        if tag in http.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    if isinstance(answer, dict) and "retry_after" in answer:
        headers["Retry-After"] = str(answer["retry_after"])
    if isinstance(answer, dict) and answer.get("next") and operation.query and "items" in answer:
        following = http.url.include_query_params(after=answer["next"])
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return Response(body, status, media_type="application/json", headers=headers)
