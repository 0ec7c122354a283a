"""What one public HTTP operation is: an address, a remote call behind it, and how both are described."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from marshmallow import RAISE, Schema

JSON_LIMIT = 64 * 1024
BATCH_LIMIT = 2 * 1024 * 1024


class Strict(Schema):
    class Meta:
        unknown = RAISE


class Access(Enum):
    """Who may try. Who may succeed is decided by the service, from the token."""

    OPEN = "open"
    SIGNED_IN = "signed_in"


class Line(Enum):
    """What an operation is to a service that people stand in line for (`admission.py`)."""

    DRAW = "draw"
    LOOK = "look"
    SUBMIT = "submit"


Status = int | Callable[[Mapping[str, Any]], int]


@dataclass(frozen=True)
class Operation:
    """One row of the public API. `body` and `query` are strict schemas; `keyed` operations need an Idempotency-Key.

    With a `media_type` the answer is no JSON but a text or bytes of that type (`parts.py`); what it `gives`
    is not described then. `told_window` methods are told the window's public address, as `window`.

    The answer of a `versioned` one has a `version`, which is its ETag. Who changes or deletes such a thing says in
    If-Match which version they saw, and the service is told it as `version`; `*` stands for any.

    One with a `line` is let through, or answered, by the gateway's admission; `ticket` is kept for that.

    A `live` one is a stream of what its remote method tells `after` a version (`live/serving.py`).

    What `keeps` names of the body is not sent on: with it the gateway `makes` the answer out of the service's,
    `makes(kept, answer, language)`, which may refuse. It runs in a thread.
    """

    method: str
    path: str
    service: str
    call: str
    summary: str
    tag: str
    gives: type[Schema] | None
    body: type[Schema] | None = None
    query: type[Schema] | None = None
    access: Access = Access.SIGNED_IN
    status: Status = 200
    statuses: tuple[int, ...] = ()
    keyed: bool = False
    limit: int = JSON_LIMIT
    location: str | None = None
    media_type: str | None = None
    told_window: bool = False
    versioned: bool = False
    live: bool = False
    line: Line | None = None
    keeps: tuple[str, ...] = ()
    makes: Callable[[Mapping[str, Any], Any, str], Any] | None = None

    @property
    def changes_version(self) -> bool:
        """Whether it needs to be told which version somebody saw."""
        return self.versioned and self.method in ("PUT", "PATCH", "DELETE")

    @property
    def id(self) -> str:
        return f"{self.tag}_{self.call}"

    def status_of(self, answer: Any) -> int:
        return self.status(answer) if callable(self.status) else self.status

    @property
    def successes(self) -> tuple[int, ...]:
        return self.statuses or ((self.status,) if isinstance(self.status, int) else (200,))
