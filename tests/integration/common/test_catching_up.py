"""A subscriber that comes late, or lost its database, hears everything that was ever published."""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from kombu import Connection

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.following import catch_up
from panjareh_common.messaging import Message
from panjareh_common.messaging.catching_up import (
    _FULL,
    PAGE,
    CatchUp,
    begin,
    begin_again,
    events_after,
    states,
)
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.relay import PublicEvents, Relay
from panjareh_common.messaging.topology import Subscription, declare
from panjareh_common.refusals import InvalidInput, RemoteRefusal
from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import Request
from panjareh_common.security import ServiceIdentity
from panjareh_common.security.transport import Transport
from tests.integration.common.hearing import NOTED, SERVICE, SOURCE, Hearing, base64url, event
from tests.integration.common.notes import BECAUSE, Note
from tests.people import until

PUBLISHED: dict[type, Any] = {
    Note.Opened: ("test_noted.v1", lambda event: {"title": event.title}),
    Note.Extended: ("test_extended.v1", lambda event: {}),
}
PUBLIC = PublicEvents(SOURCE, PUBLISHED)


def noted(event_log: EventLog, count: int) -> list[str]:
    """Opens so many notes in one commit; gives the ids of what is told of them, in order."""
    notes = [Note.open(uuid4(), str(number)) for number in range(count)]
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.save(*notes)
    return [f"{note.id}:1" for note in notes]


# What the source answers


def everything(event_log: EventLog, types: list[str] | None, limit: int) -> list[Message]:
    """All pages, one after another."""
    found, position, end = [], 0, False
    while not end:
        page = events_after(event_log, PUBLIC, position, types, limit)
        found += [Message.from_json(told) for told in page["messages"]]
        position, end = page["position"], page["end"]
        assert len(page["messages"]) <= limit
    return found


class Listening:
    def __init__(self) -> None:
        self.published: list[Message] = []

    def publish(self, messages: Any) -> None:
        self.published += messages


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
def test_pages_together_are_what_the_relay_has_told(event_log: EventLog, limit: int) -> None:
    noted(event_log, 5)
    with event_log.unit_of_work(BECAUSE) as unit:
        note = Note.open(uuid4())
        note.extend("more")
        unit.save(note)
    broker = Listening()
    catch_up(event_log, Relay(SOURCE, PUBLISHED, broker))

    assert everything(event_log, None, limit) == broker.published
    assert len(broker.published) == 7


def test_only_the_types_that_are_asked_for_are_told(event_log: EventLog) -> None:
    noted(event_log, 2)
    with event_log.unit_of_work(BECAUSE) as unit:
        note = Note.open(uuid4())
        note.extend("more")
        unit.save(note)

    assert {m.type for m in everything(event_log, ["test_extended.v1"], 10)} == {"test_extended.v1"}
    assert len(everything(event_log, ["test_noted.v1"], 10)) == 3
    assert everything(event_log, [], 10) == []


def test_a_type_that_is_not_published_is_refused_and_not_passed_over(event_log: EventLog) -> None:
    with pytest.raises(InvalidInput) as refusal:
        events_after(event_log, PUBLIC, 0, ["test_noted.v1", "test_new.v1"], 10)

    assert refusal.value.errors == [
        {"pointer": "/types", "detail": "Not published here: test_new.v1"}
    ]


def test_who_publishes_nothing_tells_nothing(event_log: EventLog) -> None:
    noted(event_log, 2)

    told = events_after(event_log, PublicEvents(SOURCE, {}), 5, None, 10)

    assert told == {"messages": [], "position": 5, "end": True}


def test_what_is_stored_late_at_a_lower_position_is_told_too(
    event_log: EventLog, database: Database
) -> None:
    """A page ends below the oldest running transaction, as for every follower."""
    slow = Note.open(uuid4())
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.execute("SELECT pg_current_xact_id()")
        unit.save(slow)
        quick = noted(event_log, 1)
        early = events_after(event_log, PUBLIC, 0, None, 10)
    late = events_after(event_log, PUBLIC, early["position"], None, 10)

    told = [message["id"] for message in (*early["messages"], *late["messages"])]
    assert sorted(told) == sorted([f"{slow.id}:1", *quick])


