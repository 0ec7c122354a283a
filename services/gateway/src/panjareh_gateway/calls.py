"""Calls the services from asyncio: one connection, one reply queue, one deadline a call.

The wire is that of `panjareh_common.rpc`, and so is the batching (decision 0012); the thread client
there and this one pass the same tests.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractConnection
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp import commands

from panjareh_common.refusals import TooLate, Unavailable
from panjareh_common.rpc import tracing, wire
from panjareh_common.rpc.outgoing import Lanes, Message, Outgoing
from panjareh_common.security.transport import Transport

log = structlog.get_logger(__name__)

_RECONNECT_SECONDS = 0.2
_FAULTS = (
    aiormq.exceptions.AMQPError,
    aiormq.exceptions.ChannelInvalidStateError,
    OSError,
)

Answer = asyncio.Future[dict[str, Any]]


class AsyncRpcClient:
    """A client of every service, for one event loop. Reconnects by itself."""

    def __init__(self, amqp_url: str, transport: Transport) -> None:
        self._url = amqp_url
        self._outgoing: Outgoing[Answer] = Outgoing(transport)
        self._sending: dict[Lanes[Answer], asyncio.Task[None]] = {}
        self._lane_timers: dict[Lanes[Answer], asyncio.TimerHandle] = {}
        self._channel: AbstractChannel | None = None
        self._reply_to = ""
        self._task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        return self._channel is not None

    async def open(self) -> None:
        self._task = asyncio.create_task(self._stay_connected())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def call(
        self,
        service: str,
        method: str,
        request: wire.Request,
        *,
        timeout: float = wire.TIMEOUT_SECONDS,
    ) -> Any:
        """As `panjareh_common.rpc.client.RpcClient.call`, and with the same refusals."""
        with tracing.call_span(service, method):
            if self._channel is None:
                raise Unavailable()
            loop = asyncio.get_running_loop()
            answer: Answer = loop.create_future()
            call = self._outgoing.add(service, method, request, loop.time() + timeout, answer)
            too_late = loop.call_at(call.deadline, _tell, answer, TooLate())
            try:
                self._send_soon(call.lanes)
                body = await answer
            finally:
                too_late.cancel()
                self._outgoing.forget(call)
            return wire.read_answer(body, service, method)

    def _send_soon(self, lanes: Lanes[Answer]) -> None:
        """Sends what may go; a task sends, so that whoever asks in the same turn rides along."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        ready_at = lanes.ready_at(now)
        if ready_at is None or lanes in self._sending:
            return
        if ready_at <= now:
            self._sending[lanes] = loop.create_task(self._send(lanes))
        elif lanes not in self._lane_timers:
            self._lane_timers[lanes] = loop.call_at(ready_at, self._lane_is_free, lanes)

    def _lane_is_free(self, lanes: Lanes[Answer]) -> None:
        del self._lane_timers[lanes]
        self._send_soon(lanes)

    async def _send(self, lanes: Lanes[Answer]) -> None:
        clock = asyncio.get_running_loop().time
        try:
            while (message := self._outgoing.next_message(lanes, clock())) is not None:
                try:
                    await self._publish(lanes, message)
                except _FAULTS:
                    for call in self._outgoing.fail(message):
                        _tell(call.waiter, Unavailable())
        finally:
            del self._sending[lanes]
        self._send_soon(lanes)

    async def _publish(self, lanes: Lanes[Answer], message: Message[Answer]) -> None:
        if self._channel is None:
            raise ConnectionError
        left = int((message.deadline - asyncio.get_running_loop().time()) * 1000)
        if left <= 0:
            return
        await self._channel.basic_publish(
            message.body,
            exchange=wire.EXCHANGE,
            routing_key=f"{lanes.service}.{lanes.method}",
            wait=False,  # type: ignore[call-arg]  # its abstract class forgets this
            properties=commands.Basic.Properties(
                content_type=wire.CONTENT_TYPE,
                content_encoding="binary",
                delivery_mode=1,
                reply_to=self._reply_to,
                expiration=str(left),
            ),
        )

    async def _stay_connected(self) -> None:
        while True:
            try:
                await self._one_connection()
            except _FAULTS:
                log.warning("broker_away")
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _one_connection(self) -> None:
        connection = await aio_pika.connect(self._url, timeout=3)
        try:
            await self._receive(connection)
        finally:
            self._channel = None
            for call in self._outgoing.fail_all():
                _tell(call.waiter, Unavailable())
            if not connection.is_closed:
                await connection.close()

    async def _receive(self, connection: AbstractConnection) -> None:
        closed = asyncio.Event()
        connection.close_callbacks.add(lambda *_: closed.set())
        opened = await connection.channel(publisher_confirms=False)
        channel = await opened.get_underlay_channel()
        queue = f"rpc.reply-{uuid.uuid4().hex}"
        await channel.queue_declare(queue, exclusive=True, auto_delete=True)
        await channel.basic_consume(queue, self._take, no_ack=True)
        self._reply_to, self._channel = queue, channel
        log.info("broker_connected")
        await closed.wait()

    async def _take(self, message: DeliveredMessage) -> None:
        answered = self._outgoing.take_answers(
            message.header.properties.app_id, message.body, self._reply_to
        )
        for call, answer in answered:
            if not call.waiter.done():
                call.waiter.set_result(answer)
        for lanes in {call.lanes for call, _ in answered}:
            self._send_soon(lanes)


def _tell(answer: Answer, refusal: Exception) -> None:
    if not answer.done():
        answer.set_exception(refusal)
