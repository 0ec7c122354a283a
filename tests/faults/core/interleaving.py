"""Writers that are held open, committed and rolled back at will, and a follower that reads between.

What holds a writer is a trigger on its table: an event whose state names a ticket waits, inserted and not
yet committed, until the ticket is called; then the transaction goes on or fails. So the schedule decides the
order of everything that a follower can see, whatever the log under test does in its process.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import psycopg
from psycopg.rows import dict_row

Action = tuple[Any, ...]
Read = tuple[int, str]

WRITERS = 4

_GATE = """
CREATE TABLE verdict (ticket bigint PRIMARY KEY, commits boolean NOT NULL);

CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said   text   := convert_from(NEW.state, 'UTF8');
    called bigint := substring(said FROM 'ticket-([0-9]+)')::bigint;
BEGIN
    PERFORM pg_sleep(substring(said FROM 'pause-([0-9]+)')::integer / 1000.0);
    PERFORM pg_advisory_xact_lock_shared(called);
    IF said LIKE '%refused%' OR (SELECT NOT commits FROM verdict WHERE ticket = called) THEN
        RAISE EXCEPTION 'this transaction is to be rolled back';
    END IF;
    RETURN NULL;
END $$;
"""
_TRIGGER = """
CREATE TRIGGER gate AFTER INSERT ON {} FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate()
"""
HELD = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND mode = 'ShareLock' AND NOT granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
"""SQL: how many writers wait at the gate."""


class Log(Protocol):
    """An event log under test, with one follower that keeps its position."""

    table: str
    ordered: bool
    """Whether all events come in the order of positions, or only those of a stream."""

    def store(self, name: str, appends: Sequence[int]) -> list[str]:
        """Stores as many events as `appends` says, in one transaction. Gives their names once they are
        committed; raises when they are not.
        """
        ...

    def read(self, limit: int) -> list[Read]:
        """The follower's next batch, as positions and names."""
        ...


@dataclass
class Outcome:
    """What writers were told is stored, and what the follower saw."""

    stored: list[str] = field(default_factory=list)
    seen: list[Read] = field(default_factory=list)
    ordered: bool = True

    @property
    def skipped(self) -> set[str]:
        return set(self.stored) - {name for _, name in self.seen}

    def faults(self) -> dict[str, Any]:
        """Everything that is not as a follower must find it; empty when all is well."""
        times = Counter(name for _, name in self.seen)
        positions = [position for position, _ in self.seen]
        # The events of one transaction are named in the order in which they were saved.
        streams: dict[str, list[Read]] = {}
        for read in self.seen:
            streams.setdefault(read[1].split(".")[0], []).append(read)
        found: dict[str, Any] = {
            "skipped": self.skipped,
            "read twice": {name for name, count in times.items() if count > 1},
            "read, not stored": set(times) - set(self.stored),
            "one position for two": {p for p, count in Counter(positions).items() if count > 1},
            "stream out of order": [reads for reads in streams.values() if reads != sorted(reads)],
            "name out of order": [
                reads for reads in streams.values() if reads != sorted(reads, key=lambda r: r[1])
            ],
            "out of order": positions != sorted(positions) and self.ordered and positions,
        }
        return {what: where for what, where in found.items() if where}


def schedule(chance: random.Random, *, elsewhere: bool = True) -> list[Action]:
    """A random schedule: up to four writers at once, a follower between, and now and then a foreign transaction
    that writes nothing here.
    """
    actions: list[Action] = []
    open_: list[int] = []
    foreign = False
    tickets = iter(range(1, 100))
    for _ in range(chance.randrange(8, 18)):
        choice = chance.random()
        if choice < 0.35 and len(open_) < WRITERS:
            ticket = next(tickets)
            open_.append(ticket)
            appends = [chance.randrange(1, 4) for _ in range(chance.choice((1, 1, 2, 3)))]
            actions.append(("begin", ticket, appends))
        elif choice < 0.6 and open_:
            ticket = open_.pop(chance.randrange(len(open_)))
            actions.append((chance.choice(("commit", "commit", "roll back")), ticket))
        elif choice < 0.7 and elsewhere:
            foreign = not foreign
            actions.append(("begin elsewhere" if foreign else "end elsewhere",))
        else:
            actions.append(("read", chance.choice((1, 2, 5, 100))))
    chance.shuffle(open_)
    for ticket in open_:
        actions += [("commit", ticket), ("read", 3)]
    if foreign:
        actions.append(("end elsewhere",))
    return actions


