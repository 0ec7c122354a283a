"""Stores that are appended to in turns: their databases, what was acknowledged, and whether it is there."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator, Mapping

from tests.bench.ground import Ground
from tests.bench.model import Check, Reading
from tests.bench.stores import bare, message_db
from tests.bench.writers import Writers, reading

OURS, BARE, PGBENCH = "panjareh, Application.save", "bare psycopg", "pgbench"
LIBRARY, MESSAGE_DB = "eventsourcing, safe mode", "message-db"
_PEERS = {
    BARE: "tests.bench.stores.bare",
    LIBRARY: "tests.bench.stores.eventsourcing_safe",
    MESSAGE_DB: "tests.bench.stores.message_db",
    PGBENCH: "tests.bench.stores.bare",
}


class Contest:
    """Ours, in the modules that are named, and the peers; each in a database of its own."""

    def __init__(self, ground: Ground, pool: Writers, prefix: str, ours: Mapping[str, str]) -> None:
        self._ground = ground
        self._pool = pool
        self._ours = ours
        self._modules = {**ours, **_PEERS}
        self._acknowledged: Counter[str] = Counter()
        self._flushes: dict[str, list[int]] = {}
        self._durable: dict[str, bool] = {}
        self._urls: dict[str, str] = {}
        self.notes: list[str] = []
        for number, (who, module) in enumerate(self._modules.items()):
            store = importlib.import_module(module)
            try:
                self._urls[who] = store.prepare(ground, f"{prefix}_{number}")
            except message_db.NotHere as why:
                self.notes.append(f"{who} is not measured: {why}")

    @property
    def who(self) -> list[str]:
        return list(self._urls)

    def append(self, who: str, writers: int) -> Reading:
        """One cell: that many writer processes, or pgbench clients."""
        before = self._ground.flushes()
        if who == PGBENCH:
            figures = self._ground.pgbench(self._urls[who], bare.PGBENCH, writers)
            count, durable = int(figures["count"]), True
        else:
            work = self._pool.run(
                self._modules[who], self._urls[who], writers, self._ground.seconds
            )
            figures, count, durable = reading(work), work.count, work.durable
        self._acknowledged[who] += count
        self._flushes.setdefault(who, []).append(self._ground.flushes() - before)
        self._durable[who] = self._durable.get(who, True) and durable
        return figures

    def checks(self) -> list[Check]:
        return [check for who in self._urls for check in self._checks_of(who)]

    def _checks_of(self, who: str) -> Iterator[Check]:
        store, told = importlib.import_module(self._modules[who]), self._acknowledged[who]
        told += getattr(store, "STORED_BEFORE", 0)
        stored = self._ground.query(store.COUNT, self._urls[who])
        yield Check(f"{who}: stored = acknowledged", stored == told, f"{stored:,} = {told:,}")
        if who in self._ours:
            rows = self._ground.query(store.COUNT_VIEW, self._urls[who])
            yield Check(f"{who}: a view row for each", rows == told, f"{rows:,}")
        flushes = self._flushes[who]
        yield Check(
            f"{who}: durable sessions, WAL flushed in every cell",
            self._durable[who] and min(flushes) > 0,
            f"{sum(flushes):,} flushes, {told / max(1, sum(flushes)):.1f} commits each",
        )
