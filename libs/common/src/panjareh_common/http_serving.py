"""An ASGI application as the `http` process of a service: uvicorn, health and the line `ready`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import uvicorn

from panjareh_common.health import HEALTH
from panjareh_common.process import ready

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


def serve_http(app: Any, host: str, port: int, trusted_proxies: Sequence[str] = ()) -> None:
    """Serves until the process is told to stop, then ends what is in flight.

    The client of a request is who connected, or whom a trusted proxy says it was (TRUSTED_PROXIES).
    What stands in an address is not logged: it may hold a code or a state.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    asyncio.run(_Server(config).serve())
