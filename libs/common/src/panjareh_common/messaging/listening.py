"""Listeners as Nameko entrypoints: a queue for a handler (what every process hears: `messaging.live`).

Several messages of a queue are handled side by side, so a handler bears any order. A message is
taken into the inbox in the handler's own unit of work, so a repeat changes nothing. While the
database is away a message is held and tried again; a message that the handler itself cannot digest
goes back, and after five deliveries to the dead-letter queue.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, TypeVar

import eventlet
import structlog
from eventlet.semaphore import Semaphore
from kombu import Queue
from nameko.exceptions import ContainerBeingKilled
from nameko.messaging import Consumer

from panjareh_common import telemetry
from panjareh_common.event_store.sealing import PersonErased
from panjareh_common.messaging.message import CONTENT_TYPE, Message
from panjareh_common.messaging.topology import Subscription
from panjareh_common.refusals import Unavailable
from panjareh_common.rpc.server import ResilientConsumer

log = structlog.get_logger(__name__)
_DURATION = telemetry.Duration(
    "messaging.process.duration",
    "of handling one message",
    ("messaging.destination.name", "error.type"),
)
Handler = TypeVar("Handler", bound=Callable[..., Any])

# Enough that the next message is here already when one is done; the broker keeps the rest.
_PREFETCH = 200
# Of one queue. Calls share the workers with listeners, and a backlog must leave them some.
_AT_ONCE = 8
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)

QueueOf = Callable[[str], tuple[str, Queue]]
"""From a service's name: what a listener is called there, and what it listens to."""


class _Listener(Consumer):
    """Gives each message of a queue to one method, as a Message."""

    consumer_cls = ResilientConsumer

    def __init__(self, queue_of: QueueOf, **options: Any) -> None:
        super().__init__(None, requeue_on_error=True, prefetch_count=_PREFETCH, **options)
        self.queue_of = queue_of
        self._turns = Semaphore(_AT_ONCE)

    def setup(self) -> None:
        self.name, self.queue = self.queue_of(self.container.service_name)
        super().setup()
        self.consumer.accept = [CONTENT_TYPE]

    def handle_message(self, body: Any, message: Any) -> None:
        def settle(worker_ctx: Any, result: Any, exc_info: Any) -> Any:
            self._turns.release()
            if exc_info:
                log.error("message_not_digested", listener=self.name, exc_info=exc_info)
            return self.handle_result(message, worker_ctx, result, exc_info)

        def work() -> None:
            try:
                event = Message.from_body(body if isinstance(body, bytes) else body.encode())
            except (ValueError, KeyError, TypeError, RecursionError):
                log.error("message_unreadable", listener=self.name)
                message.reject()
                return
            self._turns.acquire()
            try:
                self.container.spawn_worker(self, (event,), {}, handle_result=settle)
            except ContainerBeingKilled:
                self._turns.release()
                self.consumer.requeue_message(message)

        self.container.spawn_managed_thread(work)

    def guard(self, handle: Callable[[], Any]) -> Any:
        """Runs a handler; while what it needs is away, holds the message and tries again.

        About a person who was erased nothing is stored any more, so such a message is done.
        """
        for pause in itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1])):
            try:
                return handle()
            except PersonErased:
                log.info("message_about_an_erased_person", listener=self.name)
                return None
            except Unavailable:
                if self.consumer.should_stop:
                    raise
                log.warning("listener_waits", listener=self.name)
                eventlet.sleep(pause)
        return None


def listen(wanted: Subscription | Callable[[str], Subscription]) -> Callable[[Handler], Handler]:
    """Marks `method(self, message)` as the handler of a subscription: once for each message, by inbox.

    What every service subscribes to is given as a function of the service's name.
    """

    def queue_of(service: str) -> tuple[str, Queue]:
        subscription = wanted(service) if callable(wanted) else wanted
        return subscription.name, subscription.queue()

    def decorate(method: Handler) -> Handler:
        def handle(self: Any, message: Message) -> Any:
            entry = handle.entry  # type: ignore[attr-defined]
            with (
                _DURATION.timed(entry.queue.name),
                telemetry.process_span(entry.name, message.type, message.traceparent),
            ):
                return entry.guard(lambda: method(self, message))

        handle.__name__ = method.__name__
        handle.__doc__ = method.__doc__
        return _decorated(handle, queue_of)

    return decorate


def _decorated(handle: Any, queue_of: QueueOf) -> Any:
    class Entry(_Listener):
        def setup(self) -> None:
            handle.entry = self
            super().setup()

    # By name: Nameko takes a lone function for the method that is decorated.
    return Entry.decorator(queue_of=queue_of)(handle)
