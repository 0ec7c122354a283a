"""Calls other services from a thread (green or real): one reply queue, one deadline a call."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

import amqp

from panjareh_common.messaging.message import BrokerUnavailable
from panjareh_common.messaging.rabbit import BROKER_FAULTS, TransientPublisher, connect, drop
from panjareh_common.refusals import Refusal, TooLate, Unavailable
from panjareh_common.rpc import tracing, wire
from panjareh_common.rpc.outgoing import Lanes, Outgoing, Pending
from panjareh_common.security.transport import Transport


class _Waiter:
    """A thread that waits for one answer."""

    __slots__ = ("answer", "told")

    def __init__(self) -> None:
        self.told = threading.Event()
        self.answer: dict[str, Any] | Refusal | None = None

    def tell(self, answer: dict[str, Any] | Refusal) -> None:
        self.answer = answer
        self.told.set()


class RpcClient:
    """A client of every service. Open it once a process; threads may share it.

    Calls to one method that come at the same time share messages (decision 0012).
    """

    def __init__(self, amqp_url: str, transport: Transport) -> None:
        self._url = amqp_url
        self._publisher = TransientPublisher(amqp_url)
        self._outgoing: Outgoing[_Waiter] = Outgoing(transport)
        self._lock = threading.Lock()  # over _outgoing and reply_queue; never held while sending
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
        after `timeout` seconds (a call is then never sent, and the broker drops one that it has, so
        it is never done late), and CallFailed for a fault on the far side.
        """
        with tracing.call_span(service, method):
            call = self._add(service, method, request, time.monotonic() + timeout)
            try:
                answer = self._wait(call)
            finally:
                with self._lock:
                    self._outgoing.forget(call)
            if isinstance(answer, Refusal):
                raise answer
            return wire.read_answer(answer, service, method)

    def _add(
        self, service: str, method: str, request: wire.Request, deadline: float
    ) -> Pending[_Waiter]:
        while self._listening.wait(deadline - time.monotonic()):
            with self._lock:
                if self.reply_queue is not None:
                    return self._outgoing.add(service, method, request, deadline, _Waiter())
        raise Unavailable()

    def _wait(self, call: Pending[_Waiter]) -> dict[str, Any] | Refusal:
        """Waits for the answer, and while the call itself waits to be sent, sees to that."""
        time.sleep(0)  # whoever else asks in this turn of the green threads rides along
        while True:
            self._send(call.lanes)
            now = time.monotonic()
            with self._lock:
                ready_at = None if call.sent else call.lanes.ready_at(now)
            until = call.deadline if ready_at is None else min(ready_at, call.deadline)
            if call.waiter.told.wait(until - now) and call.waiter.answer is not None:
                return call.waiter.answer
            if time.monotonic() >= call.deadline:
                raise TooLate()

    def _send(self, lanes: Lanes[_Waiter]) -> None:
        """Sends what may go: the calls of the thread that is here, and with them those of others."""
        while True:
            with self._lock:
                message = self._outgoing.next_message(lanes, time.monotonic())
                reply_queue = self.reply_queue
            if message is None:
                return
            try:
                self._publisher.publish(
                    message.body,
                    exchange=wire.EXCHANGE,
                    routing_key=f"{lanes.service}.{lanes.method}",
                    content_type=wire.CONTENT_TYPE,
                    content_encoding="binary",
                    reply_to=reply_queue,
                    deadline=message.deadline,
                )
            except BrokerUnavailable:
                with self._lock:
                    lost = self._outgoing.fail(message)
                for call in lost:
                    call.waiter.tell(Unavailable())

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                self._receive()
            except (BrokerUnavailable, *BROKER_FAULTS):
                self._closed.wait(0.2)

    def _receive(self) -> None:
        connection = connect(self._url)
        try:
            channel = connection.default_channel
            queue = f"rpc.reply-{uuid.uuid4().hex}"
            channel.queue_declare(queue, exclusive=True, auto_delete=True)
            channel.basic_consume(queue, callback=self._take, no_ack=True)
            with self._lock:
                self.reply_queue = queue
            self._listening.set()
            while not self._closed.is_set():
                try:
                    connection.drain_events(timeout=0.5)
                except TimeoutError:
                    continue
        finally:
            self._lose()
            drop(connection)

    def _lose(self) -> None:
        """Without the reply queue no answer comes: whoever waits is told at once."""
        self._listening.clear()
        with self._lock:
            self.reply_queue = None
            lost = self._outgoing.fail_all()
        for call in lost:
            call.waiter.tell(Unavailable())

    def _take(self, message: amqp.Message) -> None:
        with self._lock:
            answered = self._outgoing.take_answers(
                message.properties.get("app_id"), bytes(message.body), self.reply_queue or ""
            )
        for call, answer in answered:
            call.waiter.tell(answer)
        for lanes in {call.lanes for call, _ in answered}:
            self._send(lanes)
