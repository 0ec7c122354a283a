"""The broadcast listener of any process, with Nameko or without: what must reach every one of them at once."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from amqp import Message as Delivered
from kombu import Connection

from panjareh_common.messaging.message import BrokerUnavailable, Message
from panjareh_common.messaging.rabbit import BROKER_FAULTS, connect
from panjareh_common.messaging.topology import live_queue

log = structlog.get_logger(__name__)


class LiveListener:
    """Gives each message of some types to `handle`, in a thread, for as long as the process runs.

    What is published while the process or the broker is away is not heard, and what `handle` fails at
    is not tried again: it is for memory alone, beside a queue or a table that is the truth.
    """

    def __init__(self, amqp_url: str, *types: str, handle: Callable[[Message], None]) -> None:
        self._url = amqp_url
        self._types = types
        self._handle = handle
        self._closed = threading.Event()
        self._hearing = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="live", daemon=True)

    def open(self) -> None:
        self._thread.start()

    def wait_until_open(self, seconds: float) -> bool:
        """Whether messages are heard within the given time."""
        return self._hearing.wait(seconds)

    def close(self) -> None:
        self._closed.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with connect(self._url) as connection:
                    self._hear(connection)
            except (BrokerUnavailable, *BROKER_FAULTS):
                self._hearing.clear()
                self._closed.wait(0.5)

    def _hear(self, connection: Connection) -> None:
        channel = connection.default_channel
        queue = live_queue(*self._types)(channel)
        queue.declare()
        channel.basic_consume(queue.name, callback=self._take, no_ack=True)
        self._hearing.set()
        while not self._closed.is_set():
            try:
                connection.drain_events(timeout=0.5)
            except TimeoutError:
                continue

    def _take(self, delivered: Delivered) -> None:
        try:
            body = delivered.body
            self._handle(Message.from_body(body if isinstance(body, bytes) else body.encode()))
        except Exception:
            # Whatever it was, the thread has to hear the next one.
            log.exception("broadcast_not_digested", types=self._types)
