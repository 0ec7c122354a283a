"""RabbitMQ: publishing with confirms, transient publishing for calls, and waiting for the broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import amqp
from kombu import Connection
from kombu.exceptions import OperationalError

from panjareh_common.health import HEALTH
from panjareh_common.messaging.message import CONTENT_TYPE, BrokerUnavailable, Message
from panjareh_common.messaging.topology import EVENTS, LIVE

# What the client raises when the broker goes away, as against when it refuses something.
BROKER_FAULTS = (OperationalError, amqp.exceptions.AMQPError, OSError, AttributeError)
_CONNECT_SECONDS = 3
_CONFIRM_SECONDS = 10


def connect(url: str) -> Connection:
    """An open connection. Raises BrokerUnavailable."""
    connection = Connection(url, connect_timeout=_CONNECT_SECONDS)
    try:
        connection.connect()
    except BROKER_FAULTS as cause:
        raise BrokerUnavailable("the broker does not answer") from cause
    return connection


def wait_for_broker(url: str) -> None:
    """Returns when the broker takes connections, however long that is; who starts says what it waits for."""
    pause = threading.Event()
    with HEALTH.waits_for("the broker") as still:
        while True:
            try:
                connect(url).release()
            except BrokerUnavailable:
                still()
                pause.wait(0.2)
            else:
                return


class RabbitBroker:
    """The Broker port over AMQP: persistent messages; a batch is sent whole, and then confirmed whole.

    Waiting for each confirm before the next message goes out is some ten times slower on quorum
    queues. For one thread at a time.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._channel: _ConfirmedChannel | None = None

    def publish(self, messages: Sequence[Message]) -> None:
        self._send([(EVENTS.name, message.type, _wrapped(message)) for message in messages])

    def publish_live(self, messages: Sequence[Message]) -> None:
        """To whoever listens at this moment; nothing is kept for others. Raises BrokerUnavailable."""
        live = [(LIVE.name, message.type, _wrapped(message, kept=False)) for message in messages]
        self._send(live, mandatory=False)

    def put(self, queue: str, messages: Sequence[Message]) -> None:
        """Into one queue, past the exchange. Raises BrokerUnavailable, also when there is no such queue."""
        self._send([("", queue, _wrapped(message)) for message in messages])

    def waiting(self, queue: str) -> int:
        """How many messages lie ready in a queue. Raises BrokerUnavailable, also when there is no such queue."""
        try:
            return self._opened().waiting(queue)
        except BROKER_FAULTS as cause:
            self._cut()
            raise BrokerUnavailable("the broker does not answer") from cause

    def close(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            drop(channel.connection)

    def _send(
        self, batch: Sequence[tuple[str, str, amqp.Message]], *, mandatory: bool = True
    ) -> None:
        try:
            self._opened().send(batch, mandatory=mandatory)
        except BROKER_FAULTS as cause:
            self._cut()
            raise BrokerUnavailable("the broker did not confirm") from cause
        except BrokerUnavailable:
            self._cut()
            raise

    def _cut(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.cut()

    def _opened(self) -> _ConfirmedChannel:
        if self._channel is None:
            self._channel = _ConfirmedChannel(connect(self._url))
        return self._channel


class _ConfirmedChannel:
    """A channel that knows which of its messages the broker has yet to confirm."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._channel = connection.default_channel
        self._channel.confirm_select()
        self._channel.events["basic_ack"].add(self._take_ack)
        self._channel.events["basic_nack"].add(self._take_nack)
        self._channel.events["basic_return"].add(self._take_return)
        self._sent = 0  # delivery tags are counted on both sides, from 1
        self._unconfirmed: set[int] = set()
        self._refused: str | None = None

    def send(
        self, batch: Sequence[tuple[str, str, amqp.Message]], *, mandatory: bool = True
    ) -> None:
        """Raises BrokerUnavailable when one is refused, or, a mandatory one, kept by no queue at all;
        and BROKER_FAULTS.
        """
        for exchange, routing_key, message in batch:
            self._sent += 1
            self._unconfirmed.add(self._sent)
            self._channel.basic_publish(
                message,
                exchange=exchange,
                routing_key=routing_key,
                mandatory=mandatory,
                timeout=_CONNECT_SECONDS,
            )
        deadline = time.monotonic() + _CONFIRM_SECONDS
        while self._unconfirmed:
            self.connection.drain_events(timeout=max(0.001, deadline - time.monotonic()))
        if self._refused:
            raise BrokerUnavailable(self._refused)

    def cut(self) -> None:
        """Ends the connection without a word: a broker that says nothing would not answer a goodbye either."""
        self.connection.collect()

    def waiting(self, queue: str) -> int:
        return int(self._channel.queue_declare(queue, passive=True).message_count)

    def _take_ack(self, tag: int, multiple: bool) -> None:
        if multiple:
            self._unconfirmed = {open_ for open_ in self._unconfirmed if open_ > tag}
        else:
            self._unconfirmed.discard(tag)

    def _take_nack(self, tag: int, multiple: bool) -> None:
        self._refused = "the broker refused a message"
        self._take_ack(tag, multiple)

    def _take_return(self, said: Exception, exchange: str, key: str, message: amqp.Message) -> None:
        # Comes before the confirm: the broker has it, and no queue does.
        self._refused = f"no queue keeps {key}; migrate declares them"


def _wrapped(message: Message, *, kept: bool = True) -> amqp.Message:
    return amqp.Message(
        message.to_body(),
        content_type=CONTENT_TYPE,
        delivery_mode=2 if kept else 1,
        message_id=message.id,
        type=message.type,
        application_headers={"traceparent": message.traceparent or ""},
    )


class TransientPublisher:
    """Publishes calls and answers: one long-lived channel, unconfirmed, not persistent.

    Durability is the event log's; a lost call is told by its deadline. Threads may share it.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Connection | None = None
        self._channel: amqp.Channel | None = None
        self._lock = threading.Lock()

    def publish(
        self,
        body: bytes,
        *,
        exchange: str,
        routing_key: str,
        deadline: float | None = None,
        **properties: object,
    ) -> None:
        """Raises BrokerUnavailable when a fresh connection fails too.

        The broker drops at `deadline`, a time of the monotonic clock, what nobody has taken by then;
        what could not be sent before is not sent at all.
        """
        with self._lock:
            # A connection that died while idle is found out here; the second try has a fresh one.
            for last in (False, True):
                try:
                    channel = self._opened()
                    if deadline is not None:
                        left = int((deadline - time.monotonic()) * 1000)
                        if left <= 0:
                            return
                        properties["expiration"] = str(left)
                    message = amqp.Message(body, delivery_mode=1, **properties)
                    channel.basic_publish(message, exchange=exchange, routing_key=routing_key)
                    return
                except BROKER_FAULTS as cause:
                    self._drop()
                    if last:
                        raise BrokerUnavailable("the broker does not answer") from cause

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _opened(self) -> amqp.Channel:
        if self._channel is None:
            self._connection = connect(self._url)
            self._channel = self._connection.default_channel
        return self._channel

    def _drop(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            drop(connection)


def drop(connection: Connection) -> None:
    """Lets go of a connection that may be broken already, without waiting for a last word from it."""
    try:
        connection.collect()
    except BROKER_FAULTS:
        return
