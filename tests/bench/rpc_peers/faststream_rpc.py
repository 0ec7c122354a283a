"""FastStream: a RabbitMQ subscriber, and `broker.request`, as its documentation shows RPC.

Without publisher confirms, which nobody here waits for and which would slow it down.
"""

from __future__ import annotations

import asyncio
import sys

from faststream import FastStream
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue

from tests.bench.rpc_peers import AMQP_URL, QUEUE, drive, ready

broker = RabbitBroker(AMQP_URL, default_channel=Channel(publisher_confirms=False), logger=None)
_QUEUE = RabbitQueue(f"{QUEUE}-faststream", auto_delete=True)


async def serve() -> None:
    @broker.subscriber(_QUEUE)
    async def echo(text: str) -> str:
        return text

    app = FastStream(broker, logger=None)
    app.after_startup(ready)
    await app.run()


async def ask() -> None:
    await broker.connect()

    async def call(text: str) -> object:
        answer = await broker.request(text, queue=_QUEUE, timeout=30)
        return await answer.decode()

    await drive(call)


if __name__ == "__main__":
    asyncio.run(serve() if sys.argv[1] == "serve" else ask())
