"""The RPC door of a service, as a Nameko entrypoint: opens the body, checks who asks, answers by name.

Differs from stock Nameko where that was measured to be too slow or to lose something: a message
carries many calls (decision 0012), answers are transient and leave through one long-lived channel,
a broker that goes away between a handler and its answer does not kill the container, and bodies
are sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from functools import wraps
from typing import Any, cast

import eventlet
import structlog
from amqp.exceptions import AMQPError
from eventlet.event import Event
from eventlet.greenpool import GreenPool
from kombu import Queue
from marshmallow import Schema
from nameko import config
from nameko.amqp.consume import Consumer
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import DependencyProvider
from nameko.rpc import Rpc, RpcConsumer

from panjareh_common.health import HEALTH
from panjareh_common.messaging.rabbit import TransientPublisher
from panjareh_common.messaging.topology import rpc_queue
from panjareh_common.rpc import wire
from panjareh_common.rpc.answers import Answers, Batch
from panjareh_common.rpc.serving import Call, Door, Serving
from panjareh_common.security.caller import CallerKind
from panjareh_common.security.tokens import TokenVerifier
from panjareh_common.security.transport import NotForUs, Transport

__all__ = ["Call", "Door", "Provided", "ResilientConsumer", "rpc"]

log = structlog.get_logger(__name__)

TRANSPORT, VERIFIER, AMQP_URI = "PANJAREH_TRANSPORT", "PANJAREH_VERIFIER", "AMQP_URI"

# Calls of one method, out of shared messages, that are worked on at the same time; far more than the
# database has connections for. Each method has its own, so that one which waits for another service
# does not keep that service from asking back.
_CALLS_AT_ONCE = 64

# For a broker that took the connection to let the consumer at its queue. The library waits for that without
# an end, and one that is just starting again may never say it.
_ATTACH_SECONDS = 30.0


class ResilientConsumer(Consumer):
    """Nameko's consumer, for which a broken connection while acknowledging is not the end.

    It says in the process's health that it turns, and whether it is attached to its queue.
    """

    def __init__(self, *arguments: Any, queues: Sequence[Queue], **options: Any) -> None:
        super().__init__(*arguments, queues=queues, **options)
        (queue,) = queues
        self.name = f"consumer of {queue.name}"
        self.attached = False
        self._patience: eventlet.Timeout | None = None
        HEALTH.check(self.name, lambda: None if self.attached else "not attached")

    def run(self, **options: Any) -> None:
        try:
            super().run(**options)
        finally:
            self._no_longer_impatient()
            HEALTH.ended(self.name)

    def on_iteration(self) -> None:
        HEALTH.beat(self.name)

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        HEALTH.beat(self.name)
        log.warning("consumer_waits_for_broker", consumer=self.name)

    def on_consume_ready(self, *arguments: Any, **options: Any) -> None:
        self._no_longer_impatient()
        super().on_consume_ready(*arguments, **options)
        self.attached = True

    def _no_longer_impatient(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def establish_connection(self) -> Any:
        self._no_longer_impatient()
        self.attached = False
        connection = self.connection.clone()
        connection.ensure_connection(
            self.on_connection_error, interval_start=0.2, interval_step=0.2, interval_max=2
        )
        # As a broken connection, so it is closed and made anew.
        silent = ConnectionError("the broker took the connection and said no more")
        self._patience = eventlet.Timeout(_ATTACH_SECONDS, silent)
        return connection

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """Kombu would acknowledge it, and with that lose it, after logging what stands in it."""
        log.error("message_undecodable", content_type=message.content_type)
        self._settle(lambda undecodable: undecodable.reject(), message)

    def ack_message(self, message: Any) -> None:
        self._settle(super().ack_message, message)

    def requeue_message(self, message: Any) -> None:
        self._settle(super().requeue_message, message)

    @staticmethod
    def _settle(settle: Callable[[Any], None], message: Any) -> None:
        try:
            settle(message)
        except (AMQPError, OSError, AttributeError):
            # Unsettled means that the broker delivers it again; every handler is idempotent.
            log.warning("message_not_settled")


class _Door(RpcConsumer):
    """Consumes one service's calls and sends its answers."""

    consumer_cls = ResilientConsumer

    def setup(self) -> None:
        super().setup()
        # Nameko's own would declare the exchange, which belongs to all services.
        self.consumer.queues = [rpc_queue(self.container.service_name)]
        self.answers = Answers(
            self.container.service_name,
            config[TRANSPORT],
            TransientPublisher(config[AMQP_URI]),
            eventlet.spawn_n,
        )

    def handle_message(self, body: bytes, message: Any) -> None:
        service, method = self.container.service_name, _method(message)
        transport: Transport = config[TRANSPORT]
        try:
            opened = transport.open(service, body, wire.request_context(service, method))
            calls = wire.read_calls(opened)
        except (NotForUs, TypeError, ValueError):
            log.warning("call_not_for_us", method=method)
            self.consumer.ack_message(message)
            return
        reply_to = message.properties.get("reply_to")
        if not reply_to:
            log.warning("call_without_return_address", method=method)
            self.consumer.ack_message(message)
            return
        for entry in self._providers:
            if entry.method_name == method:
                entry.take(message, calls, reply_to)
                return
        log.warning("unknown_method", method=method)
        batch = Batch(message, calls, reply_to, self.acknowledge)
        fault = wire.fault_body()
        self.answers.add_all(batch, [wire.write_answer(asked.id, fault) for asked in calls])

    def acknowledge(self, batch: Batch) -> None:
        self.consumer.ack_message(batch.message)


