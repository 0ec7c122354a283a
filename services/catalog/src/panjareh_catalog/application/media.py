"""Pictures, sounds and films for the steps of services: cleaned, and kept under the hash of their content (C2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from typing import Protocol

from panjareh_catalog.application.publishing import office_of
from panjareh_catalog.domain.media_refusals import TooManyMedia
from panjareh_common.asking import Asking
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import InvalidInput
from panjareh_common.texts import text

LARGEST = 1024 * 1024  # bytes
MOST_OF_AUTHORITY = 1000

_NOT_BASE64 = "Send the file's bytes in base64 (RFC 4648, section 4)."
TOO_LARGE = "A picture, sound or film has at most 1 MB. Make it smaller."


class Medium(Protocol):
    """A file without anything but what it shows or plays."""

    @property
    def kind(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def content(self) -> bytes: ...


class MediaRows(Protocol):
    def has(self, unit: UnitOfWork, medium_id: str) -> bool: ...

    def count(self, unit: UnitOfWork, authority: str) -> int:
        """Of an authority, whose other uploads wait until this one is through."""
        ...

    def keep(self, unit: UnitOfWork, medium_id: str, medium: Medium, authority: str) -> None: ...


class Media:
    """`clean` gives a Medium, or the sentence that says why not."""

    def __init__(
        self, log: EventLog, rows: MediaRows, clean: Callable[[bytes], Medium | str]
    ) -> None:
        self._log = log
        self._rows = rows
        self._clean = clean

    def upload(self, content: str, asking: Asking) -> Answer:
        """`{id, kind, type, bytes}`; the same file again is the same medium, whoever sends it.

        Raises InvalidInput, TooManyMedia.
        """
        authority = office_of(asking.caller)
        medium = self._read(content, asking.language)
        medium_id = hashlib.sha256(medium.content).hexdigest()

        def work(unit: UnitOfWork) -> Answer:
            if not self._rows.has(unit, medium_id):
                if self._rows.count(unit, authority) >= MOST_OF_AUTHORITY:
                    raise TooManyMedia(most=MOST_OF_AUTHORITY)
                self._rows.keep(unit, medium_id, medium, authority)
            return {
                "id": medium_id,
                "kind": medium.kind,
                "type": medium.type,
                "bytes": len(medium.content),
            }

        # The content itself is not kept with the answer, only what tells it from another.
        sent = hashlib.sha256(content.encode()).hexdigest()
        return asking.once(self._log, "upload_medium", {"content": sent}, work)

    def _read(self, content: str, language: str) -> Medium:
        try:
            sent = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise _refused(_NOT_BASE64, language) from None
        if len(sent) > LARGEST:
            raise _refused(TOO_LARGE, language)
        medium = self._clean(sent)
        if isinstance(medium, str):
            raise _refused(medium, language)
        return medium


def _refused(sentence: str, language: str) -> InvalidInput:
    detail = text("panjareh_catalog", sentence, language)
    return InvalidInput([{"pointer": "/content", "detail": detail}])
