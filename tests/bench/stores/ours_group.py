"""Our log under 64 commands in flight in each process, which share their commits.

One command in 97 wants a version that is taken. It, and no other, must be refused.
"""

from __future__ import annotations

import itertools
from contextlib import closing
from uuid import UUID, uuid4

from panjareh_common.event_store import UnitOfWork
from tests.bench.ground import Ground
from tests.bench.stores import ours
from tests.bench.stores.ours import CAUSE, COUNT, COUNT_VIEW, Ours

IN_FLIGHT = 64
STORED_BEFORE = 1  # the item whose version is taken
_TAKEN = UUID(int=1)
_EVERY = 97


def prepare(ground: Ground, name: str) -> str:
    url = ours.prepare(ground, name)
    with closing(Ours(url)) as store, store.log.unit_of_work(CAUSE) as unit:
        store.save(unit, store.item(_TAKEN))
    return url


class Group(Ours):
    """What both ways have in common: whose turn it is to conflict."""

    def __init__(self, url: str) -> None:
        super().__init__(url, connections=4)
        self._numbers = itertools.count(1)

    def unit(self) -> tuple[UnitOfWork, bool]:
        """A unit of work that only has to be committed, and whether the version it wants is taken."""
        conflicts = next(self._numbers) % _EVERY == 0
        unit = UnitOfWork(self.log, CAUSE)
        self.save(unit, self.item(_TAKEN if conflicts else uuid4()))
        return unit, conflicts


__all__ = ["COUNT", "COUNT_VIEW"]
