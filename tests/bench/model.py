"""What a benchmark consists of: cells that are measured in turns, comparisons between them, checks."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tests.bench.ground import Ground
from tests.bench.intervals import Interval, bootstrap, ratio

Reading = Mapping[str, float]
"""What one cell gave in one round, by figure: `rate` in 1/s, `p50_ms`, `p99_ms`, …"""


@dataclass(frozen=True)
class Cell:
    """One thing under one load; `measure` runs it once."""

    who: str
    load: str
    measure: Callable[[], Reading]

    @property
    def key(self) -> tuple[str, str]:
        return self.who, self.load


@dataclass(frozen=True)
class Comparison:
    """A figure of one cell, divided by a peer's or taken as it is (`against` None).

    `goal` is the least allowed, or with `at_most` the greatest. The end of the interval that is
    worse for us is what must keep it. Without a goal it is only reported.
    """

    figure: str
    of: tuple[str, str]
    against: tuple[str, str] | None = None
    goal: float | None = None
    at_most: bool = False


@dataclass(frozen=True)
class Check:
    """Something that must be so, whatever the speed."""

    name: str
    ok: bool
    seen: str


@dataclass(frozen=True)
class Bench:
    """`checks` is asked once, after the last round. `notes` are told with the results."""

    id: str
    title: str
    cells: Sequence[Cell]
    comparisons: Sequence[Comparison] = ()
    checks: Callable[[], Sequence[Check]] = tuple
    notes: Sequence[str] = ()
    figures: Sequence[str] = ("rate", "p50_ms", "p99_ms")


Prepare = Callable[[Ground], AbstractContextManager[Bench]]


@dataclass
class Rounds:
    """Every reading of every cell, in order of the rounds."""

    readings: dict[tuple[str, str], list[Reading]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return max((len(readings) for readings in self.readings.values()), default=0)

    def values(self, key: tuple[str, str], figure: str) -> list[float]:
        return [reading[figure] for reading in self.readings[key]]


def order(count: int, round_number: int) -> list[int]:
    """The turn of each cell in a round: another in every round, the same in every run."""
    turns = list(range(count))
    random.Random(round_number).shuffle(turns)
    return turns


def measure(
    cells: Sequence[Cell], rounds: int, say: Callable[[str], None] = lambda text: None
) -> Rounds:
    """Interleaved: each round measures every cell once, in an order of its own.

    One round before the first is not counted: it opens connections and fills caches.
    """
    taken = Rounds({cell.key: [] for cell in cells})
    for number in range(rounds + 1):
        began = time.monotonic()
        for turn in order(len(cells), number):
            reading = cells[turn].measure()
            if number:
                taken.readings[cells[turn].key].append(reading)
        label = f"round {number} of {rounds}" if number else "warm-up"
        say(f"{label}: {time.monotonic() - began:.1f} s")
    return taken


@dataclass(frozen=True)
class Verdict:
    """A comparison with its interval; `met` is None where there is no goal."""

    comparison: Comparison
    interval: Interval
    met: bool | None


def judge(comparison: Comparison, taken: Rounds) -> Verdict:
    ours = taken.values(comparison.of, comparison.figure)
    if comparison.against is None:
        interval = bootstrap(ours)
    else:
        interval = ratio(ours, taken.values(comparison.against, comparison.figure))
    if comparison.goal is None:
        return Verdict(comparison, interval, None)
    if comparison.at_most:
        return Verdict(comparison, interval, interval.high <= comparison.goal)
    return Verdict(comparison, interval, interval.low >= comparison.goal)


def judge_all(comparisons: Sequence[Comparison], taken: Rounds) -> Iterator[Verdict]:
    """Leaves out comparisons with a peer that could not be measured here; the notes say which."""
    for comparison in comparisons:
        keys = [comparison.of, *([comparison.against] if comparison.against else [])]
        if all(key in taken.readings for key in keys):
            yield judge(comparison, taken)
