"""Whether this process turns and whether it can work, as its door on PANJAREH_HEALTH_PORT tells.

Two questions that must not be mixed (docs/operations/kubernetes.md, probes): a process that does not turn
is started anew, so that asks nobody else; one that cannot work is waited for.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

log = structlog.get_logger(__name__)

# Longer than any wait for a broker or a database that says nothing.
STUCK_SECONDS = 60.0
_LOOK_SECONDS = 2.0
_SAY_SECONDS = 60.0

Check = Callable[[], str | None]
"""Gives what keeps the process from working, in a few words; None when nothing does. May raise."""


class Health:
    """Loops that beat, and checks by name. Any thread may use it."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        stuck_seconds: float = STUCK_SECONDS,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        self._clock = clock
        self._stuck_seconds = stuck_seconds
        self._look_seconds = look_seconds
        self._beats: dict[str, float] = {}
        self._checks: dict[str, Check] = {}
        self._awaited: str | None = "its own start"
        self._looking = threading.Lock()

    def beat(self, loop: str) -> None:
        """Says that a loop has come round; from the first time on it has to go on saying so."""
        self._beats[loop] = self._clock()

    def ended(self, loop: str) -> None:
        self._beats.pop(loop, None)

    def stuck(self) -> dict[str, float]:
        """The loops that have not come round for too long, with the seconds since they did."""
        now = self._clock()
        waited = {loop: now - at for loop, at in self._beats.copy().items()}
        return {loop: each for loop, each in waited.items() if each > self._stuck_seconds}

    def check(self, name: str, look: Check) -> None:
        """Has the process not ready while `look` names a reason."""
        self._checks[name] = look

    def started(self) -> None:
        """From now on the checks tell whether the process can work."""
        self._awaited = None

    @contextmanager
    def waits_for(self, awaited: str) -> Iterator[Callable[[], None]]:
        """While a process that starts waits for something. Gives what to call on every try: it says so in
        the log, at first and then once a minute.
        """
        before, self._awaited = self._awaited, awaited
        said: float | None = None

        def still() -> None:
            nonlocal said
            now = self._clock()
            if said is None or now - said >= _SAY_SECONDS:
                log.warning("waits_at_start", awaited=awaited)
                said = now

        try:
            yield still
        finally:
            self._awaited = before

    def ready(self) -> tuple[bool, dict[str, str]]:
        """Whether the process can work, and each check with `ok` or what is wrong."""
        if self._awaited is not None:
            return False, {"start": f"waits for {self._awaited}"}
        # One look at a time: where a database says nothing, looks would pile up behind it.
        if not self._looking.acquire(timeout=self._look_seconds):
            return False, {"checks": "take too long"}
        try:
            found = {name: _looked(look) for name, look in self._checks.copy().items()}
        finally:
            self._looking.release()
        return all(said == "ok" for said in found.values()), found


def _looked(look: Check) -> str:
    try:
        return look() or "ok"
    except Exception as fault:
        return type(fault).__name__  # what it says may hold an address with a password


HEALTH = Health()
"""Of this process."""
