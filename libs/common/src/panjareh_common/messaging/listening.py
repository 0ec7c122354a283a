"""Listeners as Nameko entrypoints: a queue for a handler, or a broadcast to every process.

A message is taken into the inbox in the handler's own unit of work, so a repeat changes nothing.
While the database is away a message is held and tried again; a message that the handler itself
cannot digest goes back, and after five deliveries to the dead-letter queue.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import eventlet
import structlog
from kombu import Queue, binding
from nameko.exceptions import ContainerBeingKilled
from nameko.messaging import Consumer

from panjareh_common import telemetry
from panjareh_common.messaging.message import Message
from panjareh_common.messaging.topology import EVENTS, Subscription
from panjareh_common.refusals import Unavailable
from panjareh_common.rpc.server import ResilientConsumer

log = structlog.get_logger(__name__)
Handler = TypeVar("Handler", bound=Callable[..., Any])

_PREFETCH = 50
_PAUSES = (0.1, 0.2, 0.5, 1.0, 2.0)


class _Listener(Consumer):
    """Gives each message of a queue to one method, as a Message."""

    consumer_cls = ResilientConsumer

    def __init__(self, queue: Queue, name: str, **options: Any) -> None:
        super().__init__(queue, requeue_on_error=True, prefetch_count=_PREFETCH, **options)
        self._name = name

    def setup(self) -> None:
        super().setup()
        self.consumer.accept = ["application/cloudevents+json"]

    def handle_message(self, body: Any, message: Any) -> None:
        def settle(worker_ctx: Any, result: Any, exc_info: Any) -> Any:
            if exc_info:
                log.error("message_not_digested", listener=self._name, exc_info=exc_info)
            return self.handle_result(message, worker_ctx, result, exc_info)

        def work() -> None:
            try:
                event = Message.from_body(body if isinstance(body, bytes) else body.encode())
            except (ValueError, KeyError, TypeError, RecursionError):
                log.error("message_unreadable", listener=self._name)
                message.reject()
                return
            try:
                self.container.spawn_worker(self, (event,), {}, handle_result=settle)
            except ContainerBeingKilled:
                self.consumer.requeue_message(message)

        self.container.spawn_managed_thread(work)

    def guard(self, handle: Callable[[], Any]) -> Any:
        """Runs a handler; while what it needs is away, holds the message and tries again."""
        for pause in itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1])):
            try:
                return handle()
            except Unavailable:
                if self.consumer.should_stop:
                    raise
                log.warning("listener_waits", listener=self._name)
                eventlet.sleep(pause)
        return None


def listen(subscription: Subscription) -> Callable[[Handler], Handler]:
    """Marks `method(self, message)` as the handler of a subscription: once for each message, by inbox."""
    return _marked(subscription.queue(), subscription.name)


def broadcast(*types: str) -> Callable[[Handler], Handler]:
    """Marks a method that hears events in every process, not once for all of them.

    For what lives in memory: revocations, live streams. Messages of a time in which the process
    was away are not kept for it.
    """
    name = f"live.{uuid.uuid4().hex}"
    queue = Queue(
        name,
        bindings=[binding(exchange=EVENTS, routing_key=type_) for type_ in types],
        exclusive=True,
        auto_delete=True,
        durable=False,
    )
    return _marked(queue, name)


def _marked(queue: Queue, name: str) -> Callable[[Handler], Handler]:
    def decorate(method: Handler) -> Handler:
        def handle(self: Any, message: Message) -> Any:
            with telemetry.process_span(name, message.type, message.traceparent):
                return handle.entry.guard(lambda: method(self, message))  # type: ignore[attr-defined]

        handle.__name__ = method.__name__
        handle.__doc__ = method.__doc__
        return _decorated(handle, queue, name)

    return decorate


def _decorated(handle: Any, queue: Queue, name: str) -> Any:
    class Entry(_Listener):
        def setup(self) -> None:
            handle.entry = self
            super().setup()

    return Entry.decorator(queue, name)(handle)
