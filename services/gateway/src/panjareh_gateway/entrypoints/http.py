"""The http process of the gateway."""

from __future__ import annotations

import asyncio
import socket

import uvicorn

from panjareh_common import settings as names
from panjareh_common.health import HEALTH, Check
from panjareh_common.process import ready
from panjareh_common.security import ServiceIdentity
from panjareh_common.security.transport import Transport
from panjareh_common.settings import SERVICES, Settings
from panjareh_gateway.app import make_app
from panjareh_gateway.calls import AsyncRpcClient

_GRACE_SECONDS = 10


class _Server(uvicorn.Server):
    """uvicorn, which says `ready` once its port is open, and in the process's health that it turns."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            ready()

    async def on_tick(self, counter: int) -> bool:
        HEALTH.beat("event loop")
        return await super().on_tick(counter)


def reached_once(calls: AsyncRpcClient) -> Check:
    """Not ready before the broker was reached, so that a rollout waits for it; ready from then on.

    In an outage all gateways lose the broker at once. Taken out of service they would leave visitors to
    a load balancer with nobody behind it, instead of to a page that says in their language what is wrong.
    """
    reached = False

    def look() -> str | None:
        nonlocal reached
        reached = reached or calls.connected
        return None if reached else "away"

    return look


def main(arguments: list[str]) -> None:
    signing = names.signing_key("gateway")
    transports = {service: names.transport_key(service) for service in SERVICES}
    settings = Settings(
        names.AMQP_URL, names.HTTP_HOST, names.HTTP_PORT, signing, *transports.values()
    )
    transport = Transport({service: settings[key] for service, key in transports.items()})
    calls = AsyncRpcClient(settings[names.AMQP_URL], transport)
    HEALTH.check("broker", reached_once(calls))
    app = make_app(calls, ServiceIdentity("gateway", settings[signing]))
    config = uvicorn.Config(
        app,
        host=settings[names.HTTP_HOST],
        port=settings[names.HTTP_PORT],
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    asyncio.run(_Server(config).serve())
