"""How much memory each process of the platform holds, looked at again and again while it works."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

_EVERY_SECONDS = 3.0


Pids = Mapping[str, Sequence[int]]
"""The processes behind each name."""


def pss_mib(pid: int) -> float:
    """Its share of what it shares included (proc(5)); 0 for one that has ended."""
    return _rollup(pid).get("Pss", 0) / 1024


def rss_mib(pid: int) -> float:
    """All that it shares included; 0 for one that has ended."""
    return _rollup(pid).get("Rss", 0) / 1024


def _rollup(pid: int) -> dict[str, int]:
    """KiB by name."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii")
    except (FileNotFoundError, ProcessLookupError):
        return {}
    _, *lines = text.splitlines()
    return {name.rstrip(":"): int(kib) for name, kib, *_ in map(str.split, lines)}


class Watch:
    """What was seen of each name, in order. `pids` is asked at each look: processes come and go."""

    def __init__(self, pids: Callable[[], Pids]) -> None:
        self._pids = pids
        self.seen: dict[str, list[float]] = {name: [] for name in pids()}

    def look(self) -> None:
        for name, pids in self._pids().items():
            self.seen[name].append(sum(map(pss_mib, pids)))

    @contextmanager
    def running(self) -> Iterator[None]:
        stop = threading.Event()

        def work() -> None:
            while not stop.wait(_EVERY_SECONDS):
                self.look()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self.look()

    def halves(self, name: str) -> tuple[float, float, float]:
        """Medians of the second and of the last quarter, and the most: the first one warms up."""
        seen = self.seen[name]
        quarter = max(1, len(seen) // 4)
        return median(seen[quarter : 2 * quarter] or seen), median(seen[-quarter:]), max(seen)
