"""A broker that takes the connection and then says nothing: the consumer does not wait for it for ever."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import eventlet
from kombu import Queue
from kombu.utils.limits import TokenBucket

from panjareh_common.rpc import server
from panjareh_common.rpc.server import ResilientConsumer


class _Connection:
    connection_errors, channel_errors = (OSError,), ()

    def clone(self) -> _Connection:
        return self

    def ensure_connection(self, *_: Any, **__: Any) -> None:
        """It is there at once."""

    def drain_events(self, **_: Any) -> None:
        """There is nothing."""


class _Consumer(ResilientConsumer):
    """At the first try the broker says no more; at the second it lets the consumer in."""

    connection = _Connection()
    restart_limit = TokenBucket(1000)
    tries = 0

    @contextmanager
    def Consumer(self) -> Iterator[Any]:  # noqa: N802  # the library's name
        connection = self.establish_connection()
        self.tries += 1
        if self.tries == 1:
            eventlet.sleep(60)
        yield connection, SimpleNamespace(), []

    def on_iteration(self) -> None:
        self.should_stop = True


def test_a_silent_broker_is_asked_again(monkeypatch):
    monkeypatch.setattr(server, "_ATTACH_SECONDS", 0.05)
    consumer = _Consumer("amqp://", queues=[Queue("a.silent")])

    with eventlet.Timeout(20):
        consumer.run()
        eventlet.sleep(0.2)  # what was for the first try would strike here

    assert (consumer.tries, consumer.attached) == (2, True)