# What the subscriber does, in one process


class Source:
    """The source's door without the wire; counts how often it was asked."""

    def __init__(self, event_log: EventLog) -> None:
        self._log = event_log
        self.asked: list[int] = []
        self.before: Callable[[], None] = lambda: None

    def call(self, service: str, method: str, request: Request, *, timeout: float) -> Any:
        assert (service, method) == (SOURCE, "events_after")
        self.asked.append(request.payload["position"])
        self.before()
        return events_after(self._log, PUBLIC, **request.payload)


class Late:
    """A subscription to notes of its own, and the means to catch up."""

    def __init__(self, event_log: EventLog, database_url: str, amqp_url: str) -> None:
        handler = f"on_noted_{secrets.token_hex(4)}"
        self.subscription = Subscription("tests", handler, SOURCE, ("test_noted.v1",))
        self.source = Source(event_log)
        self.database = event_log.database
        self.channel = Connection(amqp_url).default_channel
        declare(self.channel.connection.client, "tests", [self.subscription])
        self._urls = {"database_url": database_url, "amqp_url": amqp_url}
        self.catching_up = self.another()
        begin(self.database, self.subscription.name)

    def another(self) -> CatchUp:
        """As in a second process."""
        return CatchUp(
            self.subscription,
            database=self.database,
            calls=self.source,  # type: ignore[arg-type]
            identity=_Signs(),  # type: ignore[arg-type]
            **self._urls,
        )

    @property
    def state(self) -> dict[str, Any]:
        (state,) = states(self.database, [self.subscription.name])
        return state

    def queued(self) -> list[str]:
        """Empties the queue; gives the ids of what lay in it."""
        found = []
        while (message := self.channel.basic_get(self.subscription.name, no_ack=True)) is not None:
            body = message.body
            body = body if isinstance(body, bytes) else body.encode()
            found.append(Message.from_body(body).id)
        return found

    def close(self) -> None:
        self.catching_up._broker.close()
        self.channel.queue_delete(self.subscription.name)
        self.channel.connection.client.release()


class _Signs(ServiceIdentity):
    def __init__(self) -> None:
        pass

    def assertion(self, **claims: Any) -> str:
        return str(claims)


@pytest.fixture
def late(event_log: EventLog, database_url: str, amqp_url: str) -> Iterator[Late]:
    late = Late(event_log, database_url, amqp_url)
    yield late
    late.close()


def test_everything_is_queued_page_by_page_and_then_nothing_more(
    event_log: EventLog, late: Late
) -> None:
    ids = noted(event_log, PAGE + 5)

    while late.catching_up.step():
        pass

    assert late.queued() == ids
    assert late.state["ended_at"] is not None
    noted(event_log, 1)
    assert not late.catching_up.step()
    assert late.queued() == []
    assert len(late.source.asked) == 2


class Dying(RabbitBroker):
    """Has the page in the queue, and dies before that is kept."""

    def put(self, queue: str, messages: Any) -> None:
        super().put(queue, messages)
        raise KeyboardInterrupt


def test_a_crash_between_queue_and_position_repeats_a_page_and_loses_none(
    event_log: EventLog, late: Late, amqp_url: str
) -> None:
    ids = noted(event_log, PAGE * 2)
    late.catching_up.step()
    crashing = late.another()
    crashing._broker = Dying(amqp_url)
    with pytest.raises(KeyboardInterrupt):
        crashing.step()
    crashing._broker.close()

    while late.catching_up.step():
        pass

    assert late.queued() == ids + ids[PAGE:]


