"""The project's own log in the drivers of these tests."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from uuid import uuid4

from eventsourcing.domain import Aggregate, event

from panjareh_common.database import Connection, Database
from panjareh_common.event_store import EventLog, Keyring, PublicAggregate, RecordedEvent
from panjareh_common.following import Follower, Lease, Progress
from panjareh_common.projection import Event, Projection, ProjectionFollower
from tests.faults.core.interleaving import Read
from tests.integration.common.notes import AT, BECAUSE


class Journal(PublicAggregate):
    """A stream of named entries."""

    TOPIC = "TestJournal"

    class Event(Aggregate.Event):
        pass

    class Begun(Event, Aggregate.Created):
        TOPIC = "TestJournal.Begun"
        name: str

    Created = Begun

    class Written(Event):
        TOPIC = "TestJournal.Written"
        name: str

    def __init__(self, name: str) -> None:
        self.names = [name]

    @classmethod
    def begin(cls, name: str) -> Journal:
        return cls._create(cls.Begun, id=uuid4(), timestamp=AT, name=name)

    def write(self, name: str) -> None:
        self.trigger_event(self.Written, timestamp=AT, name=name)

    @event(Written)
    def _written(self, name: str) -> None:
        self.names.append(name)


def names(name: str, appends: Sequence[int]) -> list[list[str]]:
    """The names of the events of one transaction, append by append."""
    numbers = iter(range(sum(appends)))
    return [[f"{name}.{next(numbers):03d}" for _ in range(count)] for count in appends]


class OurLog:
    """Writers of several processes as far as the server can tell: each thread has its own connections. With
    `together` they are one process, whose commands may share a commit.

    Followed as `follow` does it, one look at a time; `of_parts` as a projection follows, which keeps a
    position for each part of the log and so has an order within each stream only.
    """

    table = "event"

    def __init__(self, url: str, *, of_parts: bool = False, together: bool = False) -> None:
        self.ordered = not of_parts
        self._together = together
        self._url = url
        self._lock = threading.Lock()
        self._own = threading.local()
        self._opened: list[Database] = []
        self._follower = _OfParts() if of_parts else _OfLog()
        self._lease = Lease(url, *self._follower.places)

    @cached_property
    def _progress(self) -> Progress:
        assert self._lease.take()
        positions, fence = self._lease.positions, self._lease.fence
        return Progress(self._log(), self._follower, positions, fence, self._lease.final)

    def close(self) -> None:
        self._lease.release()
        for database in self._opened:
            database.close()

    def store(self, name: str, appends: Sequence[int]) -> list[str]:
        first, *rest = names(name, appends)
        with self._writer().unit_of_work(BECAUSE) as unit:
            journal = Journal.begin(first[0])
            for each in first[1:]:
                journal.write(each)
            unit.save(journal)
            for more in rest:
                for each in more:
                    journal.write(each)
                unit.save(journal)
        return [each for append in (first, *rest) for each in append]

    def read(self, limit: int) -> list[Read]:
        self._follower.batch = limit
        self._follower.seen = []
        self._progress.step()
        return self._follower.seen

    def _writer(self) -> EventLog:
        if self._together:
            with self._lock:
                return self._one_for_all
        if not hasattr(self._own, "log"):
            self._own.log = self._log()
        return self._own.log  # type: ignore[no-any-return]

    @cached_property
    def _one_for_all(self) -> EventLog:
        return self._log()

    def _log(self) -> EventLog:
        database = Database(self._url, size=4)
        database.open()
        self._opened.append(database)
        return EventLog(database, Keyring(bytes(32), database))


TOPICS = (Journal.Begun.TOPIC, Journal.Written.TOPIC)


class _OfLog(Follower):
    name = "test.interleaved"
    topics = TOPICS
    seen: list[Read]

    def apply(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
        self.seen = [(each.position, each.event.name) for each in events]


class _Names(Projection):
    name = "test.interleaved_parts"
    table = "none"
    topics = TOPICS
    reads = TOPICS


class _OfParts(ProjectionFollower):
    seen: list[Read]

    def __init__(self) -> None:
        super().__init__(_Names())

    def apply(self, connection: Connection, events: Sequence[Event]) -> None:
        self.seen = [(each.position, each.fields["name"]) for each in events]
