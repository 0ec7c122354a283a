"""A listening port that can be closed and opened again while the program runs."""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from starlette.applications import Starlette

LOOPBACK = "127.0.0.1"

_GRACE_SECONDS = 5


class PortTaken(Exception):
    """Another program listens where we should."""

    def __init__(self, port: int) -> None:
        super().__init__(f"Port {port} is in use by another program. Free it or choose another.")
        self.port = port


class _Server(uvicorn.Server):
    """uvicorn with two changes: signals are left to the program, and starting can be awaited."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_up = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield  # several servers share this process; each catching SIGTERM would stop only itself

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.is_up.set()


class Listener:
    """Serves one application on one port of `host`; open and close may be repeated."""

    def __init__(self, app: Starlette, port: int, host: str = LOOPBACK) -> None:
        self.port = port
        self._host = host
        self._app = app
        self._turn = asyncio.Lock()
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def listening(self) -> bool:
        return self._server is not None

    async def open(self) -> None:
        async with self._turn:
            if self._server is not None:
                return
            bound = self._bind()
            server = _Server(
                uvicorn.Config(
                    self._app,
                    lifespan="off",
                    log_config=None,
                    access_log=False,
                    server_header=False,
                    timeout_graceful_shutdown=_GRACE_SECONDS,
                )
            )
            self._serving = asyncio.create_task(server.serve(sockets=[bound]))
            await server.is_up.wait()
            self._server = server

    async def close(self) -> None:
        """Finishes what is in flight; on return nobody can connect."""
        async with self._turn:
            if self._server is None or self._serving is None:
                return
            self._server.should_exit = True
            await self._serving
            self._server = self._serving = None

    def _bind(self) -> socket.socket:
        # asyncio turns Nagle's delay (40 ms an answer) off only where TCP is named
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # or a port just closed could not be opened again for a minute
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((self._host, self.port))
            bound.listen()
        except OSError as fault:
            bound.close()
            raise PortTaken(self.port) from fault
        return bound