class Stage:
    """Plays schedules on one database. `elsewhere` is another database of the same cluster."""

    def __init__(self, url: str, elsewhere: str) -> None:
        self._control = psycopg.connect(url, autocommit=True, row_factory=dict_row)
        self._elsewhere = psycopg.connect(elsewhere, autocommit=True)
        self._pool = ThreadPoolExecutor(WRITERS)
        self._tickets = 0

    def close(self) -> None:
        self._pool.shutdown()
        self._control.close()
        self._elsewhere.close()

    def build_gate(self, table: str) -> None:
        self._control.execute(_GATE)
        self._control.execute(_TRIGGER.format(table).encode())

    def close_gate(self) -> int:
        """Gives a ticket that is not called yet."""
        self._tickets += 1
        self._control.execute("SELECT pg_advisory_lock(%s)", (self._tickets,))
        return self._tickets

    def call(self, ticket: int, *, commits: bool) -> None:
        """Lets those with a ticket go on, and commit or fail."""
        self._control.execute("INSERT INTO verdict VALUES (%s, %s)", (ticket, commits))
        self._control.execute("SELECT pg_advisory_unlock(%s)", (ticket,))

    def held(self) -> int:
        row = self._control.execute(HELD).fetchone()
        assert row is not None
        return int(row["count"])

    def play(self, log: Log, actions: Sequence[Action]) -> Outcome:
        """Plays a schedule, and then reads until there is no more."""
        outcome = Outcome(ordered=log.ordered)
        writing: dict[int, tuple[int, Future[list[str]]]] = {}
        for action in actions:
            match action:
                case ("begin", number, appends):
                    writing[number] = self._begin(log, appends)
                case ("commit" | "roll back" as fate, number):
                    outcome.stored += self._end(*writing.pop(number), commits=fate == "commit")
                case ("read", limit):
                    outcome.seen += log.read(limit)
                case ("begin elsewhere",):
                    self._elsewhere.execute("BEGIN")
                    self._elsewhere.execute("SELECT pg_current_xact_id()")
                case ("end elsewhere",):
                    self._elsewhere.execute("ROLLBACK")
                case _:
                    raise AssertionError(f"no such action: {action}")
        while batch := log.read(100):
            outcome.seen += batch
        return outcome

    def _begin(self, log: Log, appends: Sequence[int]) -> tuple[int, Future[list[str]]]:
        ticket, held = self.close_gate(), self.held()
        writer = self._pool.submit(log.store, f"ticket-{ticket}", appends)
        deadline = time.monotonic() + 20
        while self.held() == held:
            wait([writer], timeout=0.001)
            assert not writer.done(), f"a writer did not wait at the gate: {writer}"
            assert time.monotonic() < deadline, "a writer did not reach the gate"
        return ticket, writer

    def _end(self, ticket: int, writer: Future[list[str]], *, commits: bool) -> list[str]:
        self.call(ticket, commits=commits)
        fault = writer.exception(timeout=20)
        assert (fault is None) == commits, f"{'commit' if commits else 'roll back'}: {fault!r}"
        return writer.result() if commits else []


@contextmanager
def stage(url: str, elsewhere: str) -> Iterator[Stage]:
    made = Stage(url, elsewhere)
    try:
        yield made
    finally:
        made.close()


def follow_all_the_while(
    log: Log, chance: random.Random, writing: Callable[[], bool]
) -> list[Read]:
    """Reads batches of any size while others write, and then what is left."""
    seen: list[Read] = []
    pause = threading.Event()
    while True:
        goes_on = writing()
        batch = log.read(chance.choice((1, 3, 10, 100)))
        seen += batch
        if not batch:
            if not goes_on:
                return seen
            pause.wait(0.001)
