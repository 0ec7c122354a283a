"""B1a: one event a commit, by 1 to 16 writer processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tests.bench.contest import BARE, LIBRARY, MESSAGE_DB, OURS, PGBENCH, Contest
from tests.bench.ground import Ground
from tests.bench.model import Bench, Cell, Comparison
from tests.bench.writers import writers

UNIT = "panjareh, unit of work"
_OURS = {OURS: "tests.bench.stores.ours_application", UNIT: "tests.bench.stores.ours"}
# 8 is there for the goal, which names it; only by those that it is about, as the rounds are long.
WRITERS = (1, 4, 8, 16)
_AT_EIGHT = (OURS, BARE, LIBRARY)
_OVER_LIBRARY = {1: 2.5, 8: 5.0, 16: 5.0}


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    with writers(max(WRITERS)) as pool:
        contest = Contest(ground, pool, "b1a", _OURS)
        yield Bench(
            "B1a",
            "append, one event of 400 bytes a commit",
            [
                Cell(who, load(count), partial(contest.append, who, count))
                for count in WRITERS
                for who in contest.who
                if count != 8 or who in _AT_EIGHT
            ],
            [comparison for count in WRITERS for comparison in _comparisons(count)],
            contest.checks,
            contest.notes,
        )


def load(count: int) -> str:
    return f"{count} writer{'s' if count > 1 else ''}"


def _comparisons(count: int) -> Iterator[Comparison]:
    ours = (OURS, load(count))
    yield Comparison("rate", ours, (BARE, load(count)), 0.70)
    yield Comparison("rate", ours, (LIBRARY, load(count)), _OVER_LIBRARY.get(count))
    yield Comparison("rate", (UNIT, load(count)), (BARE, load(count)), 0.70)
    yield Comparison("rate", ours, (MESSAGE_DB, load(count)))
    yield Comparison("rate", ours, (PGBENCH, load(count)))
