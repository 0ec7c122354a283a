"""How far an authority is with what the law asks of it by a date: shares connected, electronic, smart (C7).

The quotas are data, because laws change. Without a count of all its services nobody knows a share, and
that is said instead of guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum


class Measure(StrEnum):
    """What is counted, each out of all services of the authority."""

    CONNECTED = "connected"  # published in the window
    ELECTRONIC = "electronic"  # can be asked for without going anywhere
    SMART = "smart"  # decided by rules, at once


class Standing(StrEnum):
    MET = "met"
    BEHIND = "behind"  # the date has passed
    COMING = "coming"  # not met, and there is time
    UNKNOWN = "unknown"  # nobody counted its services


@dataclass(frozen=True)
class Quota:
    """`share` of the services by the end of the day `by`. `law` by language; `sample`: not the law's own."""

    measure: Measure
    share: Decimal
    by: date
    law: Mapping[str, str]
    sample: bool = False


@dataclass(frozen=True)
class Counts:
    """Of one authority: how many services it has in all (None: not counted), and how many of them are what."""

    total: int | None
    done: Mapping[Measure, int]

    def share(self, measure: Measure) -> Decimal | None:
        """From 0 to 1, rounded down: nobody has met a quota by rounding. None where nobody counted."""
        if self.total is None or self.total <= 0:
            return None
        share = Decimal(self.done[measure]) / self.total
        return min(share, Decimal(1)).quantize(Decimal("0.001"), ROUND_DOWN)


def standing(quota: Quota, counts: Counts, today: date) -> Standing:
    share = counts.share(quota.measure)
    if share is None:
        return Standing.UNKNOWN
    if share >= quota.share:
        return Standing.MET
    return Standing.BEHIND if today > quota.by else Standing.COMING