def test_listeners_that_are_slow_are_waited_for(
    event_log: EventLog, late: Late, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panjareh_common.messaging.catching_up._FULL", PAGE)
    ids = noted(event_log, PAGE * 3 + 1)
    while late.catching_up.step():
        pass
    assert late.state["ended_at"] is None
    asked = len(late.source.asked)
    assert not late.catching_up.step()
    assert len(late.source.asked) == asked

    queued = late.queued()
    while late.catching_up.step():
        pass

    assert queued + late.queued() == ids


def test_an_operator_who_sets_it_back_meanwhile_is_obeyed(event_log: EventLog, late: Late) -> None:
    ids = noted(event_log, PAGE + 5)
    late.catching_up.step()
    late.source.before = lambda: begin_again(late.database, [late.subscription.name])

    late.catching_up.step()
    late.source.before = lambda: None
    assert late.state["position"] == 0
    while late.catching_up.step():
        pass

    assert late.source.asked[2] == 0
    assert late.queued()[-len(ids) :] == ids


def test_of_two_processes_one_catches_up(
    event_log: EventLog, late: Late, database_url: str
) -> None:
    noted(event_log, 3)
    lock = f"catch_up:{late.subscription.name}"
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", (lock,))
        late.catching_up._go(threading.Event())
        assert late.source.asked == []

    late.catching_up._go(threading.Event())

    assert late.source.asked == [0]
    assert late.state["ended_at"] is not None


# The whole way, in processes of their own


class World(Hearing):
    """A source with a past, and a subscriber that is new to it."""

    def __init__(
        self, amqp_url: str, make_database_url: Callable[[str], str], folder: Path
    ) -> None:
        self.make_database_url = make_database_url
        source_url = make_database_url(SOURCE)
        super().__init__(amqp_url, make_database_url(SERVICE), folder)
        self.environment["PANJAREH_CATALOG_DATABASE_URL"] = source_url
        self._database = Database(source_url, size=4)
        self._database.open()
        self.source_log = EventLog(self._database, Keyring(self.sealing_key, self._database))
        self.relay = Relay(SOURCE, PUBLISHED, RabbitBroker(amqp_url))
        with Connection(amqp_url) as connection:
            channel = connection.default_channel
            channel.queue_delete(NOTED.name)
            declare(connection, SOURCE, ())

    @property
    def state(self) -> dict[str, Any] | None:
        url = self.environment["PANJAREH_FEEDBACK_DATABASE_URL"]
        with psycopg.connect(url) as connection:
            row = connection.execute("SELECT position, ended_at FROM catch_up").fetchone()
        return dict(zip(("position", "ended_at"), row, strict=True)) if row else None

    def lose_database(self) -> None:
        self.environment["PANJAREH_FEEDBACK_DATABASE_URL"] = self.make_database_url(SERVICE)

    def handled(self) -> Counter[str]:
        lines = [line.split() for line in self.heard()]
        return Counter(line[1] for line in lines if line[0] == "handled")

    def close(self) -> None:
        self.relay._broker.close()  # type: ignore[attr-defined]
        self._database.close()


@pytest.fixture
def world(
    amqp_url: str, make_database_url: Callable[[str], str], tmp_path: Path
) -> Iterator[World]:
    world = World(amqp_url, make_database_url, tmp_path)
    yield world
    world.close()


def caught_up(state: dict[str, Any] | None) -> bool:
    return state is not None and state["ended_at"] is not None


def test_a_subscriber_hears_what_was_published_before_it_existed_and_again_when_it_lost_all(
    world: World,
) -> None:
    before = noted(world.source_log, PAGE + 10)
    catch_up(world.source_log, world.relay)  # to nobody

    world.start("telling_service")
    world.start()
    world.start("hearing_follower")
    until(lambda: world.state, caught_up)
    after = noted(world.source_log, 3)
    catch_up(world.source_log, world.relay)  # to the queue alone

    everything = dict.fromkeys([*before, *after], 1)
    until(world.handled, lambda handled: len(handled) == len(everything), seconds=60)
    assert world.handled() == everything
    world.stop()

    world.lose_database()
    world.start("telling_service")
    world.start()
    world.start("hearing_follower")
    until(world.handled, lambda handled: handled.total() == 2 * len(everything), seconds=60)
    assert world.handled() == dict.fromkeys(everything, 2)
    assert world.take_dead() == []
    world.stop()


def test_what_lies_in_the_queue_and_is_told_again_changes_nothing_twice(world: World) -> None:
    world.start()  # its queue is there from now on
    ids = noted(world.source_log, 40)
    catch_up(world.source_log, world.relay)
    until(world.handled, lambda handled: len(handled) == len(ids))

    world.start("telling_service")
    world.start("hearing_follower")

    until(lambda: world.state, caught_up)
    until(world.heard, lambda lines: len(lines) == 2 * len(ids))
    assert world.handled() == dict.fromkeys(ids, 1)
    world.stop()


def test_a_kill_in_the_middle_of_it_loses_nothing(world: World, amqp_url: str) -> None:
    """Nobody listens, so it comes to a standstill half way, and is killed there."""
    ids = noted(world.source_log, _FULL + PAGE + 1)
    with Connection(amqp_url) as connection:
        declare(connection, "feedback", [NOTED])
    broker = RabbitBroker(amqp_url)
    world.start("telling_service")
    follower = world.start("hearing_follower")
    until(lambda: broker.waiting(NOTED.name), lambda waiting: waiting > _FULL)

    world.kill(follower)
    assert not caught_up(world.state)
    queued = emptied(amqp_url)
    world.start("hearing_follower")
    until(lambda: world.state, caught_up)

    queued += emptied(amqp_url)
    assert set(queued) == set(ids)
    assert len(queued) <= len(ids) + PAGE
    broker.close()
    world.stop()


def emptied(amqp_url: str) -> list[str]:
    found = []
    with Connection(amqp_url) as connection:
        channel = connection.default_channel
        while (message := channel.basic_get(NOTED.name, no_ack=True)) is not None:
            body = message.body if isinstance(message.body, bytes) else message.body.encode()
            found.append(Message.from_body(body).id)
    return found


def test_while_its_source_is_away_a_subscriber_serves_and_hears_and_catches_up_later(
    world: World,
) -> None:
    ids = noted(world.source_log, 5)
    world.start()
    world.start("hearing_follower")
    until(lambda: world.log("catch_up_waits"), bool, seconds=60)
    message = event(1)
    world.publish(message)
    until(world.handled, lambda handled: message.id in handled)

    world.start("telling_service")

    until(world.handled, lambda handled: set(ids) <= set(handled), seconds=60)
    until(lambda: world.state, caught_up)
    world.stop()


def test_only_services_may_ask_and_only_for_what_there_is(world: World) -> None:
    ids = noted(world.source_log, 3)
    world.start("telling_service")
    text = world.environment["PANJAREH_CATALOG_TRANSPORT_KEY"]
    transport = Transport({SOURCE: _unbase64url(text)})
    assert base64url(_unbase64url(text)) == text
    client = RpcClient(world.amqp_url, transport).open()

    def ask(token: str, **wanted: Any) -> Any:
        payload = {"position": 0} | wanted
        return client.call(SOURCE, "events_after", Request(payload, token, "en"))

    subscriber = world.identity_of("feedback").assertion(purpose="catch_up")
    assert [message["id"] for message in ask(subscriber)["messages"]] == ids
    for token, wanted, code in (
        (world.identity.assertion(purpose="catch_up"), {}, "not_allowed"),
        (subscriber, {"types": ["never_told.v1"]}, "invalid_input"),
        (subscriber, {"limit": PAGE + 1}, "invalid_input"),
        (subscriber, {"position": -1}, "invalid_input"),
    ):
        with pytest.raises((RemoteRefusal, InvalidInput)) as refusal:
            ask(token, **wanted)
        assert refusal.value.code == code
    client.close()
    world.stop()


def _unbase64url(text: str) -> bytes:
    import base64

    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
