"""The Broker port: one suite, run on the fake that other tests trust and on RabbitMQ itself."""

import socket
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from kombu import Connection, Queue

from panjareh_common.messaging import BrokerUnavailable, Message
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.topology import EVENTS, declare
from panjareh_common.testing.fake_broker import FakeBroker


def a_message(number=1, **changes):
    stream = uuid4()
    known = {
        "id": f"{stream}:{number}",
        "source": "tests",
        "type": f"tested_{stream.hex}.v1",
        "subject": str(stream),
        "time": datetime(2026, 3, 21, 8, 0, tzinfo=UTC),
        "sequence": number,
        "data": {"n": number, "نام": "پنجره"},
    }
    return Message(**known | changes)


class Fake:
    """The fake, and what it was given."""

    def __init__(self):
        self.broker = FakeBroker()

    def listen(self, type_):
        return None

    def received(self, _):
        return list(self.broker.published)

    def away(self):
        broker = FakeBroker()
        broker.fail_next()
        return broker


class Rabbit:
    """RabbitMQ, with a queue of the test's own."""

    def __init__(self, amqp_url):
        self.broker = RabbitBroker(amqp_url)
        self._connection = Connection(amqp_url)
        declare(self._connection, "contract", ())

    def listen(self, type_):
        name = f"contract.{uuid4().hex}"
        queue = Queue(name, EVENTS, type_, exclusive=True)
        queue(self._connection.default_channel).declare()
        return queue

    def received(self, queue):
        found = []
        while (message := queue(self._connection.default_channel).get(no_ack=True)) is not None:
            body = message.body
            found.append(Message.from_body(body if isinstance(body, bytes) else body.encode()))
        return found

    def away(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        return RabbitBroker(f"amqp://guest:guest@127.0.0.1:{port}//")

    def close(self):
        self.broker.close()
        self._connection.release()


@pytest.fixture(params=["fake", "rabbit"])
def world(request):
    if request.param == "fake":
        yield Fake()
        return
    rabbit = Rabbit(request.getfixturevalue("amqp_url"))
    yield rabbit
    rabbit.close()


def test_what_is_published_arrives_in_order_and_as_it_was(world):
    messages = [a_message(number, type="tested_order.v1") for number in range(1, 6)]
    queue = world.listen("tested_order.v1")

    world.broker.publish(messages)

    assert world.received(queue) == messages


def test_publishing_returns_only_when_the_broker_has_it(world):
    message = a_message()
    queue = world.listen(message.type)

    world.broker.publish([message])

    # No waiting in between: the confirm means that it lies in the queue.
    assert world.received(queue) == [message]


def test_what_nobody_listens_to_is_published_all_the_same(world):
    world.broker.publish([a_message()])


def test_nothing_to_publish_is_no_fault(world):
    world.broker.publish([])


def test_an_outage_is_always_told_as_broker_unavailable(world):
    broker = world.away()

    with pytest.raises(BrokerUnavailable):
        broker.publish([a_message()])


def test_after_an_outage_the_same_broker_publishes_again(world):
    if isinstance(world, Fake):
        world.broker.fail_next()
    else:
        # As when a server goes down: the connection is there, and nobody at its other end.
        world.broker.publish([a_message()])
        transport = world.broker._channel.connection.default_channel.connection.transport
        transport.sock.shutdown(socket.SHUT_RDWR)
    message = a_message()
    queue = world.listen(message.type)

    with pytest.raises(BrokerUnavailable):
        world.broker.publish([message])
    world.broker.publish([message])

    assert message in world.received(queue)


@pytest.mark.parametrize("data", [{"id": uuid4()}, {"raw": b"bytes"}, {"some": {1, 2}}])
def test_data_that_cannot_be_serialised_is_refused(world, data):
    with pytest.raises(TypeError):
        world.broker.publish([a_message(data=data)])


def test_a_broker_that_refused_something_still_publishes(world):
    message = a_message()
    queue = world.listen(message.type)
    with pytest.raises(TypeError):
        world.broker.publish([a_message(data={"id": uuid4()})])

    world.broker.publish([message])

    assert message in world.received(queue)
