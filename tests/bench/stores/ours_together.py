"""One caller with 64 commands at a time, as a method that takes many calls at once has them."""

from __future__ import annotations

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


class _Together(Group):
    def append(self) -> int:
        """Each command waits as long as all of them, so that is the latency of each."""
        units, conflicts = zip(*(self.unit() for _ in range(IN_FLIGHT)), strict=True)
        outcomes = self.log.committer.commit_each([unit.pending for unit in units])
        refused = [isinstance(outcome, VersionTaken) for outcome in outcomes]
        assert refused == list(conflicts), "not those were refused whose version was taken"
        assert all(len(each) == 1 for each in outcomes if isinstance(each, list))
        return refused.count(False)


def open_store(url: str) -> Store:
    return _Together(url)


__all__ = ["COUNT", "COUNT_VIEW", "STORED_BEFORE", "open_store", "prepare"]
