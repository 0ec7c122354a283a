"""B6: the view of requests made again from its events by the door that operators use, killed twice on the way."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from panjareh_cli.local.processes import tied_to_us
from panjareh_common.projection import PARTS
from tests.bench import requests_log
from tests.bench.followed import library
from tests.bench.ground import ROOT, Ground
from tests.bench.keys import environment
from tests.bench.model import Bench, Cell, Check, Comparison, Reading
from tests.bench.processes import Child
from tests.bench.stores import eventsourcing_safe
from tests.conftest import outside_environment

_EVENTS, _EVENTS_FULL = 500_000, 1_000_000
_SAMPLE, _OF_EACH = 2_000, 10  # events for ProjectionRunner, and how many a stream has
_WORKERS = min(os.cpu_count() or 1, PARTS)  # as the door has
_KILLED_AT = (1 / 3, 2 / 3)
_PATIENCE = 600.0
OURS, UNHURT = "panjareh, killed twice", "panjareh, not killed"
LIMIT, LEAST = "cursor and decode", "cursor and decode of what the view reads"
LIBRARY = "eventsourcing, ProjectionRunner"
_TOLD = re.compile(r"^([\d,]+) of about")
_WRITTEN = re.compile(r"^([\d,]+) requests written again")


class _Rebuilds:
    """`python -m panjareh_requests rebuild requests`, whole processes, from the start to the end of each."""

    def __init__(self, ground: Ground, env: Mapping[str, str], events: int) -> None:
        self._env = outside_environment() | dict(env)
        self._log = ground.home / "b6.log"
        self._events = events
        self.kills = 0
        self.written: set[int] = set()

    def unhurt(self) -> Reading:
        began = time.perf_counter()
        self._run(None)
        return self._reading(began)

    def killed_twice(self) -> Reading:
        """The first time without its workers, the second time with them. Lost time is in the figure."""
        began = time.perf_counter()
        self._run(_KILLED_AT[0])
        self._run(_KILLED_AT[1], workers_too=True)
        self._run(None)
        return self._reading(began)

    def _reading(self, began: float) -> Reading:
        seconds = time.perf_counter() - began
        return {"rate": self._events / seconds, "seconds": seconds}

    def _run(self, kill_at: float | None, *, workers_too: bool = False) -> None:
        """To the end; or until a share of the events is folded, and then it is killed.

        Raises RuntimeError when it ends before it could be killed, or fails.
        """
        with self._log.open("ab") as sink:
            process = subprocess.Popen(
                tied_to_us([sys.executable, "-m", "panjareh_requests", "rebuild", "requests"]),
                cwd=ROOT,
                env=self._env,
                stdout=subprocess.PIPE,
                stderr=sink,
                text=True,
                start_new_session=True,
            )
        late = threading.Timer(_PATIENCE, os.killpg, (process.pid, signal.SIGKILL))
        late.start()
        try:
            self._listen(process, kill_at, workers_too=workers_too)
        finally:
            late.cancel()
            process.kill()
            process.wait()

    def _listen(
        self, process: subprocess.Popen[str], kill_at: float | None, *, workers_too: bool
    ) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if written := _WRITTEN.match(line):
                self.written.add(_number(written[1]))
            elif kill_at is not None and _folded(line) >= kill_at * self._events:
                (os.killpg if workers_too else os.kill)(process.pid, signal.SIGKILL)
                self.kills += 1
                return
        if kill_at is not None or process.wait(_PATIENCE) != 0:
            raise RuntimeError(f"a rebuild ended with {process.wait()}: see {self._log}")


def _folded(line: str) -> int:
    told = _TOLD.match(line)
    return _number(told[1]) if told else 0


def _number(text: str) -> int:
    return int(text.replace(",", ""))


class _Scans:
    """The cursors, as many as the rebuild has workers, each a process that is there already."""

    def __init__(self, ground: Ground, stack: ExitStack, url: str) -> None:
        log = ground.home / "b6_scan.log"
        self._children = []
        for share in range(_WORKERS):
            child = Child("tests.bench.scan", url, str(share), str(_WORKERS), env={}, log=log)
            stack.callback(child.stop)
            child.wait_until_ready()
            self._children.append(child)

    def read(self, topics: str) -> Reading:
        """`topics`: whose states are fetched and decoded, `all` or `read`."""
        began = time.perf_counter()
        for child in self._children:
            child.tell(topics)
        events = sum(child.answer(_PATIENCE) for child in self._children)
        seconds = time.perf_counter() - began
        return {"rate": events / seconds, "seconds": seconds}


def _library(ground: Ground, url: str) -> Reading:
    """From when it is ready to the last of its sample."""
    library.begin_again(ground, url)
    log = ground.home / "b6_library.log"
    child = Child("tests.bench.followed", "follow", "library", url, env={}, log=log)
    try:
        child.wait_until_ready()
        began = time.monotonic()
        seen = child.ask(f"{_SAMPLE} {_PATIENCE / 10}", _PATIENCE)
    finally:
        child.stop()
    if len(seen) != _SAMPLE // _OF_EACH:
        raise TimeoutError(f"ProjectionRunner has shown {len(seen)} streams of its sample")
    seconds = max(seen.values()) - began
    return {"rate": _SAMPLE / seconds, "seconds": seconds}


def _sample(ground: Ground) -> str:
    url = library.prepare(ground, "b6_library")
    application = eventsourcing_safe.application(url)
    note = eventsourcing_safe.note(application)
    for _ in range(_SAMPLE // _OF_EACH):
        item = eventsourcing_safe.Item(note)
        for _ in range(_OF_EACH - 1):
            item.change(note)
        application.save(item)
    application.close()
    return url


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    with ExitStack() as stack:
        url, sample = ground.database("b6", "requests"), _sample(ground)
        events = requests_log.fill(url, _EVENTS_FULL if ground.full else _EVENTS)
        rebuilds = _Rebuilds(ground, environment(ground, {"requests": url}), events)
        scans = _Scans(ground, stack, url)

        def checks() -> list[Check]:
            rows, wrong = requests_log.differences(url)
            return [
                Check(
                    "rows that an independent fold makes otherwise = 0",
                    not wrong,
                    f"{wrong} of {rows:,}",
                ),
                Check(
                    "every rebuild wrote every row",
                    rebuilds.written == {rows},
                    f"{rebuilds.written}",
                ),
                Check("kills", rebuilds.kills >= 2, f"{rebuilds.kills} times kill -9"),
            ]

        yield Bench(
            "B6",
            f"a view made again from {events:,} events, with two kill -9 on the way",
            [
                Cell(OURS, "all", rebuilds.killed_twice),
                Cell(UNHURT, "all", rebuilds.unhurt),
                Cell(LIMIT, "all", lambda: scans.read("all")),
                Cell(LEAST, "all", lambda: scans.read("read")),
                Cell(LIBRARY, "a sample", lambda: _library(ground, sample)),
            ],
            list(_comparisons()),
            checks,
            _notes(events),
            figures=("rate", "seconds"),
        )


def _notes(events: int) -> list[str]:
    return [
        f"Requests of 1 to 13 events, {events:,} in all, copied from some that the domain made; hashes are "
        "arbitrary and boxes do not open, neither of which a rebuild looks at."
        + ("" if events >= _EVENTS_FULL else " A million are loaded with `--full`."),
        f"Ours: whole processes of the door that operators use, with {_WORKERS} workers, three starts and "
        "what each kill has lost included. There are as many cursors, in processes that run already. "
        "The limit decodes every event; below it is one that leaves closed what the view does not read, "
        "as the rebuild does.",
        f"ProjectionRunner: {_SAMPLE:,} events of its own store, from when it is ready; it keeps its rate.",
    ]


def _comparisons() -> Iterator[Comparison]:
    ours = (OURS, "all")
    yield Comparison("rate", ours, (LIMIT, "all"), 0.5)
    yield Comparison("rate", ours, (LIBRARY, "a sample"), 50)
    yield Comparison("rate", ours, (LEAST, "all"))
    yield Comparison("rate", (UNHURT, "all"), (LIMIT, "all"))
    yield Comparison("rate", (UNHURT, "all"), ours)
