"""B1b: 64 commands in flight in a process, which share their commits and fail alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tests.bench.append import load
from tests.bench.contest import BARE, LIBRARY, MESSAGE_DB, PGBENCH, Contest
from tests.bench.ground import Ground
from tests.bench.model import Bench, Cell, Comparison
from tests.bench.writers import writers

PEERS = 16  # clients or processes, each with a commit of its own
TOGETHER, THREADS = "panjareh, 64 by one caller", "panjareh, 64 threads"
_OURS = {
    TOGETHER: "tests.bench.stores.ours_together",
    THREADS: "tests.bench.stores.ours_threads",
}
_LOADS = [(TOGETHER, 1), (TOGETHER, 4), (TOGETHER, 16), (THREADS, 1)]


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    with writers(PEERS) as pool:
        contest = Contest(ground, pool, "b1b", _OURS)
        peers = [(who, PEERS) for who in contest.who if who not in _OURS]
        cells = [
            Cell(who, load(count), partial(contest.append, who, count))
            for who, count in [*_LOADS, *peers]
        ]
        yield Bench(
            "B1b",
            "append, 64 commands in flight in each process, which share commits",
            cells,
            [comparison for each in _LOADS for comparison in _comparisons(*each)],
            contest.checks,
            [
                *contest.notes,
                "One command in 97 wants a version that is taken; only those were refused.",
            ],
        )


def _comparisons(who: str, count: int) -> Iterator[Comparison]:
    ours = (who, load(count))
    yield Comparison("rate", ours, (PGBENCH, load(PEERS)), 1.5)
    for peer in (BARE, LIBRARY, MESSAGE_DB):
        yield Comparison("rate", ours, (peer, load(PEERS)))
