"""B5's processes, who write and who follow: `python -m tests.bench.followed write|follow NAME URL`.

NAME is a module here, which has `open_writer` or `follow` or both. Each says `ready`, and then obeys
orders by line, one JSON answer to each:

- `write`: `begin seconds rate` (rate a second, 0 for as fast as it goes) is answered with the moment at
  which each stream's event was acknowledged;
- `follow`: `events seconds` waits for so many events to have become visible, for so long at most, and is
  answered with the moment at which each stream's last event did.

Moments are of the monotonic clock, which is one for all processes of a machine (clock_gettime(2)).
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from uuid import UUID

Append = Callable[[], UUID]
"""Stores one event of a new stream; gives the stream when it was acknowledged."""

Seen = Callable[[UUID], None]
"""Told of each event when it is visible."""


class Sightings:
    """When events became visible: told by who follows, taken by whom it is asked for."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0
        self._moments: dict[str, float] = {}

    def see(self, stream: UUID) -> None:
        now = time.monotonic()
        with self._changed:
            self._count += 1
            self._moments[stream.hex] = now
            self._changed.notify()

    def take(self, events: int, seconds: float) -> dict[str, float]:
        """What was seen since the last time, when it is `events` or more, or when time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._count >= events, seconds)
            taken, self._moments, self._count = self._moments, {}, 0
        return taken


def write(append: Append, begin: float, seconds: float, rate: float) -> dict[str, float]:
    """Appends at a rate, whether or not the last one was quick; or one after another for a rate of 0."""
    acknowledged: dict[str, float] = {}
    gap = 1 / rate if rate else 0.0
    due = begin + gap * random.random()  # so that writers do not march in step
    now = time.monotonic()
    while now < begin + seconds:
        if due > now:
            time.sleep(due - now)
        stream = append()
        now = time.monotonic()
        acknowledged[stream.hex] = now
        due += gap
    return acknowledged
