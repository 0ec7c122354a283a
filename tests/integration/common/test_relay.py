"""The relay on a real broker: whole batches, nothing counted as published that no queue keeps."""

from __future__ import annotations

import secrets
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
from kombu import Connection, Exchange, Queue

from panjareh_common.event_store import EventLog
from panjareh_common.following import catch_up, step
from panjareh_common.messaging import BrokerUnavailable, Message
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.relay import Relay
from panjareh_common.messaging.topology import EVENTS, UNROUTED_QUEUE, Subscription, declare
from tests.integration.common.hearing import event
from tests.integration.common.notes import BECAUSE, Note


@pytest.fixture
def wanted() -> Subscription:
    """A subscription to a type of its own."""
    mark = secrets.token_hex(4)
    return Subscription("tests", f"on_{mark}", "tests", (f"noted_{mark}.v1",))


@pytest.fixture
def channel(amqp_url: str, wanted: Subscription) -> Iterator[Any]:
    with Connection(amqp_url) as connection:
        declare(connection, "tests", [wanted])
        yield connection.default_channel


@pytest.fixture
def broker(amqp_url: str) -> Iterator[RabbitBroker]:
    broker = RabbitBroker(amqp_url)
    yield broker
    broker.close()


def taken(channel: Any, queue: str) -> list[Message]:
    """Empties a queue; gives what lay in it."""
    found = []
    while (message := channel.basic_get(queue, no_ack=True)) is not None:
        body = message.body
        found.append(Message.from_body(body if isinstance(body, bytes) else body.encode()))
    return found


class HeldBack:
    """Stands between a client and the broker; tells the client nothing more from a moment on until released."""

    def __init__(self, amqp_url: str) -> None:
        url = urlsplit(amqp_url)
        assert url.hostname
        self._broker = (url.hostname, url.port)
        self._door = socket.create_server(("127.0.0.1", 0))
        host = f"127.0.0.1:{self._door.getsockname()[1]}"
        credentials = url.netloc.rpartition("@")[0]
        self.url = urlunsplit(url._replace(netloc=f"{credentials}@{host}"))
        self.holding = threading.Event()
        self.sent = bytearray()
        self._release: Callable[[bytes], bool] = lambda sent: False
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()

    def hold_until(self, sent: Callable[[bytes], bool]) -> None:
        """Holds back what the broker says until what the client sent from now on satisfies a condition."""
        self.sent.clear()
        self._release = sent
        self.holding.set()

    def _pass_on(self) -> None:
        client, _ = self._door.accept()
        broker = socket.create_connection(self._broker)
        kept = bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(client, selectors.EVENT_READ)
            ready.register(broker, selectors.EVENT_READ)
            while True:
                for key, _ in ready.select():
                    try:
                        data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                    except ConnectionError:
                        data = b""
                    if not data:
                        client.close()
                        broker.close()
                        return
                    if key.fileobj is client:
                        self.sent += data
                        broker.sendall(data)
                    else:
                        kept += data
                if self.holding.is_set() and self._release(bytes(self.sent)):
                    self.holding.clear()
                if kept and not self.holding.is_set():
                    client.sendall(kept)
                    kept.clear()

    def close(self) -> None:
        self._door.close()


@contextmanager
def held_back(amqp_url: str) -> Iterator[HeldBack]:
    between = HeldBack(amqp_url)
    yield between
    between.close()


def test_a_batch_is_sent_whole_before_the_first_confirm_is_waited_for(
    amqp_url: str, wanted: Subscription, channel: Any
) -> None:
    messages = [event(number, wanted.types[0]) for number in range(300)]
    with held_back(amqp_url) as between:
        broker = RabbitBroker(between.url)
        broker.publish([event(1000, wanted.types[0])])  # the connection stands
        last = messages[-1].id.encode()
        between.hold_until(lambda sent: last in sent)

        broker.publish(messages)

        assert not between.holding.is_set()
        broker.close()
    assert [message.id for message in taken(channel, wanted.name)[1:]] == [m.id for m in messages]


