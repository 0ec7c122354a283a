"""Calls other services from a thread (green or real): one reply queue, one deadline a call."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import amqp

from panjareh_common import telemetry
from panjareh_common.messaging.message import BrokerUnavailable
from panjareh_common.messaging.rabbit import BROKER_FAULTS, TransientPublisher, connect, drop
from panjareh_common.refusals import TooLate, Unavailable
from panjareh_common.rpc import wire
from panjareh_common.security.transport import Transport


class _Waiting:
    def __init__(self) -> None:
        self.told = threading.Event()
        self.answer: bytes | None = None

    def tell(self, answer: bytes | None) -> None:
        self.answer = answer
        self.told.set()


class RpcClient:
    """A client of every service. Open it once a process; threads may share it."""

    def __init__(self, amqp_url: str, transport: Transport) -> None:
        self._url = amqp_url
        self._transport = transport
        self._publisher = TransientPublisher(amqp_url)
        self._waiting: dict[str, _Waiting] = {}
        self.reply_queue: str | None = None
        self._listening = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="rpc-replies", daemon=True)

    def open(self) -> RpcClient:
        self._thread.start()
        return self

    def wait_until_open(self, seconds: float) -> bool:
        """Whether answers can be received within the given time."""
        return self._listening.wait(seconds)

    def close(self) -> None:
        self._closed.set()
        self._thread.join()
        self._publisher.close()

    def call(
        self,
        service: str,
        method: str,
        request: wire.Request,
        *,
        timeout: float = wire.TIMEOUT_SECONDS,
    ) -> Any:
        """The answer of `service.method`.

        Raises RemoteRefusal as the service said it, Unavailable when the broker is away, TooLate
        after `timeout` seconds (the broker then drops the call, so it is never done late), and
        CallFailed for a fault on the far side.
        """
        with telemetry.call_span(service, method):
            if not self._listening.wait(timeout):
                raise Unavailable()
            correlation_id = uuid.uuid4().hex
            waiting = self._waiting[correlation_id] = _Waiting()
            try:
                self._send(service, method, request, correlation_id, timeout)
                if not waiting.told.wait(timeout):
                    raise TooLate()
            except BrokerUnavailable as cause:
                raise Unavailable() from cause
            finally:
                self._waiting.pop(correlation_id, None)
            if waiting.answer is None:
                raise Unavailable()
            context = wire.answer_context(correlation_id)
            body = self._transport.open(service, waiting.answer, context)
            return wire.read_answer(body, service, method)

    def _send(
        self, service: str, method: str, request: wire.Request, correlation_id: str, timeout: float
    ) -> None:
        body = self._transport.seal(
            service, request.to_body(), wire.request_context(service, method)
        )
        self._publisher.publish(
            body,
            exchange=wire.EXCHANGE,
            routing_key=f"{service}.{method}",
            content_type=wire.CONTENT_TYPE,
            content_encoding="binary",
            correlation_id=correlation_id,
            reply_to=self.reply_queue,
            expiration=str(int(timeout * 1000)),
            application_headers=telemetry.inject(),
        )

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._receive()
            except (BrokerUnavailable, *BROKER_FAULTS):
                self._closed.wait(0.2)
            finally:
                self._listening.clear()
                for waiting in list(self._waiting.values()):
                    waiting.tell(None)

    def _receive(self) -> None:
        connection = connect(self._url)
        try:
            channel = connection.default_channel
            queue = f"rpc.reply-{uuid.uuid4().hex}"
            channel.queue_declare(queue, exclusive=True, auto_delete=True)
            channel.basic_consume(queue, callback=self._take, no_ack=True)
            self.reply_queue = queue
            self._listening.set()
            while not self._closed.is_set():
                try:
                    connection.drain_events(timeout=0.5)
                except TimeoutError:
                    continue
        finally:
            drop(connection)

    def _take(self, message: amqp.Message) -> None:
        waiting = self._waiting.get(message.properties.get("correlation_id", ""))
        if waiting is not None:
            waiting.tell(bytes(message.body))
