"""Rows of an event log in XES (IEEE 1849), one an event, read as it streams by: no more than one trace is held.

A column named `case:…` is an attribute of the trace, any other one of the event, as tools of process mining
flatten a log. An attribute's own attributes, lists and containers say nothing that a case has a place for.
Declarations of entities, which could make a small file endless, are refused.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Sequence
from typing import IO
from xml.parsers import expat

from panjareh_cli.cases.rows import Row

OF_TRACE = "case:"
_LIFECYCLE = "lifecycle:transition"
_COMPLETE = "complete"
_CHUNK = 1 << 16
_VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})
_MOST_EVENTS = 100_000  # of one trace; the platform takes fewer steps of a case


class XesRefused(Exception):
    """The file as a whole is no XES log that is read here."""


class XesRows:
    """The events of a log, each with cells for `columns`. Events that only begin something are passed over."""

    def __init__(self, file: IO[bytes], columns: Sequence[str]) -> None:
        self._file = file
        self._columns = tuple(columns)
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._opened
        self._parser.EndElementHandler = self._closed
        self._parser.StartDoctypeDeclHandler = self._declared
        self._parser.buffer_text = True
        self._path: list[str] = []
        self._trace: dict[str, str] = {}
        self._event: dict[str, str] = {}
        self._events: list[tuple[int, dict[str, str]]] = []
        self._line = 0
        self._ready: deque[Row] = deque()
        self._ended = False
        self._seen: set[str] = set()
        #: Where the file could be read no further, and why.
        self.damage: tuple[int, str] | None = None
        #: Events that complete nothing, by their transition, and the line of the first.
        self.passed_over: dict[str, tuple[int, int]] = {}

    @property
    def never_seen(self) -> list[str]:
        """The columns that no trace and no event has, once everything was read."""
        return [name for name in self._columns if name not in self._seen]

    def next(self) -> Row | None:
        """The next row; None at the end of the file. Raises XesRefused."""
        while not self._ready and not self._ended:
            self._read_on()
        return self._ready.popleft() if self._ready else None

    def _read_on(self) -> None:
        try:
            chunk = self._file.read(_CHUNK)
            self._parser.Parse(chunk, not chunk)
            self._ended = not chunk
        except expat.ExpatError as error:
            if "log" not in self._path and not self._seen:
                raise XesRefused(f"it is no XML ({expat.ErrorString(error.code)})") from error
            self._break_off(expat.ErrorString(error.code))
        except (EOFError, OSError, zlib.error) as error:
            self._break_off(str(error) or "the file breaks off")

    def _break_off(self, why: str) -> None:
        """Whole traces before go in; the one that was being read does not, as its end is not known."""
        self._ended = True
        self.damage = (max(self._parser.CurrentLineNumber, 1), why)

    def _declared(self, *_: object) -> None:
        raise XesRefused("it declares a document type, which an XES log has no need of")

    def _opened(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if not self._path and tag != "log":
            raise XesRefused(f"its first element is {tag}, where an XES log begins with log")
        inside = self._path[-1] if self._path else None
        self._path.append(tag)
        if tag == "trace" and inside == "log":
            self._trace, self._events = {}, []
        elif tag == "event" and inside in ("trace", "log"):
            self._event, self._line = {}, self._parser.CurrentLineNumber
        elif tag in _VALUES and inside in ("trace", "event"):
            found = self._trace if inside == "trace" else self._event
            found.setdefault(attributes.get("key", ""), attributes.get("value", ""))

    def _closed(self, tag: str) -> None:
        tag = self._path.pop()
        inside = self._path[-1] if self._path else None
        if tag == "event" and inside == "trace":
            if len(self._events) == _MOST_EVENTS:
                raise XesRefused(f"a trace has more than {_MOST_EVENTS} events (line {self._line})")
            self._events.append((self._line, self._event))
        elif tag == "event" and inside == "log":
            self._row(self._line, {}, self._event)
        elif tag == "trace" and inside == "log":
            for line, event in self._events:
                self._row(line, self._trace, event)
            self._events = []

    def _row(self, line: int, trace: dict[str, str], event: dict[str, str]) -> None:
        transition = event.get(_LIFECYCLE, _COMPLETE)
        if transition.lower() != _COMPLETE:
            count, first = self.passed_over.get(transition, (0, line))
            self.passed_over[transition] = (count + 1, first)
            return
        cells: list[str] = []
        for name in self._columns:
            of_trace = name.startswith(OF_TRACE)
            cell = trace.get(name.removeprefix(OF_TRACE)) if of_trace else event.get(name)
            if cell is not None:
                self._seen.add(name)
            cells.append(cell or "")
        self._ready.append(Row(line, cells))
