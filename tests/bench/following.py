"""B5: from the commit of an event until it is visible in a followed view, at two loads."""

from __future__ import annotations

import importlib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import NamedTuple

from tests.bench.ground import Ground
from tests.bench.intervals import percentile
from tests.bench.model import Bench, Cell, Check, Comparison, Reading
from tests.bench.processes import Child

WRITERS = 4
OURS, LIBRARY, LIMIT = "panjareh", "eventsourcing, ProjectionRunner", "poll loop, no folding"
_MODULES = {OURS: "ours", LIBRARY: "library", LIMIT: "poll"}
_SHARES = {"half": 0.5, "nine tenths": 0.9}
_BOUND_MS = {"half": 25, "nine tenths": 100}
# Who has shown everything so soon after the last commit keeps up.
_KEEPS_UP_SECONDS = 0.1
_SLOWER, _STEPS = 0.8, 12
_BEFORE_BEGIN = 0.05  # seconds, for the order to reach every writer
_PATIENCE = 60.0


class Load(NamedTuple):
    """What a while of writing gave: milliseconds from commit to visible, and commits a second."""

    latencies: list[float]
    rate: float
    behind: float
    """Seconds from the last commit until everything was visible."""


class Contestant:
    """One store with its writers and its follower, each a process; idle until it is asked."""

    def __init__(self, ground: Ground, stack: ExitStack, who: str) -> None:
        module = _MODULES[who]
        self._who = who
        store = importlib.import_module(f"tests.bench.followed.{module}")
        self.url: str = store.prepare(ground, f"b5_{module}")
        log = ground.home / f"b5_{module}.log"

        def start(what: str) -> Child:
            child = Child("tests.bench.followed", what, module, self.url, env={}, log=log)
            stack.callback(child.stop)
            child.wait_until_ready()
            return child

        self._writers = [start("write") for _ in range(WRITERS)]
        self._follower = start("follow")
        self.acknowledged = 0

    def load(self, seconds: float, rate: float) -> Load:
        """Writes at a rate (0: as fast as it goes), and waits until all of it is visible.

        Raises TimeoutError when something of it does not become visible.
        """
        begin = time.monotonic() + _BEFORE_BEGIN
        for writer in self._writers:
            writer.tell(f"{begin} {seconds} {rate / WRITERS}")
        stored: dict[str, float] = {}
        for writer in self._writers:
            stored |= writer.answer()
        self.acknowledged += len(stored)
        seen = self._follower.ask(f"{len(stored)} {_PATIENCE}", _PATIENCE * 2)
        if missing := stored.keys() - seen.keys():
            raise TimeoutError(f"{self._who}: {len(missing)} of {len(stored)} events are not shown")
        # A view may show an event before its writer has heard of the commit.
        waits = [max(0.0, (seen[stream] - at) * 1000) for stream, at in stored.items()]
        behind = max(seen.values()) - max(stored.values())
        return Load(waits, len(stored) / seconds, behind)

    def greatest(self, seconds: float) -> float:
        """The greatest rate at which it keeps up, a second; tried from as fast as it goes downwards."""
        load = self.load(seconds, 0)
        for _ in range(_STEPS):
            if load.behind <= _KEEPS_UP_SECONDS:
                return load.rate
            load = self.load(seconds, load.rate * _SLOWER)
        raise TimeoutError(f"{self._who} keeps up at no rate")


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    with ExitStack() as stack:
        contestants = {who: Contestant(ground, stack, who) for who in _MODULES}
        for each in contestants.values():
            each.load(ground.seconds, 0)  # connections are opened, statements prepared
        greatest = {who: contestants[who].greatest(ground.seconds) for who in (OURS, LIBRARY)}
        greatest[LIMIT] = greatest[OURS]  # it is to be compared under the same load
        loads = Counter[str]()

        def measure(who: str, share: float) -> Reading:
            load = contestants[who].load(2 * ground.seconds, greatest[who] * share)
            loads[who] += len(load.latencies)
            return {
                "rate": load.rate,
                "p50_ms": percentile(load.latencies, 50),
                "p99_ms": percentile(load.latencies, 99),
            }

        yield Bench(
            "B5",
            "from the commit of an event until it is visible in a followed view",
            [
                Cell(who, load, partial(measure, who, share))
                for load, share in _SHARES.items()
                for who in contestants
            ],
            list(_comparisons()),
            lambda: [_check(ground, who, each) for who, each in contestants.items()],
            [
                "Greatest rates at which each keeps up with 4 writer processes, one commit an event: "
                + ", ".join(
                    f"{who} {rate:,.0f}/s" for who, rate in greatest.items() if who != LIMIT
                )
                + "; the poll loop is put under our load."
            ],
        )


def _comparisons() -> Iterator[Comparison]:
    for load in _SHARES:
        yield Comparison("p99_ms", (OURS, load), goal=_BOUND_MS[load], at_most=True)
        yield Comparison("p99_ms", (OURS, load), (LIBRARY, load))
        yield Comparison("p99_ms", (OURS, load), (LIMIT, load))
        yield Comparison("rate", (OURS, load), (LIBRARY, load))


_COUNTS = {
    OURS: ("SELECT count(*) FROM event", "SELECT count(*) FROM item"),
    LIBRARY: ("SELECT count(*) FROM safe_events", "SELECT count(*) FROM items"),
    LIMIT: ("SELECT count(*) FROM event", None),
}


def _check(ground: Ground, who: str, contestant: Contestant) -> Check:
    events, rows = _COUNTS[who]
    told = contestant.acknowledged
    stored = ground.query(events, contestant.url)
    shown = ground.query(rows, contestant.url) if rows else told
    return Check(
        f"{who}: acknowledged = stored = visible",
        told == stored == shown,
        f"{told:,} = {stored:,} = {shown:,}",
    )
