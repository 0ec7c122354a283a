"""What the clock process does every so often, beside what comes due by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from panjareh_common.clock import Clock
from panjareh_common.health import HEALTH
from panjareh_common.refusals import Refusal

log = structlog.get_logger(__name__)
_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Round:
    """`work(now)` may be done by several processes at once, and twice. `every`: from end to beginning."""

    name: str
    every: timedelta
    work: Callable[[datetime], object]


class Rounds:
    """Does each round at the start and then every so often, in a thread; one that fails is done again next time.

    `name` is the thread's, for a process with more than one.
    """

    def __init__(
        self,
        rounds: Sequence[Round],
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        name: str = "rounds",
    ) -> None:
        self._name = name
        self._rounds = tuple(rounds)
        self._clock = clock
        self._monotonic = monotonic
        self._next = dict.fromkeys((each.name for each in self._rounds), monotonic())
        self._thread: threading.Thread | None = None

    def start(self, stop: threading.Event) -> None:
        self._thread = threading.Thread(
            target=self._run, args=(stop,), name=self._name, daemon=True
        )
        self._thread.start()

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def do_due(self) -> list[str]:
        """Does the rounds whose time has come; their names."""
        due = [each for each in self._rounds if self._next[each.name] <= self._monotonic()]
        for each in due:
            self._do(each)
            self._next[each.name] = self._monotonic() + each.every.total_seconds()
        return [each.name for each in due]

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            HEALTH.beat(self._name)
            self.do_due()
            stop.wait(_LOOK_SECONDS)
        HEALTH.ended(self._name)

    def _do(self, each: Round) -> None:
        try:
            each.work(self._clock())
        except Refusal as refusal:
            log.warning("round_waits", round=each.name, because=refusal.code)
        except Exception:
            log.exception("round_failed", round=each.name)
