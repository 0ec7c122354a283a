"""The RPC door of a service, as a Nameko entrypoint: opens the body, checks who asks, answers by name.

Differs from stock Nameko where stack.md measured that it must: answers are transient and leave
through one long-lived channel, a broker that goes away between a handler and its answer does not
kill the container, and bodies are sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, cast

import structlog
from amqp.exceptions import AMQPError
from marshmallow import Schema
from nameko import config
from nameko.amqp.consume import Consumer
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import DependencyProvider
from nameko.rpc import Rpc, RpcConsumer

from panjareh_common import telemetry
from panjareh_common.event_store.log import Cause
from panjareh_common.messaging.message import BrokerUnavailable
from panjareh_common.messaging.rabbit import TransientPublisher
from panjareh_common.refusals import NotAllowed, Refusal
from panjareh_common.rpc import wire
from panjareh_common.schemas import load
from panjareh_common.security.caller import Caller, CallerKind
from panjareh_common.security.tokens import TokenVerifier
from panjareh_common.security.transport import NotForUs, Transport

log = structlog.get_logger(__name__)

TRANSPORT, VERIFIER, AMQP_URI = "PANJAREH_TRANSPORT", "PANJAREH_VERIFIER", "AMQP_URI"


@dataclass(frozen=True)
class Call:
    """One call being answered: who asks, in which language, through which channel."""

    caller: Caller
    language: str
    channel: str
    key: str | None

    def cause(self, because: str | None = None) -> Cause:
        return self.caller.cause(self.channel, telemetry.traceparent(), because)


class ResilientConsumer(Consumer):
    """Nameko's consumer, for which a broken connection while acknowledging is not the end."""

    def establish_connection(self) -> Any:
        connection = self.connection.clone()
        connection.ensure_connection(
            self.on_connection_error, interval_start=0.2, interval_step=0.2, interval_max=2
        )
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
        self.answers = TransientPublisher(config[AMQP_URI])

    def handle_message(self, body: bytes, message: Any) -> None:
        method = message.delivery_info["routing_key"].rpartition(".")[2]
        for provider in self._providers:
            if provider.method_name == method:
                provider.handle_message(body, message)
                return
        log.warning("unknown_method", method=method)
        self.answer(message, wire.fault_body())

    def answer(self, message: Any, body: dict[str, Any]) -> None:
        reply_to = message.properties.get("reply_to")
        correlation_id = message.properties.get("correlation_id", "")
        if not reply_to:
            log.warning("call_without_return_address")
            self.consumer.ack_message(message)
            return
        transport: Transport = config[TRANSPORT]
        sealed = transport.seal(
            self.container.service_name, body, wire.answer_context(correlation_id)
        )
        try:
            self.answers.publish(
                sealed,
                exchange="",
                routing_key=reply_to,
                correlation_id=correlation_id,
                content_type=wire.CONTENT_TYPE,
                content_encoding="binary",
            )
        except BrokerUnavailable:
            log.warning("answer_lost")  # the caller's deadline tells it; commands are idempotent
        self.consumer.ack_message(message)


class _Entry(Rpc):
    """One method behind the door."""

    rpc_consumer = _Door()

    def handle_message(self, body: bytes, message: Any) -> None:
        service = self.container.service_name
        transport: Transport = config[TRANSPORT]
        try:
            request = wire.Request(
                **transport.open(service, body, wire.request_context(service, self.method_name))
            )
        except (NotForUs, TypeError, ValueError):
            log.warning("call_not_for_us", method=self.method_name)
            self.rpc_consumer.answer(message, wire.fault_body())
            return
        answer = partial(self._answer, message, request.language)

        def work() -> None:
            try:
                self.container.spawn_worker(
                    self, (request, dict(message.headers)), {}, handle_result=answer
                )
            except ContainerBeingKilled:
                self.rpc_consumer.consumer.requeue_message(message)

        # In a thread of its own, so that a full worker pool does not stop the heartbeats.
        self.container.spawn_managed_thread(work)

    def _answer(
        self, message: Any, language: str, worker_ctx: Any, result: Any, exc_info: Any
    ) -> tuple[Any, Any]:
        failure = exc_info[1] if exc_info else None
        if failure is None:
            body = wire.result_body(result)
        elif isinstance(failure, Refusal):
            body = wire.refusal_body(failure, language)
        else:
            log.error("call_failed", method=self.method_name, exc_info=exc_info)
            body = wire.fault_body()
        self.rpc_consumer.answer(message, body)
        return result, exc_info


@dataclass(frozen=True)
class Door:
    """What is written over a method's door: used to check callers and to generate the contracts."""

    takes: type[Schema]
    gives: type[Schema] | None
    callers: frozenset[str]


Method = Callable[[Any, Any, Call], Any]


def rpc(
    takes: type[Schema], *, gives: type[Schema] | None = None, callers: Set[CallerKind | str]
) -> Callable[[Method], Method]:
    """Marks a method as a remote one: `method(self, command, call)`.

    `callers` lists who may: CallerKind.PERSON, CallerKind.OFFICER, or services by name (design
    rule 6). The payload is loaded by `takes`, completely or not at all, and the answer dumped by
    `gives`.
    """
    door = Door(takes, gives, frozenset(str(caller) for caller in callers))
    schema_in, schema_out = takes(), gives() if gives else None

    def decorate(method: Method) -> Method:
        @wraps(method)
        def handle(self: Any, request: wire.Request, headers: dict[str, Any]) -> Any:
            with telemetry.serve_span(self.name, method.__name__, headers):
                call = _call(request)
                _check_caller(door, call.caller)
                result = method(self, load(schema_in, request.payload, call.language), call)
                return schema_out.dump(result) if schema_out else result

        handle.door = door  # type: ignore[attr-defined]
        entry = _Entry.decorator(expected_exceptions=(Refusal,), sensitive_arguments=("request",))
        return cast(Method, entry(handle))

    return decorate


def _call(request: wire.Request) -> Call:
    verifier: TokenVerifier = config[VERIFIER]
    return Call(verifier.caller(request.token), request.language, request.channel, request.key)


def _check_caller(door: Door, caller: Caller) -> None:
    name = caller.service if caller.kind is CallerKind.SERVICE else str(caller.kind)
    if name not in door.callers:
        raise NotAllowed()


class Provided(DependencyProvider):
    """Gives a service class one object that its wiring made: `requests = Provided("requests")`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def get_dependency(self, worker_ctx: Any) -> Any:
        return config["PANJAREH_WIRING"][self._name]
