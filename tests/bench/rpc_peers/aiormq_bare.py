"""The limit: ping-pong of raw bytes over aiormq, transient, unconfirmed, unacknowledged."""

from __future__ import annotations

import asyncio
import itertools
import sys

import aiormq
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from tests.bench.rpc_peers import AMQP_URL, QUEUE, drive, ready

_QUEUE = f"{QUEUE}-aiormq"


async def serve() -> None:
    connection = await aiormq.connect(AMQP_URL)
    channel = await connection.channel(publisher_confirms=False)

    async def echo(message: DeliveredMessage) -> None:
        sent = message.header.properties
        properties = Basic.Properties(correlation_id=sent.correlation_id, delivery_mode=1)
        await channel.basic_publish(
            message.body, routing_key=sent.reply_to or "", properties=properties, wait=False
        )

    await channel.queue_declare(_QUEUE, exclusive=True)
    await channel.basic_consume(_QUEUE, echo, no_ack=True)
    ready()
    await asyncio.Event().wait()


async def ask() -> None:
    connection = await aiormq.connect(AMQP_URL)
    channel = await connection.channel(publisher_confirms=False)
    waiting: dict[str, asyncio.Future[bytes]] = {}
    numbers = map(str, itertools.count())

    async def take(message: DeliveredMessage) -> None:
        waiting.pop(message.header.properties.correlation_id or "").set_result(message.body)

    declared = await channel.queue_declare(exclusive=True)
    await channel.basic_consume(declared.queue or "", take, no_ack=True)

    async def call(text: str) -> str:
        number = next(numbers)
        waiting[number] = answer = asyncio.get_running_loop().create_future()
        properties = Basic.Properties(
            correlation_id=number, reply_to=declared.queue, delivery_mode=1
        )
        await channel.basic_publish(
            text.encode(), routing_key=_QUEUE, properties=properties, wait=False
        )
        return (await answer).decode()

    await drive(call)


if __name__ == "__main__":
    asyncio.run(serve() if sys.argv[1] == "serve" else ask())
