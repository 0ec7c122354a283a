"""Our log by `Application.save` of the library: the same that `ours` stores, in the same one statement."""

from __future__ import annotations

from uuid import uuid4

from panjareh_common.event_store.application import LogApplication
from tests.bench.stores import Store
from tests.bench.stores.ours import CAUSE, COUNT, COUNT_VIEW, WRITE, Ours, prepare, row_of


class _Application(Ours):
    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._application = LogApplication(event_log=self.log)

    def append(self) -> int:
        item = self.item(uuid4())
        self._application.save(item, cause=CAUSE, view=(WRITE, [row_of(item)]))
        return 1


def open_store(url: str) -> Store:
    return _Application(url)


__all__ = ["COUNT", "COUNT_VIEW", "open_store", "prepare"]
