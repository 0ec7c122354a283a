"""Following the log: in order, nothing lost to a broker, one follower of a name at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID, uuid4

import psycopg
import pytest

from panjareh_common.database import Connection, Database
from panjareh_common.event_store import EventLog, RecordedEvent
from panjareh_common.following import BATCH, Follower, Lease, LeaseLost, catch_up, follow, step
from panjareh_common.messaging import BrokerUnavailable, Message
from panjareh_common.messaging.relay import Relay
from panjareh_common.testing.fake_broker import FakeBroker
from tests.integration.common.notes import AT, BECAUSE, Note

PUBLISHED = {Note.Opened: ("note_opened.v1", lambda event: {"title": event.title})}


def write(event_log: EventLog, *titles: str) -> list[Note]:
    notes = [Note.open(uuid4(), title=title, secret="canary-secret") for title in titles]
    for note in notes:
        note.extend("private")
        with event_log.unit_of_work(BECAUSE) as unit:
            unit.save(note)
    return notes


def titles(messages: Sequence[Message]) -> list[str]:
    return [message.data["title"] for message in messages]


def position(database: Database, name: str) -> int:
    with database.connection() as connection:
        row = connection.execute("SELECT position FROM follower WHERE name = %s", (name,))
        found = row.fetchone()
    return int(found["position"]) if found else 0


@pytest.fixture
def broker() -> FakeBroker:
    return FakeBroker()


@pytest.fixture
def relay(broker: FakeBroker) -> Relay:
    return Relay("notes", PUBLISHED, broker)


@pytest.fixture
def lease(database_url: str) -> Iterator[Callable[[str], Lease]]:
    made: list[Lease] = []

    def make(name: str) -> Lease:
        made.append(Lease(database_url, name))
        return made[-1]

    yield make
    for each in made:
        each.release()


class Following:
    """A follower in a thread, as its process runs it."""

    def __init__(self, event_log: EventLog, follower: object, lease: Lease) -> None:
        self.stop = threading.Event()
        arguments = (event_log, follower, lease, self.stop)
        self.thread = threading.Thread(target=follow, args=arguments, daemon=True)
        self.thread.start()

    def end(self) -> None:
        self.stop.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


class Remembering(Follower):
    """A follower that remembers what it saw, and tells when it has seen enough."""

    def __init__(self, name: str = "test.remembering", enough: int = 0) -> None:
        self.name = name
        self.topics = ("TestNote.Opened",)
        self.seen: list[UUID] = []
        self.enough = enough
        self.satisfied = threading.Event()

    def apply(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
        self.seen += [event.stream for event in events]
        if len(self.seen) >= self.enough:
            self.satisfied.set()


def test_the_relay_publishes_in_order_and_only_what_is_public(
    event_log: EventLog, relay: Relay, broker: FakeBroker
) -> None:
    notes = write(event_log, *"abcde")

    assert catch_up(event_log, relay) == 5

    assert titles(broker.published) == list("abcde")
    first = broker.published[0]
    assert (first.id, first.subject, first.sequence) == (f"{notes[0].id}:1", str(notes[0].id), 1)
    assert (first.source, first.type, first.time) == ("notes", "note_opened.v1", AT)
    assert b"canary-secret" not in b"".join(message.to_body() for message in broker.published)


def test_what_was_published_is_not_published_again(
    event_log: EventLog, relay: Relay, broker: FakeBroker
) -> None:
    write(event_log, "a")
    catch_up(event_log, relay)

    assert catch_up(event_log, relay) == 0
    write(event_log, "b")
    assert catch_up(event_log, relay) == 1

    assert titles(broker.published) == ["a", "b"]


def test_a_broker_that_fails_once_loses_nothing(
    event_log: EventLog, database: Database, relay: Relay, broker: FakeBroker
) -> None:
    write(event_log, "a", "b")
    broker.fail_next()

    with pytest.raises(BrokerUnavailable):
        step(event_log, relay)
    assert position(database, relay.name) == 0

    assert catch_up(event_log, relay) == 2
    assert titles(broker.published) == ["a", "b"]


def test_a_follower_lives_through_an_outage_of_the_broker(
    event_log: EventLog,
    relay: Relay,
    broker: FakeBroker,
    lease: Callable[[str], Lease],
) -> None:
    write(event_log, "a", "b")
    broker.fail_next(2)
    told = threading.Event()
    publish = broker.publish

    def tell(messages: Sequence[Message]) -> None:
        publish(messages)
        told.set()

    broker.publish = tell  # type: ignore[method-assign]

    following = Following(event_log, relay, lease(relay.name))

    assert told.wait(20)
    following.end()
    assert titles(broker.published) == ["a", "b"]


def test_a_follower_that_fails_says_so_and_tries_again(
    event_log: EventLog, lease: Callable[[str], Lease], capsys: pytest.CaptureFixture[str]
) -> None:
    class FailingTwice(Remembering):
        failures = 0

        def apply(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
            if self.failures < 2:
                self.failures += 1
                raise RuntimeError("a bug")
            super().apply(connection, events)

    (note,) = write(event_log, "a")
    follower = FailingTwice("test.failing_twice", enough=1)

    following = Following(event_log, follower, lease(follower.name))

    assert follower.satisfied.wait(20)
    following.end()
    assert follower.seen == [note.id]
    assert capsys.readouterr().out.count("follower_failed") == 2


def test_more_than_a_batch_is_caught_up_with(event_log: EventLog, database: Database) -> None:
    notes = [Note.open(uuid4()) for _ in range(BATCH + 7)]
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.save(*notes)
    follower = Remembering()

    assert catch_up(event_log, follower) == BATCH + 7

    assert follower.seen == [note.id for note in notes]
    assert position(database, follower.name) >= unit.saved[-1].position


def test_what_a_follower_writes_commits_with_its_position_or_not_at_all(
    event_log: EventLog, database: Database
) -> None:
    class Failing(Remembering):
        def apply(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
            connection.execute("INSERT INTO inbox (listener, message_id) VALUES ('test', '1')")
            raise InterruptedError

    write(event_log, "a")
    follower = Failing("test.failing")

    with pytest.raises(InterruptedError):
        step(event_log, follower)

    assert position(database, follower.name) == 0
    with database.connection() as connection:
        assert connection.execute("SELECT * FROM inbox").fetchall() == []


def test_who_lost_the_lease_without_noticing_moves_nothing(
    event_log: EventLog, database: Database, lease: Callable[[str], Lease]
) -> None:
    write(event_log, "a")
    follower = Remembering()
    old, new = lease(follower.name), lease(follower.name)
    assert old.take()
    stale = old.fence
    old.release()
    assert new.take()
    assert new.fence == stale + 1

    with pytest.raises(LeaseLost):
        step(event_log, follower, stale)

    assert (follower.seen, position(database, follower.name)) == ([], 0)
    assert step(event_log, follower, new.fence) == 1


def test_two_followers_of_one_name_never_run_at_once(lease: Callable[[str], Lease]) -> None:
    one, other, another_name = lease("test.one"), lease("test.one"), lease("test.two")

    assert one.take()
    assert not other.take()
    assert another_name.take()
    one.release()
    assert other.take()


def test_of_two_processes_one_follows_and_the_other_stands_by(
    event_log: EventLog, lease: Callable[[str], Lease]
) -> None:
    first, second = Remembering(enough=3), Remembering(enough=5)
    leader = Following(event_log, first, lease(first.name))
    write(event_log, "a", "b", "c")
    assert first.satisfied.wait(20)
    standby = Following(event_log, second, lease(second.name))

    written = [note.id for note in write(event_log, "d")]
    first.satisfied.clear()
    first.enough = 4
    catching = threading.Event()
    while first.seen[-1:] != written and not catching.wait(0.02):
        assert leader.thread.is_alive()
    assert second.seen == []
    leader.end()
    second.enough = 2
    more = [note.id for note in write(event_log, "e", "f")]
    assert second.satisfied.wait(20)
    standby.end()

    assert second.seen == more
    assert len(first.seen) == 4


def test_a_follower_lives_through_the_loss_of_its_connections(
    event_log: EventLog, database_url: str, lease: Callable[[str], Lease]
) -> None:
    follower = Remembering(enough=1)
    following = Following(event_log, follower, lease(follower.name))
    before = [note.id for note in write(event_log, "a")]
    assert follower.satisfied.wait(20)
    follower.satisfied.clear()
    follower.enough = 2
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    note = Note.open(uuid4())
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.save(note)

    assert follower.satisfied.wait(20)
    following.end()
    assert follower.seen == [*before, note.id]
