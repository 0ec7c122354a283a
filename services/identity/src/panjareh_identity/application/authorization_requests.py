"""Authorization requests under way: pushed by a client (RFC 9126), and begun in a browser."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from panjareh_common.clock import Clock
from panjareh_common.event_store import Keyring

PUSHED_LIFETIME = timedelta(seconds=90)
BEGUN_LIFETIME = timedelta(minutes=30)
REQUEST_URI = "urn:ietf:params:oauth:request_uri:"


class Answered(StrEnum):
    """Stored."""

    LOWERED = "lowered"
    """Goes on with less than the client wished for."""
    CONSENTED = "consented"


@dataclass(frozen=True)
class Asking:
    """One authorization request as it was asked, and what its person has answered on the way to the code."""

    client_id: str
    parameters: Mapping[str, str] = field(repr=False)
    asked_at: datetime
    answered: frozenset[Answered] = frozenset()


@dataclass(frozen=True)
class AskingRow:
    pushed: bool
    client_id: str
    browser_hash: bytes | None
    content: bytes = field(repr=False)
    answered: tuple[str, ...]
    asked_at: datetime


class AskingRows(Protocol):
    def add(self, id_hash: bytes, row: AskingRow, expires_at: datetime) -> None: ...

    def take(self, id_hash: bytes, now: datetime) -> AskingRow | None:
        """The row, which is gone afterwards: of two who ask at once one gets it."""
        ...

    def find(self, id_hash: bytes, now: datetime) -> AskingRow | None: ...

    def answer(self, id_hash: bytes, answered: str) -> None: ...


class AuthorizationRequests:
    """What was asked is sealed; an id opens it only in the browser that began it."""

    def __init__(self, rows: AskingRows, keyring: Keyring, clock: Clock) -> None:
        self._rows = rows
        self._keyring = keyring
        self._clock = clock

    def push(self, client_id: str, parameters: Mapping[str, str]) -> str:
        """A `request_uri` that stands for these parameters, once and for a minute and a half."""
        return REQUEST_URI + self._keep(client_id, parameters, PUSHED_LIFETIME, browser=None)

    def take_pushed(self, request_uri: str, client_id: str) -> Mapping[str, str] | None:
        """What that client pushed; None where it did not, or somebody has come with it before."""
        if not request_uri.startswith(REQUEST_URI):
            return None
        id_hash = self._hash(request_uri.removeprefix(REQUEST_URI))
        row = self._rows.take(id_hash, self._clock())
        if row is None or not row.pushed or row.client_id != client_id:
            return None
        return self._open(row, id_hash).parameters

    def begin(self, client_id: str, parameters: Mapping[str, str], browser: str) -> str:
        """An id for the pages between the question and its answer."""
        return self._keep(client_id, parameters, BEGUN_LIFETIME, browser=browser)

    def find(self, request_id: str, browser: str) -> Asking | None:
        """None for what was not begun in this browser, or too long ago."""
        id_hash = self._hash(request_id)
        row = self._rows.find(id_hash, self._clock())
        if row is None or row.pushed or row.browser_hash != self._browser_hash(browser):
            return None
        return self._open(row, id_hash)

    def answer(self, request_id: str, answered: Answered) -> None:
        """For ids that `find` found."""
        self._rows.answer(self._hash(request_id), str(answered))

    def end(self, request_id: str) -> bool:
        """False when somebody else was first: a request is answered once."""
        return self._rows.take(self._hash(request_id), self._clock()) is not None

    def _keep(
        self,
        client_id: str,
        parameters: Mapping[str, str],
        lifetime: timedelta,
        *,
        browser: str | None,
    ) -> str:
        made = secrets.token_urlsafe(24)
        id_hash, now = self._hash(made), self._clock()
        row = AskingRow(
            pushed=browser is None,
            client_id=client_id,
            browser_hash=None if browser is None else self._browser_hash(browser),
            content=self._keyring.seal(None, dict(parameters), _context(id_hash)),
            answered=(),
            asked_at=now,
        )
        self._rows.add(id_hash, row, now + lifetime)
        return made

    def _open(self, row: AskingRow, id_hash: bytes) -> Asking:
        parameters = self._keyring.open(None, row.content, _context(id_hash))
        answered = frozenset(Answered(each) for each in row.answered)
        return Asking(row.client_id, parameters, row.asked_at, answered)

    def _hash(self, request_id: str) -> bytes:
        return self._keyring.lookup("authorization_request", request_id)

    def _browser_hash(self, browser: str) -> bytes:
        return self._keyring.lookup("browser", browser)


def _context(id_hash: bytes) -> str:
    return f"authorization_request/{id_hash.hex()}"
