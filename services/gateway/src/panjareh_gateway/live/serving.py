"""Serves live streams as Server-Sent Events (HTML standard, section 9.2): what happened, and where it stands.

A step's version is its event id, so whoever comes back with Last-Event-ID gets what follows, without a gap and
nothing twice. When the service says no after a while, or the token has run out, the stream says `end`, and the
client that comes back is told why as by any other call.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, cast
from uuid import UUID

import anyio
import structlog
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from panjareh_common import telemetry
from panjareh_common.clock import from_wire
from panjareh_common.refusals import InvalidInput, NotSignedIn, Refusal, TooLate, Unavailable
from panjareh_common.rpc.wire import CallFailed
from panjareh_common.schemas import load
from panjareh_gateway.live.streams import End, Holder, Stream, Streams
from panjareh_gateway.operations import Operation
from panjareh_gateway.problems import fault, problem
from panjareh_gateway.serving import Caller, language_of, token_of

log = structlog.get_logger(__name__)
_DELAY = telemetry.Duration(
    "panjareh.live.delay", "from a step's commit to the open stream that tells it", ()
)

_HEARTBEAT_SECONDS = 15.0
_SEND_SECONDS = 30.0
_GOODBYE_SECONDS = 2.0  # at the end of the process, which itself gives ten
_COME_BACK_SECONDS = (
    1.0,
    5.0,
)  # spread, so that a gateway that ends does not send all to another at once
_PAUSE_SECONDS = (0.5, 15.0)
# Streams that look at the same time: after an outage of the broker every one of them does.
_LOOKING = 16
_LONGEST_ID = 10  # digits of a version

Ask = Callable[[int], Awaitable[Any]]


def routes(operations: tuple[Operation, ...], caller: Caller, streams: Streams) -> list[Route]:
    """Of those operations that are live."""
    looking = asyncio.Semaphore(_LOOKING)
    return [
        Route(each.path, _endpoint(each, caller, streams, looking), methods=[each.method])
        for each in operations
        if each.live
    ]


def _endpoint(
    operation: Operation, caller: Caller, streams: Streams, looking: asyncio.Semaphore
) -> Any:
    query_schema = operation.query() if operation.query else None

    async def serve(http: HttpRequest) -> Response:
        language, path = language_of(http), http.url.path
        with telemetry.request_span(operation.method, operation.path, http.headers):
            try:
                token = token_of(http, operation)
                assert token is not None
                query = (
                    load(query_schema, dict(http.query_params), language) if query_schema else {}
                )
                after = _last_event_id(http, query.get("after") or 0)

                async def ask(after: int) -> Any:
                    payload = {**http.path_params, "after": after}
                    async with looking:
                        return await caller.call(
                            operation.service,
                            operation.call,
                            payload,
                            language=language,
                            token=token,
                        )

                # Open before the first look: what happens meanwhile wakes it.
                stream = streams.open(_id(http.path_params["request_id"]), _holder(token))
                try:
                    first = await ask(after)
                    streams.admit(stream, resumed="last-event-id" in http.headers)
                except BaseException:
                    streams.close(stream)
                    raise
            except Refusal as refusal:
                return problem(refusal, language, path)
            except CallFailed:
                log.error("service_fault", operation=operation.id)
                return fault(language, path)
        return LiveResponse(streams, stream, _events(stream, first, ask), language)

    return serve


def _last_event_id(http: HttpRequest, asked: int) -> int:
    """What the client has, by the header that browsers send when they come back, or as it asks. Raises InvalidInput."""
    said = http.headers.get("last-event-id", "").strip()
    if not said:
        return asked
    if not (said.isascii() and said.isdigit() and len(said) <= _LONGEST_ID):
        detail = "Last-Event-ID is none of this stream's ids."
        raise InvalidInput([{"pointer": "", "detail": detail}])
    return min(int(said), 2**31 - 1)


def _id(said: str) -> str:
    """As it is named in what is heard; what is no id the service refuses."""
    try:
        return str(UUID(said))
    except ValueError:
        return said


def _holder(token: str) -> Holder:
    """What the token says, unchecked: the service checks it at the first look, before anybody is let in."""
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Holder(str(claims["sub"]), str(claims.get("sid", "")), float(claims["exp"]))
    except (IndexError, ValueError, KeyError, TypeError, AttributeError) as cause:
        raise NotSignedIn() from cause


async def _events(stream: Stream, first: Mapping[str, Any], ask: Ask) -> AsyncIterator[Any]:
    loop = asyncio.get_running_loop()
    until = loop.time() + max(0.0, stream.holder.expires_at - time.time())
    # With the first event: some clients take one without data for an event of its own.
    retry: int | None = int(random.uniform(*_COME_BACK_SECONDS) * 1000)  # spreads, guards nothing
    news, standing = first, None
    while True:
        for step in news["items"]:
            yield _event("step", step, str(step["version"]), retry)
            retry = None
        if not news["more"] and news["standing"] != standing:
            standing = news["standing"]
            yield _event("standing", standing, retry=retry)
            retry = None
        seen = int(news["version"])
        if not news["more"] and not await stream.woken(seen, until):
            break
        answer = await _look(stream, lambda seen=seen: ask(seen), until)  # type: ignore[misc]
        if answer is None:
            break
        news = answer
        for step in news["items"]:
            _DELAY.record(max(0.0, time.time() - from_wire(step["recorded_at"]).timestamp()))
    yield _event("end", {"because": str(stream.end or End.EXPIRED)})


async def _look(
    stream: Stream, ask: Callable[[], Awaitable[Any]], until: float
) -> Mapping[str, Any] | None:
    """What is new, asked for again while a part is away; None when the stream is to end."""
    loop = asyncio.get_running_loop()
    pause, longest = _PAUSE_SECONDS
    while stream.end is None and loop.time() < until:
        try:
            answer: Mapping[str, Any] = await ask()
            return answer
        except (Unavailable, TooLate, CallFailed):
            log.warning("live_look_failed")
        except Refusal:
            stream.stop(End.REFUSED)
            return None
        # Nothing here is told when a service comes back.
        await asyncio.sleep(random.uniform(pause / 2, pause))  # spreads, guards nothing
        pause = min(pause * 2, longest)
    return None


def _event(
    kind: str, data: Any, id: str | None = None, retry: int | None = None
) -> ServerSentEvent:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return ServerSentEvent(text, event=kind, id=id, retry=retry)


class _Goodbye:
    """What sse-starlette sets when the process is told to end."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def set(self) -> None:
        self._stream.stop(End.SHUTDOWN)


class LiveResponse(EventSourceResponse):
    """A stream that is taken off the list however it ends."""

    def __init__(
        self, streams: Streams, stream: Stream, events: AsyncIterator[Any], language: str
    ) -> None:
        self._streams = streams
        self._stream = stream
        super().__init__(
            events,
            headers={"Content-Language": language, "Vary": "Accept-Language"},
            ping=_HEARTBEAT_SECONDS,
            ping_message_factory=lambda: ServerSentEvent(comment="still here"),
            send_timeout=_SEND_SECONDS,
            shutdown_event=cast(anyio.Event, _Goodbye(stream)),
            shutdown_grace_period=_GOODBYE_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            # Without the end that HTTP gives a whole answer: the server then cuts the connection.
            self._stream.stop(End.SLOW)
            log.info("live_stream_too_slow")
        finally:
            self._streams.close(self._stream)
