"""Medians, percentiles, and the bootstrap interval of a ratio."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

_RESAMPLES = 10_000
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A median and the 95 % percentile-bootstrap interval around it."""

    middle: float
    low: float
    high: float


def percentile(values: Sequence[float], per_cent: float) -> float:
    """By nearest rank: a value that was really measured. Raises ValueError without any."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * per_cent // 100))
    return ordered[int(rank) - 1]


def bootstrap(values: Sequence[float], *, seed: int = 1) -> Interval:
    """The interval of the median of `values`, one value a round (Efron and Tibshirani, 1993, ch. 13).

    `seed` makes the same rounds give the same interval.
    """
    rng = random.Random(seed)
    count = len(values)
    medians = [median(rng.choices(values, k=count)) for _ in range(_RESAMPLES)]
    tail = (1 - _CONFIDENCE) / 2 * 100
    return Interval(median(values), percentile(medians, tail), percentile(medians, 100 - tail))


def ratio(ours: Sequence[float], peers: Sequence[float]) -> Interval:
    """The interval of ours ÷ peer. Rounds are paired: what slows the machine down slows both.

    Raises ValueError when the two were not measured in the same rounds.
    """
    if len(ours) != len(peers):
        raise ValueError("a ratio needs the same rounds of both")
    return bootstrap([mine / other for mine, other in zip(ours, peers, strict=True)])
