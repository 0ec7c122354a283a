"""The whole catalogue for others' programs: linked data, and the list that the national portal follows (C1)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from typing import Any, Protocol

from panjareh_catalog.domain.refusals import UnknownService

PART = 25
"""Services in one part of an export: some 300 KB, and milliseconds, so that other calls come in between."""


@dataclass(frozen=True)
class ExportedAuthority:
    """An authority as an export tells of it; `place` is the name of where it is, None for the whole country."""

    code: str
    name: Mapping[str, str]
    parent: str | None = None
    place: Mapping[str, str] | None = None


@dataclass(frozen=True)
class ExportedService:
    """One public service that can be read (published or suspended), with all that its description refers to.

    `card` is one of the newest format. `authorities`: its own and those above it. `life_events`: titles by code.
    `evidence_sources`: for an evidence type the authority of which it is asked. `rated` and `rating_mean`
    are None where too few have rated to keep each of them hidden (F1).
    """

    code: str
    version: int
    standing: str
    card: Mapping[str, Any]
    published_at: datetime
    authorities: Sequence[ExportedAuthority]
    life_events: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    evidence_sources: Mapping[str, str] = field(default_factory=dict)
    rated: int | None = None
    rating_mean: float | None = None


class ExportedServices(Protocol):
    """What the catalogue holds now, as exports tell it."""

    def tag(self) -> str:
        """Another text whenever something in the export is another; costs the same for any number of changes."""
        ...

    def page(self, after: str | None, limit: int) -> list[ExportedService]:
        """By code, after a code."""
        ...

    def one(self, code: str) -> ExportedService | None: ...


class Syntax(Protocol):
    """One way to write linked data down: a head, nodes, a tail."""

    def head(self, window: str) -> str: ...

    def nodes(self, nodes: Iterable[dict[str, Any]], *, first: bool) -> str: ...

    def tail(self) -> str: ...


Describe = Callable[[Iterable[ExportedService]], list[dict[str, Any]]]


class Exports:
    """The catalogue as linked data. What it answers is a part for the gateway: `{text, next, etag}`."""

    def __init__(
        self,
        services: ExportedServices,
        describe: Describe,
        vocabulary: Callable[[], Iterable[dict[str, Any]]],
    ) -> None:
        self._services = services
        self._describe = describe
        self._vocabulary = vocabulary

    def whole(self, syntax: Syntax, window: str, after: str | None) -> dict[str, Any]:
        """One part of the whole catalogue, at most PART services of it. `after` is the last code of the part before."""
        tag = None if after else self._tag(window)
        found = self._services.page(after, PART + 1)
        told, more = found[:PART], len(found) > PART
        text = "" if after else syntax.head(window)
        text += syntax.nodes(self._describe(told), first=not after)
        text += "" if more else syntax.tail()
        return {"text": text, "next": told[-1].code if more else None, "etag": tag}

    def one(self, syntax: Syntax, window: str, code: str) -> dict[str, Any]:
        """One public service. Raises UnknownService."""
        service = self._services.one(code)
        if service is None:
            raise UnknownService(service_code=code)
        return self._text(syntax, window, self._describe([service]))

    def vocabulary(self, syntax: Syntax, window: str) -> dict[str, Any]:
        return self._text(syntax, window, self._vocabulary())

    def _tag(self, window: str) -> str:
        """Another one also where another release writes it, or another address is written into it."""
        told = f"{self._services.tag()} {version('panjareh-catalog')} {window}"
        return sha256(told.encode()).hexdigest()[:32]

    @staticmethod
    def _text(syntax: Syntax, window: str, nodes: Iterable[dict[str, Any]]) -> dict[str, Any]:
        text = syntax.head(window) + syntax.nodes(nodes, first=True) + syntax.tail()
        return {"text": text, "next": None}
