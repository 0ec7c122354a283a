"""Answers that are no JSON: RDF, feeds, pictures. A long one goes out part by part, and is never held as a whole.

A remote method with a `media_type` answers `{"text": …}` or `{"base64": …}`, and besides, each where it applies:

- `next`: a cursor; the method is asked again with it as `after`, for the part that follows. None in the last part.
- `etag`: what tells this content from another, on the first part; else a digest of an answer of one part.
- `cache`: "immutable" for what never changes under its address.
- `media_type`: of what it is, where the method knows better than the table.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import structlog
from starlette.responses import Response, StreamingResponse

from panjareh_common.refusals import TooLate, Unavailable
from panjareh_gateway.operations import Access, Operation

log = structlog.get_logger(__name__)

Ask = Callable[[dict[str, Any]], Awaitable[Any]]

_PATIENCE_SECONDS, _PAUSE_SECONDS = 30, 0.2
_FOREVER = "max-age=31536000, immutable"


def answer(
    operation: Operation,
    first: Mapping[str, Any],
    following: Ask,
    *,
    known: str,
    language: str,
    wanted: str = "",
) -> Response:
    """The HTTP answer that begins with the `first` part.

    `known` is the If-None-Match of who asks, `wanted` the Range: some browsers play no sound without it.
    """
    shared = "public" if operation.access is Access.OPEN else "private"
    kept = _FOREVER if first.get("cache") == "immutable" else "no-cache"
    headers = {
        "Cache-Control": f"{shared}, {kept}",
        "Vary": "Accept-Language",
        "Content-Language": language,
        "X-Content-Type-Options": "nosniff",
    }
    # Weak: what is read part by part may change while it is read, and then has another tag the next time.
    if tag := first.get("etag"):
        headers["ETag"] = f'W/"{tag}"'
    elif not first.get("next"):
        headers["ETag"] = f'"{hashlib.sha256(_bytes(first)).hexdigest()[:32]}"'
    if "ETag" in headers and headers["ETag"].removeprefix("W/") in known:
        return Response(status_code=304, headers=headers)
    media_type = first.get("media_type") or operation.media_type
    if not first.get("next"):
        return _in_one(_bytes(first), media_type, headers, wanted)
    return StreamingResponse(_all(first, following), media_type=media_type, headers=headers)


_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})", re.ASCII)


def _in_one(
    content: bytes, media_type: str | None, headers: dict[str, str], wanted: str
) -> Response:
    """The whole, or the one range of it that was asked for (RFC 9110, section 14.2)."""
    headers = headers | {"Accept-Ranges": "bytes"}
    found, size = _RANGE.fullmatch(wanted), len(content)
    # Several ranges, or another unit, are answered with the whole, as the RFC allows.
    if found is None or found[0] == "bytes=-":
        return Response(content, media_type=media_type, headers=headers)
    start, end = found[1], found[2]
    first = int(start) if start else max(0, size - int(end))
    last = min(int(end), size - 1) if start and end else size - 1
    if first > last:
        none = headers | {"Content-Range": f"bytes */{size}"}
        return Response(status_code=416, headers=none)
    part = headers | {"Content-Range": f"bytes {first}-{last}/{size}"}
    return Response(content[first : last + 1], 206, media_type=media_type, headers=part)


async def _all(first: Mapping[str, Any], following: Ask) -> AsyncIterator[bytes]:
    part = first
    yield _bytes(part)
    while part.get("next"):
        part = await _once_more(following, part["next"])
        yield _bytes(part)


async def _once_more(following: Ask, after: str) -> Mapping[str, Any]:
    """One part, asked for again while a service or the broker is away for a moment, as in a rollout.

    What stays away ends the answer in the middle, without the end that HTTP gives a whole one: whoever
    reads it must not take it for all there is.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            part: Mapping[str, Any] = await following({"after": after})
            return part
        except (Unavailable, TooLate):
            if time.monotonic() > until:
                log.warning("answer_broken_off")
                raise
        # Nothing here is told when a service comes back.
        await asyncio.sleep(_PAUSE_SECONDS)


def _bytes(part: Mapping[str, Any]) -> bytes:
    if "base64" in part:
        return base64.b64decode(part["base64"])
    return str(part["text"]).encode()
