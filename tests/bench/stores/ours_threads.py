"""64 threads of one process, each with a command of its own; who has to wait rides in the next commit."""

from __future__ import annotations

import threading

from panjareh_common.event_store.append import VersionTaken
from tests.bench.stores import Store
from tests.bench.stores.ours_group import (
    COUNT,
    COUNT_VIEW,
    IN_FLIGHT,
    STORED_BEFORE,
    Group,
    prepare,
)


class _Threads(Group):
    in_flight = IN_FLIGHT

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._lock = threading.Lock()

    def append(self) -> int:
        with self._lock:
            unit, conflicts = self.unit()
        try:
            unit.commit()
        except VersionTaken:
            assert conflicts, "a command failed for another's fault"
            return 0
        assert not conflicts, "a version was stored twice"
        return 1


def open_store(url: str) -> Store:
    return _Threads(url)


__all__ = ["COUNT", "COUNT_VIEW", "STORED_BEFORE", "open_store", "prepare"]
