"""Hears live which requests have moved and which sessions have ended, on a queue of this process alone."""

from __future__ import annotations

import asyncio
import uuid

import aio_pika
import aiormq
import structlog
from aio_pika.abc import AbstractIncomingMessage

from panjareh_common.messaging.message import Message
from panjareh_common.messaging.topology import EVENTS, LIVE, REQUEST_MOVED, SESSION_ENDED
from panjareh_gateway.live.streams import Streams

log = structlog.get_logger(__name__)

_RECONNECT_SECONDS = 0.5
_FAULTS = (aiormq.exceptions.AMQPError, aiormq.exceptions.ChannelInvalidStateError, OSError)


class Hearing:
    """From `open` to `close`. Whenever it hears again after it did not, every stream is told to look."""

    def __init__(self, amqp_url: str, streams: Streams) -> None:
        self._url = amqp_url
        self._streams = streams
        self._task: asyncio.Task[None] | None = None
        self.hears = asyncio.Event()

    async def open(self) -> None:
        self._task = asyncio.create_task(self._stay_connected())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _stay_connected(self) -> None:
        while True:
            try:
                await self._one_connection()
            except _FAULTS:
                log.warning("live_waits_for_broker")
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _one_connection(self) -> None:
        connection = await aio_pika.connect(self._url, timeout=3)
        try:
            closed = asyncio.Event()
            connection.close_callbacks.add(lambda *_: closed.set())
            channel = await connection.channel()
            channel.close_callbacks.add(lambda *_: closed.set())
            name = f"live.{uuid.uuid4().hex}"
            queue = await channel.declare_queue(
                name, exclusive=True, auto_delete=True, durable=False
            )
            await queue.bind(LIVE.name)
            await queue.bind(EVENTS.name, SESSION_ENDED)
            await queue.consume(self._take, no_ack=True)
            self.hears.set()
            self._streams.something_missed()
            await closed.wait()
        finally:
            self.hears.clear()
            if not connection.is_closed:
                await connection.close()

    async def _take(self, delivered: AbstractIncomingMessage) -> None:
        try:
            message = Message.from_body(delivered.body)
            if message.type == REQUEST_MOVED:
                self._streams.moved(message.subject, message.sequence)
            elif message.type == SESSION_ENDED:
                self._streams.session_ended(message.data["session"])
        except (ValueError, KeyError, TypeError):
            log.exception("broadcast_not_digested")