def test_a_broker_that_confirms_nothing_is_told_as_unavailable_and_not_waited_for_for_ever(
    amqp_url: str, wanted: Subscription, channel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("panjareh_common.messaging.rabbit._CONFIRM_SECONDS", 0.3)
    with held_back(amqp_url) as between:
        broker = RabbitBroker(between.url)
        broker.publish([event(1, wanted.types[0])])
        between.hold_until(lambda sent: False)

        with pytest.raises(BrokerUnavailable):
            broker.publish([event(2, wanted.types[0])])


def test_what_a_queue_refuses_is_not_counted_as_published(
    channel: Any, broker: RabbitBroker
) -> None:
    type_ = f"refused_{secrets.token_hex(4)}.v1"
    full = {"x-max-length": 2, "x-overflow": "reject-publish"}
    queue = Queue(f"tests.{type_}", EVENTS, type_, exclusive=True, queue_arguments=full)
    queue(channel).declare()
    messages = [event(number, type_) for number in range(5)]

    with pytest.raises(BrokerUnavailable):
        broker.publish(messages)

    assert len(taken(channel, queue.name)) < len(messages)
    broker.publish(messages[:1])
    assert taken(channel, queue.name) == messages[:1]


def test_what_nobody_binds_lies_in_the_queue_of_the_unrouted(
    channel: Any, broker: RabbitBroker
) -> None:
    stray = event(1, f"stray_{secrets.token_hex(4)}.v1")

    broker.publish([stray])

    assert stray in taken(channel, UNROUTED_QUEUE.name)


def test_what_no_queue_at_all_would_keep_is_not_counted_as_published(
    channel: Any, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a broker that lost its data, before `migrate` has made the queues again."""
    nowhere = Exchange(f"nowhere.{secrets.token_hex(4)}", type="topic", durable=False)
    nowhere(channel).declare()
    monkeypatch.setattr("panjareh_common.messaging.rabbit.EVENTS", nowhere)
    broker = RabbitBroker(amqp_url)

    with pytest.raises(BrokerUnavailable, match="no queue keeps stray"):
        broker.publish([event(1, "stray.v1")])

    nowhere(channel).delete()
    broker.close()


@pytest.mark.parametrize("missing", ["put", "waiting"])
def test_a_queue_that_is_not_there_is_told(broker: RabbitBroker, missing: str) -> None:
    name = f"nowhere.{secrets.token_hex(4)}"

    with pytest.raises(BrokerUnavailable):
        if missing == "put":
            broker.put(name, [event(1)])
        else:
            broker.waiting(name)


def test_what_is_put_into_a_queue_is_counted_there(
    channel: Any, broker: RabbitBroker, wanted: Subscription
) -> None:
    messages = [event(number) for number in range(3)]

    broker.put(wanted.name, messages)

    assert broker.waiting(wanted.name) == 3
    assert taken(channel, wanted.name) == messages


def noted(event_log: EventLog, *lengths: int) -> list[str]:
    """Streams of so many events each, written in turns; gives the ids of their messages in order."""
    notes = [Note.open(uuid4()) for _ in lengths]
    ids = []
    for turn in range(max(lengths)):
        for note, length in zip(notes, lengths, strict=True):
            if turn >= length:
                continue
            with event_log.unit_of_work(BECAUSE) as unit:
                kept = note if turn == 0 else unit.load(Note, note.id)
                if turn:
                    kept.extend(str(turn))
                unit.save(kept)
            ids.append(f"{note.id}:{turn + 1}")
    return ids


def relay_to(wanted: Subscription, broker: Any) -> Relay:
    translation = (wanted.types[0], lambda event: {})
    published = {Note.Opened: translation, Note.Extended: translation}
    return Relay(f"tests-{secrets.token_hex(4)}", published, broker)


def test_events_come_in_the_order_of_the_log(
    event_log: EventLog, channel: Any, broker: RabbitBroker, wanted: Subscription
) -> None:
    ids = noted(event_log, 7, 3, 5)

    catch_up(event_log, relay_to(wanted, broker))

    assert [message.id for message in taken(channel, wanted.name)] == ids


class Dying(RabbitBroker):
    """Is confirmed, and dies before it can say so."""

    def publish(self, messages: Any) -> None:
        super().publish(messages)
        raise KeyboardInterrupt


def test_a_crash_between_confirm_and_position_repeats_and_loses_nothing(
    event_log: EventLog, channel: Any, amqp_url: str, broker: RabbitBroker, wanted: Subscription
) -> None:
    ids = noted(event_log, 3, 2)
    relay = relay_to(wanted, Dying(amqp_url))
    with pytest.raises(KeyboardInterrupt):
        step(event_log, relay)

    relay._broker.close()  # type: ignore[attr-defined]
    relay._broker = broker
    catch_up(event_log, relay)
    catch_up(event_log, relay)

    assert [message.id for message in taken(channel, wanted.name)] == ids + ids


def test_a_refused_batch_is_published_again_from_its_first_event(
    event_log: EventLog, channel: Any, broker: RabbitBroker, wanted: Subscription
) -> None:
    ids = noted(event_log, 4)
    relay = relay_to(wanted, broker)
    Queue(wanted.name)(channel).delete()
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    small = Queue(
        f"{wanted.name}.small", EVENTS, wanted.types[0], exclusive=True, queue_arguments=full
    )
    small(channel).declare()
    with pytest.raises(BrokerUnavailable):
        step(event_log, relay)
    small(channel).delete()
    declare(channel.connection.client, "tests", [wanted])

    catch_up(event_log, relay)

    assert [message.id for message in taken(channel, wanted.name)] == ids
