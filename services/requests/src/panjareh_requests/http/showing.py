"""Files going out: to who sent them, and to officers of the request that they are part of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import structlog
from marshmallow import RAISE, Schema, fields, validate
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import Response, StreamingResponse

from panjareh_common.event_store.sealing import BoxBroken
from panjareh_common.refusals import NotFound
from panjareh_common.schemas import load
from panjareh_requests.application.files import Files, Shown, as_told
from panjareh_requests.domain.refusals_files import FileBroken
from panjareh_requests.http.asked import Asked, as_json
from panjareh_requests.http.uploading import file_id_in

log = structlog.get_logger(__name__)

_ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}


Pages = Callable[..., dict[str, Any]]
"""`pages(caller, cause, after=…, limit=…)`: the files of who asks, as `{items, next}`."""


class PageSchema(Schema):
    class Meta:
        unknown = RAISE

    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))
    after = fields.String(load_default=None)


class Showing:
    def __init__(self, files: Files, pages: Pages) -> None:
        self._files = files
        self._pages = pages

    async def all(self, asked: Asked) -> Response:
        """The files of who asks, the newest first."""
        query = load(PageSchema(), dict(asked.http.query_params), asked.language)
        page = await run_in_threadpool(self._pages, asked.caller, asked.cause, **query)
        return as_json(page, asked.language)

    async def state(self, asked: Asked) -> Response:
        """Whether a file has come, was looked through, and what it is."""
        file = await run_in_threadpool(
            self._files.get, asked.caller, asked.cause, file_id_in(asked)
        )
        return as_json(as_told(file), asked.language)

    async def content(self, asked: Asked) -> Response:
        """The bytes. Raises NotFound, FileNotShown, FileBroken."""
        shown = await run_in_threadpool(
            self._files.show, asked.caller, asked.cause, file_id_in(asked)
        )
        whole = _whole(shown)
        # The first chunk is opened before anything is answered, so that what is broken can be said.
        first = await run_in_threadpool(next, whole, b"")
        return StreamingResponse(
            iterate_in_threadpool(_on(first, whole)),
            media_type=shown.file.type,
            headers=_headers(shown),
        )


def _whole(shown: Shown) -> Iterator[bytes]:
    """The bytes, which are those that were looked through; else the answer breaks off, or is a refusal."""
    digest, begun = sha256(), False
    try:
        for chunk in shown.content:
            digest.update(chunk)
            yield chunk
            begun = True
    except KeyError as erased:
        raise NotFound() from erased
    except BoxBroken as broken:
        log.error("file_broken", file_id=str(shown.file.id), begun=begun)
        raise FileBroken() from broken
    if digest.hexdigest() != shown.file.digest:
        log.error("file_broken", file_id=str(shown.file.id), begun=begun)
        raise FileBroken()


def _on(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _headers(shown: Shown) -> dict[str, str]:
    """A stranger's file is saved, and never opened as a page of ours."""
    name = shown.file.about.get("name") or f"file.{_ENDINGS[shown.file.type or '']}"
    plain = f"file.{_ENDINGS[shown.file.type or '']}"
    return {
        "Content-Length": str(shown.file.length),
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
