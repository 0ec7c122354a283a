"""Files coming in, in pieces: tus 1.0.0 with the extensions creation, expiration and termination.

https://tus.io/protocols/resumable-upload. The servers in Python that are well kept write plain files into a
folder; here every piece is sealed and stored with its offset in one commit, so the little that the protocol asks
of a server is written out (docs/decisions/0034-files.md).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import unicodedata
from collections.abc import AsyncIterator
from datetime import UTC
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from panjareh_common.blobs import CHUNK
from panjareh_common.refusals import NotFound
from panjareh_requests.application.files import Files
from panjareh_requests.domain.file import MOST_BYTES, StoredFile
from panjareh_requests.domain.refusals_files import FileTooLarge
from panjareh_requests.http.asked import Asked
from panjareh_requests.http.refusals import NoPiece, OffsetMissing, Unreadable, VersionOfTus

TUS = "1.0.0"
HEADERS = {"Tus-Resumable": TUS}
OFFERED = {
    "Tus-Version": TUS,
    "Tus-Extension": "creation,expiration,termination",
    "Tus-Max-Size": str(MOST_BYTES),
}
BASE = "/api/v1/files"

_NUMBER = re.compile(r"[0-9]{1,12}", re.ASCII)
_KEY = re.compile(r"[!-+\--~]{1,100}", re.ASCII)  # visible, and no comma
_MOST_METADATA = 4096
_LONGEST_NAME = 200
_SILENCE_SECONDS = 30  # of whoever sends; what has come is kept then


class Uploading:
    def __init__(self, files: Files) -> None:
        self._files = files

    async def begin(self, asked: Asked) -> Response:
        """POST: makes an upload. Raises FilesNotTaken, FileTooLarge, TooManyFiles."""
        _must_speak_tus(asked)
        length = _number(asked, "upload-length")
        if length is None:
            raise Unreadable()
        metadata = asked.header("upload-metadata")
        about = {"metadata": metadata, "name": name_in(metadata)}
        file = await run_in_threadpool(
            self._files.begin, asked.caller, asked.cause, length=length, about=about
        )
        return Response(
            status_code=201, headers=_standing(file) | {"Location": f"{BASE}/{file.id}"}
        )

    async def stand(self, asked: Asked) -> Response:
        """HEAD: how far it came."""
        _must_speak_tus(asked)
        file = await run_in_threadpool(
            self._files.get, asked.caller, asked.cause, file_id_in(asked)
        )
        headers = _standing(file) | {"Upload-Length": str(file.length)}
        if file.about.get("metadata"):
            headers["Upload-Metadata"] = file.about["metadata"]
        return Response(headers=headers)

    async def go_on(self, asked: Asked) -> Response:
        """PATCH: takes a piece. What has come when the connection breaks is kept.

        Raises NotFound, WrongOffset, UploadOver, FileTooLarge.
        """
        _must_speak_tus(asked)
        if asked.header("content-type").lower() != "application/offset+octet-stream":
            raise NoPiece()
        offset = _number(asked, "upload-offset")
        if offset is None:
            raise OffsetMissing()
        file = await self._keep(asked, offset, b"")
        file.must_take(offset, _number(asked, "content-length") or 0)
        waiting = bytearray()
        try:
            async for piece in _pieces(asked):
                waiting += piece
                if file.received + len(waiting) > file.length:
                    raise FileTooLarge(most=file.length)
                while len(waiting) >= (full := CHUNK - file.received % CHUNK):
                    file = await self._keep(asked, file.received, bytes(waiting[:full]))
                    del waiting[:full]
        except (ClientDisconnect, TimeoutError):
            pass  # nobody listens; who asks with HEAD learns how far it came
        if waiting:
            file = await self._keep(asked, file.received, bytes(waiting))
        return Response(status_code=204, headers=_standing(file))

    async def end(self, asked: Asked) -> Response:
        """DELETE: forgets an upload, or a file that is part of no request. Raises NotFound, FileOfRequest."""
        _must_speak_tus(asked)
        await run_in_threadpool(self._files.delete, asked.caller, asked.cause, file_id_in(asked))
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    async def _keep(self, asked: Asked, offset: int, data: bytes) -> StoredFile:
        return await run_in_threadpool(
            self._files.append, asked.caller, asked.cause, file_id_in(asked), offset, data
        )


def file_id_in(asked: Asked) -> UUID:
    """The id that an address names. Raises NotFound."""
    try:
        return UUID(asked.http.path_params["file_id"])
    except ValueError as cause:
        raise NotFound() from cause


def name_in(metadata: str) -> str | None:
    """What the sender calls the file: `filename` or `name` in Upload-Metadata, without folders and without
    characters that show it as something else. Raises Unreadable.
    """
    if len(metadata) > _MOST_METADATA:
        raise Unreadable()
    said: dict[str, str] = {}
    for pair in filter(None, (each.strip() for each in metadata.split(","))):
        key, _, value = pair.partition(" ")
        if not _KEY.fullmatch(key) or key in said:
            raise Unreadable()
        try:
            said[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, ValueError) as cause:
            raise Unreadable() from cause
    name = said.get("filename") or said.get("name") or ""
    last = re.split(r"[/\\]", name)[-1]
    # Zero-width joiners and non-joiners are spelling in Persian; the other invisible ones only deceive.
    shown = [c for c in last if unicodedata.category(c)[0] != "C" or c in "\u200c\u200d"]
    return "".join(shown).strip()[:_LONGEST_NAME] or None


async def _pieces(asked: Asked) -> AsyncIterator[bytes]:
    """What comes, as it comes. Raises ClientDisconnect, and TimeoutError when for long nothing does."""
    stream = asked.http.stream()
    while True:
        try:
            yield await asyncio.wait_for(anext(stream), _SILENCE_SECONDS)
        except StopAsyncIteration:
            return


def _must_speak_tus(asked: Asked) -> None:
    if asked.header("tus-resumable") != TUS:
        raise VersionOfTus(version=TUS)


def _number(asked: Asked, name: str) -> int | None:
    said = asked.header(name)
    return int(said) if _NUMBER.fullmatch(said) else None


def _standing(file: StoredFile) -> dict[str, Any]:
    headers = {"Upload-Offset": str(file.received), "Cache-Control": "no-store"}
    if file.expires_at is not None:
        headers["Upload-Expires"] = format_datetime(file.expires_at.astimezone(UTC), usegmt=True)
    return headers