def _method(message: Any) -> str:
    return str(message.delivery_info["routing_key"].rpartition(".")[2])


class _Entry(Rpc):
    """One method behind the door."""

    rpc_consumer = _Door()

    def __init__(self, *, at_once: int = _CALLS_AT_ONCE, **options: Any) -> None:
        super().__init__(**options)
        self._at_once = at_once

    def setup(self) -> None:
        super().setup()
        self.pool = GreenPool(self._at_once)

    def take(self, message: Any, calls: list[wire.Asked], reply_to: str) -> None:
        """Has a worker of Nameko's answer the calls of one message.

        Such a worker costs 50 µs, a green thread 12 (measured): hence one worker a message, and a
        green thread a call. The service object is the message's, so methods keep nothing on it.
        """
        settled = Event()

        def settle(batch: Batch) -> None:
            self.rpc_consumer.acknowledge(batch)
            settled.send()

        batch = Batch(message, calls, reply_to, settle)
        work = _Work(batch, self.rpc_consumer.answers, self.pool, settled)

        def finish(worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
            if exc_info:  # a fault of the door itself: the callers' deadlines tell them
                log.error("door_failed", method=self.method_name, exc_info=exc_info)
                batch.give_up()
            return result, exc_info

        # At once, and not in a thread of its own as Nameko's entrypoint does: the pool is never full
        # (`runner`), so this does not hold up the consumer and its heartbeats.
        try:
            self.container.spawn_worker(self, (work,), {}, handle_result=finish)
        except ContainerBeingKilled:
            self.rpc_consumer.consumer.requeue_message(message)


class _Work:
    """What a worker has in hand: the calls of one message."""

    def __init__(self, batch: Batch, answers: Answers, pool: GreenPool, settled: Event) -> None:
        self._batch = batch
        self._answers = answers
        self._pool = pool
        self._settled = settled

    def each(self, answer: Callable[[wire.Asked], bytes]) -> None:
        """Answers each call by itself, all at the same time; returns when every answer has gone."""
        calls = self._batch.calls
        if len(calls) == 1:
            self.together(lambda alone: [answer(alone[0])])
            return

        def answer_one(asked: wire.Asked) -> None:
            if self._batch.late():
                self._batch.settle()
            else:
                self._answers.add(self._batch, answer(asked))

        for asked in calls:
            self._pool.spawn_n(answer_one, asked)
        self._settled.wait()

    def together(self, answer: Callable[[Sequence[wire.Asked]], list[bytes]]) -> None:
        """Answers all calls at once; returns when every answer has gone."""
        if self._batch.late():
            self._batch.give_up()
        else:
            self._answers.add_all(self._batch, answer(self._batch.calls))
        self._settled.wait()


Method = Callable[..., Any]


def rpc(
    takes: type[Schema],
    *,
    gives: type[Schema] | None = None,
    callers: Set[CallerKind | str],
    many: bool = False,
    any_client: bool = False,
    at_once: int = _CALLS_AT_ONCE,
) -> Callable[[Method], Method]:
    """Marks a method as a remote one: `method(self, command, call)`.

    `callers` lists who may: kinds of caller (CallerKind.PERSON, …), or services by name (design
    rule 6). Who acts for another comes in only where REPRESENTATIVE is listed; a client of the OpenID provider
    needs the service's `client_scope`, but with `any_client`. The payload is loaded by `takes`, completely or not at all, and the answer dumped by
    `gives`.

    With `many` the method is called once for all calls of a message, `method(self, [(command, call),
    …])`, and returns a list with a result or a Refusal for each, in their order; what it raises is
    told to all of them. It sees only calls that its door has let in. Otherwise `at_once` calls out of shared messages
    are worked on at the same time.
    """
    door = Door(takes, gives, frozenset(str(caller) for caller in callers), any_client)

    def decorate(method: Method) -> Method:
        serving = Serving(door, method, lambda: cast(TokenVerifier, config[VERIFIER]))

        @wraps(method)
        def handle(self: Any, work: _Work) -> None:
            if many:
                work.together(lambda calls: serving.together(self, calls))
            else:
                work.each(lambda asked: serving.alone(self, asked))

        handle.door = door  # type: ignore[attr-defined]
        return cast(
            Method, _Entry.decorator(sensitive_arguments=("work",), at_once=at_once)(handle)
        )

    return decorate


class Provided(DependencyProvider):
    """Gives a service class one object that its wiring made: `requests = Provided("requests")`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def get_dependency(self, worker_ctx: Any) -> Any:
        return config["PANJAREH_WIRING"][self._name]
