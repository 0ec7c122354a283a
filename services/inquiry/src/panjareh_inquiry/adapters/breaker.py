"""A circuit breaker for each authority: one that keeps failing is left alone for a while (design rule 5)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_FAILURES = 5
_REST_SECONDS = 5.0


@dataclass
class _State:
    failures: int = 0
    rests_until: float = 0.0


class Breakers:
    """One breaker a provider. After five failures in a row it rests 5 s; then one try is let through."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._states: dict[str, _State] = {}
        self._lock = threading.Lock()

    def closed(self, provider: str) -> bool:
        """Whether the provider may be tried now. The try that ends a rest begins the next one."""
        with self._lock:
            state = self._states.setdefault(provider, _State())
            if state.failures < _FAILURES:
                return True
            if self._clock() < state.rests_until:
                return False
            state.rests_until = self._clock() + _REST_SECONDS
            return True

    def open(self) -> dict[tuple[str, ...], float]:
        """By provider, 1 where it is left alone for now."""
        with self._lock:
            return {(name,): state.failures >= _FAILURES for name, state in self._states.items()}

    def succeeded(self, provider: str) -> None:
        with self._lock:
            self._states[provider] = _State()

    def failed(self, provider: str) -> None:
        with self._lock:
            state = self._states.setdefault(provider, _State())
            state.failures += 1
            state.rests_until = self._clock() + _REST_SECONDS
