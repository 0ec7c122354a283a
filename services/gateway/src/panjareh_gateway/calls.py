"""Calls the services from asyncio: one connection, one reply queue, one deadline a call.

The wire is that of `panjareh_common.rpc`; the thread client there and this one pass the same tests.
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

from panjareh_common import telemetry
from panjareh_common.refusals import TooLate, Unavailable
from panjareh_common.rpc import wire
from panjareh_common.security.transport import Transport

log = structlog.get_logger(__name__)

_RECONNECT_SECONDS = 0.2
_FAULTS = (
    aiormq.exceptions.AMQPError,
    aiormq.exceptions.ChannelInvalidStateError,
    OSError,
)


class AsyncRpcClient:
    """A client of every service, for one event loop. Reconnects by itself."""

    def __init__(self, amqp_url: str, transport: Transport) -> None:
        self._url = amqp_url
        self._transport = transport
        self._waiting: dict[str, asyncio.Future[bytes]] = {}
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
        with telemetry.call_span(service, method):
            channel = self._channel
            if channel is None:
                raise Unavailable()
            correlation_id = uuid.uuid4().hex
            answer = self._waiting[correlation_id] = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(timeout):
                    await channel.basic_publish(
                        self._transport.seal(
                            service, request.to_body(), wire.request_context(service, method)
                        ),
                        exchange=wire.EXCHANGE,
                        routing_key=f"{service}.{method}",
                        wait=False,  # type: ignore[call-arg]  # its abstract class forgets this
                        properties=commands.Basic.Properties(
                            content_type=wire.CONTENT_TYPE,
                            content_encoding="binary",
                            delivery_mode=1,
                            correlation_id=correlation_id,
                            reply_to=self._reply_to,
                            expiration=str(int(timeout * 1000)),
                            headers=dict(telemetry.inject()),
                        ),
                    )
                    sealed = await answer
            except TimeoutError as cause:
                raise TooLate() from cause
            except _FAULTS as cause:
                raise Unavailable() from cause
            finally:
                self._waiting.pop(correlation_id, None)
            body = self._transport.open(service, sealed, wire.answer_context(correlation_id))
            return wire.read_answer(body, service, method)

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
            waiting, self._waiting = self._waiting, {}
            for answer in waiting.values():
                if not answer.done():
                    answer.set_exception(ConnectionError("the broker went away"))
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
        answer = self._waiting.get(message.header.properties.correlation_id or "")
        if answer is not None and not answer.done():
            answer.set_result(message.body)
