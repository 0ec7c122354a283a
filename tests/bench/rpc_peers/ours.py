"""Ours: the real server and the gateway's client, sealed bodies, a person's token checked at every call.

`drive` calls an ordinary method, whose calls ride together in messages; `drive many` one that takes
all calls of a message at once; `drive alone` the ordinary one with a message for each call.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from typing import Any

if sys.argv[1] == "serve":
    from panjareh_common import green  # noqa: F401  # first, as in every Nameko process

from marshmallow import RAISE, Schema, fields

from panjareh_common import settings as names
from panjareh_common.rpc.wire import Request
from panjareh_common.security import CallerKind
from panjareh_common.security.transport import Transport
from tests.bench.rpc_peers import AMQP_URL, drive

SERVICE = "catalog"  # any that has keys


class Text(Schema):
    class Meta:
        unknown = RAISE

    text = fields.String(required=True)


def serve() -> None:
    from panjareh_common.foundation import lay
    from panjareh_common.messaging.rabbit import connect
    from panjareh_common.messaging.topology import declare
    from panjareh_common.rpc.runner import EveryService
    from panjareh_common.rpc.runner import serve as run
    from panjareh_common.rpc.server import Call, rpc

    class EchoService(EveryService):
        name = SERVICE

        @rpc(Text, gives=Text, callers={CallerKind.PERSON})
        def echo(self, command: dict[str, Any], call: Call) -> Any:
            return command

        @rpc(Text, gives=Text, callers={CallerKind.PERSON}, many=True)
        def echo_many(self, calls: list[tuple[dict[str, Any], Call]]) -> list[Any]:
            return [command for command, _ in calls]

    foundation = lay(SERVICE)
    with connect(foundation.amqp_url) as connection:
        declare(connection, SERVICE, ())
    run(EchoService, foundation, {"foundation": foundation}, {})


async def ask(how: str) -> None:
    from panjareh_common.rpc import outgoing, wire
    from panjareh_gateway.calls import AsyncRpcClient

    if how == "alone":
        wire.MOST_ITEMS, outgoing.LANES = 1, 1_000
    method = "echo_many" if how == "many" else "echo"
    key = os.environ[names.transport_key(SERVICE).name]
    transport = Transport({SERVICE: base64.urlsafe_b64decode(key + "=")})
    client = AsyncRpcClient(AMQP_URL, transport)
    await client.open()
    while not client.connected:
        await asyncio.sleep(0.01)
    token = os.environ["PERSON_TOKEN"]

    async def call(text: str) -> object:
        answer = await client.call(SERVICE, method, Request({"text": text}, token), timeout=30)
        return answer["text"]

    await drive(call)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve()
    else:
        asyncio.run(ask("".join(sys.argv[2:])))
