"""Take cases out of the platform into a file: page by page, again after a fault, going on where it was stopped.

Beside the file that is being made lie what a later run needs to go on: how far the pages are, and how much of
the file is whole. Only a finished file bears its name.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from panjareh_cli.cases.importer import AGAIN, Stop, pause_after
from panjareh_cli.cases.ocel import OcelWriter, SpoolDamaged
from panjareh_cli.cases.xes import XesWriter
from panjareh_cli.client import Client, ProblemError, Unreachable

FORMATS = ("xes", "ocel")
_ATTEMPTS = 8
_MOST_SOURCES = 100  # kept, to say that numbers of cases may be the same in several logs

Pause = Callable[[float], bool]


class Writer(Protocol):
    def memory(self) -> dict[str, Any]: ...

    def begin(self, file: BinaryIO) -> None: ...

    def take(self, file: BinaryIO, case: Mapping[str, Any]) -> None: ...

    def end(self, file: BinaryIO) -> None: ...


class CannotExport(Exception):
    """The file cannot be made here: it `exists`, or what lies beside it is `foreign`."""

    def __init__(self, why: str, path: Path) -> None:
        super().__init__(why)
        self.why = why
        self.path = path


class Interrupted(Exception):
    """The export ended early. What was written is kept."""

    def __init__(self, stop: Stop) -> None:
        super().__init__(stop.text)
        self.stop = stop


@dataclass
class Counts:
    """What is in the file so far."""

    cases: int = 0
    events: int = 0
    resumed: bool = False
    sources: tuple[str, ...] = ()


class Exporter:
    """Makes one file of one slice. `wanted` are the query's own words, as the operation takes them."""

    def __init__(
        self,
        client: Client,
        wanted: Mapping[str, str],
        path: Path,
        kind: str,
        *,
        pause: Pause | None = None,
        on_progress: Callable[[Counts], None] = lambda counts: None,
    ) -> None:
        """Raises CannotExport where the file is there already, or a part of another slice."""
        self._client = client
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._note = path.with_name(path.name + ".part.json")
        self._spool = path.with_name(path.name + ".part.objects")
        self._pause = pause or threading.Event().wait
        self._on_progress = on_progress
        asked = {"format": kind, "slice": dict(wanted)}
        self._state = self._begun(asked) or _beginning(asked)
        self.counts = Counts(**self._state["counts"])

    def run(self) -> Counts:
        """Writes the rest of the file. Raises Interrupted, CannotExport, and OSError for a disk that is full."""
        state = self._state
        writer = self._writer()
        with self._part.open("ab") as file:
            file.truncate(state["bytes"])
            file.seek(0, os.SEEK_END)
            if not state["bytes"]:
                writer.begin(file)
            while not state["whole"]:
                page = self._page(state["after"])
                self._take(writer, file, page["items"])
                self._keep(writer, file, page.get("next"))
                self._on_progress(self.counts)
            writer.end(file)
            _to_disk(file)
        self._part.replace(self._path)
        for left in (self._note, self._spool):
            left.unlink(missing_ok=True)
        return self.counts

    def _take(self, writer: Writer, file: BinaryIO, cases: list[dict[str, Any]]) -> None:
        counts = self.counts
        for case in cases:
            writer.take(file, case)
            counts.cases += not case["goes_on"]
            counts.events += len(case["events"])
            source = case["source"]
            known = counts.sources
            if source is not None and source not in known and len(known) < _MOST_SOURCES:
                counts.sources = (*known, source)

    def _keep(self, writer: Writer, file: BinaryIO, after: str | None) -> None:
        """What a later run goes on from: the file up to here is whole, and on the disk."""
        _to_disk(file)
        counts = vars(self.counts) | {"resumed": True, "sources": list(self.counts.sources)}
        self._state |= {
            "after": after,
            "whole": after is None,
            "bytes": file.tell(),
            "counts": counts,
            "writer": writer.memory(),
        }
        beside = self._note.with_name(self._note.name + ".new")
        beside.write_text(json.dumps(self._state, ensure_ascii=False), encoding="utf-8")
        beside.replace(self._note)

    def _writer(self) -> Writer:
        memory = self._state["writer"]
        if self._state["asked"]["format"] == "xes":
            return XesWriter(memory)
        try:
            return OcelWriter(self._spool, memory)
        except SpoolDamaged as cause:
            raise CannotExport("foreign", self._part) from cause

    def _begun(self, asked: dict[str, Any]) -> dict[str, Any] | None:
        if self._path.exists():
            raise CannotExport("exists", self._path)
        try:
            state = json.loads(self._note.read_text(encoding="utf-8"))
            known = state["asked"], self._part.stat().st_size >= state["bytes"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            known = None, False
        if known != (asked, True):
            raise CannotExport("foreign", self._part)
        return dict(state)

    def _page(self, after: str | None) -> dict[str, Any]:
        query = self._state["asked"]["slice"] | {"submitted_until": self._state["until"]}
        query |= {"after": after} if after else {}
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return self._client.get("/agency/v1/cases", **query)
            except Unreachable as error:
                last, status, told = str(error), None, None
            except ProblemError as problem:
                if problem.status not in AGAIN:
                    raise Interrupted(Stop(problem.status, problem.sentence())) from problem
                last, status, told = problem.sentence(), problem.status, problem.retry_after
            if attempt < _ATTEMPTS:
                self._pause(pause_after(attempt, told))
        raise Interrupted(Stop(status, last))


def _beginning(asked: dict[str, Any]) -> dict[str, Any]:
    """Cases that begin while the export runs are not in it, so that it has an end."""
    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return {
        "asked": asked,
        "until": asked["slice"].get("submitted_until", now),
        "after": None,
        "whole": False,
        "bytes": 0,
        "counts": vars(Counts()),
        "writer": None,
    }


def _to_disk(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
