"""RabbitMQ: publishing with confirms, transient publishing for calls, and waiting for the broker."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import amqp
from kombu import Connection
from kombu.exceptions import OperationalError

from panjareh_common.messaging.message import CONTENT_TYPE, BrokerUnavailable, Message
from panjareh_common.messaging.topology import EVENTS

# What the client raises when the broker goes away, as against when it refuses something.
BROKER_FAULTS = (OperationalError, amqp.exceptions.AMQPError, OSError, AttributeError)
_CONNECT_SECONDS = 3


def connect(url: str, *, confirms: bool = False) -> Connection:
    """An open connection. Raises BrokerUnavailable."""
    options = {"confirm_publish": confirms}
    connection = Connection(url, transport_options=options, connect_timeout=_CONNECT_SECONDS)
    try:
        connection.connect()
    except BROKER_FAULTS as cause:
        raise BrokerUnavailable("the broker does not answer") from cause
    return connection


def wait_for_broker(url: str, *, seconds: float = 60) -> None:
    """Returns when the broker takes connections. Raises BrokerUnavailable after the given time."""
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        try:
            connect(url).release()
        except BrokerUnavailable:
            if time.monotonic() > deadline:
                raise
            pause.wait(0.2)
        else:
            return


class RabbitBroker:
    """The Broker port over AMQP: persistent messages, each batch confirmed before it returns."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Connection | None = None

    def publish(self, messages: Sequence[Message]) -> None:
        try:
            if self._connection is None:
                self._connection = connect(self._url, confirms=True)
            channel = self._connection.default_channel
            for message in messages:
                channel.basic_publish(
                    amqp.Message(
                        message.to_body(),
                        content_type=CONTENT_TYPE,
                        delivery_mode=2,
                        message_id=message.id,
                        type=message.type,
                        application_headers={"traceparent": message.traceparent or ""},
                    ),
                    exchange=EVENTS.name,
                    routing_key=message.type,
                    timeout=_CONNECT_SECONDS,
                )
        except BROKER_FAULTS as cause:
            self.close()
            raise BrokerUnavailable("the broker did not confirm") from cause

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            drop(connection)


class TransientPublisher:
    """Publishes calls and answers: one long-lived channel, unconfirmed, not persistent.

    Durability is the event log's; a lost call is told by its deadline. Threads may share it.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def publish(
        self, body: bytes, *, exchange: str, routing_key: str, **properties: object
    ) -> None:
        """Raises BrokerUnavailable when a fresh connection fails too."""
        message = amqp.Message(body, delivery_mode=1, **properties)
        with self._lock:
            # A connection that died while idle is found out here; the second try has a fresh one.
            for last in (False, True):
                try:
                    if self._connection is None:
                        self._connection = connect(self._url)
                    channel = self._connection.default_channel
                    channel.basic_publish(message, exchange=exchange, routing_key=routing_key)
                    return
                except BROKER_FAULTS as cause:
                    self._drop()
                    if last:
                        raise BrokerUnavailable("the broker does not answer") from cause

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            drop(connection)


def drop(connection: Connection) -> None:
    """Lets go of a connection that may be broken already; what it says while closing is of no use."""
    try:
        connection.release()
    except BROKER_FAULTS:
        return
