"""Proxies between a client and its server that count what really passes, whatever the client believes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

from pamqp import commands, frame
from pamqp.exceptions import UnmarshalingException
from pamqp.header import ContentHeader

_LOOPBACK = "127.0.0.1"
_CHUNK = 1 << 16


class Wire(Protocol):
    """What one connection lets through, in the order in which it passes."""

    def from_client(self, data: bytes) -> None: ...
    def from_server(self, data: bytes) -> None: ...


W = TypeVar("W", bound=Wire)


class Turns:
    """Round trips: how often the client spoke after it had heard the server. One for each connection."""

    def __init__(self) -> None:
        self.count = 0
        self._heard = True

    def from_client(self, data: bytes) -> None:
        if self._heard:
            self.count += 1
        self._heard = False

    def from_server(self, data: bytes) -> None:
        self._heard = True


@dataclass(frozen=True)
class Published:
    """One message as its publisher sent it."""

    exchange: str
    routing_key: str
    delivery_mode: int | None
    reply_to: str | None


@dataclass
class Publishes:
    """Every message that one AMQP connection's client publishes."""

    messages: list[Published] = field(default_factory=list)
    _left: bytes = b""
    _begun: dict[int, commands.Basic.Publish] = field(default_factory=dict)

    def from_client(self, data: bytes) -> None:
        self._left += data
        while self._left:
            try:
                size, channel, part = frame.unmarshal(self._left)
            except UnmarshalingException:
                return  # the rest of the frame is still to come
            self._left = self._left[size:]
            if isinstance(part, commands.Basic.Publish):
                self._begun[channel] = part
            elif isinstance(part, ContentHeader):
                publish, sent = self._begun.pop(channel), part.properties
                self.messages.append(
                    Published(
                        publish.exchange,
                        publish.routing_key,
                        sent.delivery_mode,
                        sent.reply_to,
                    )
                )

    def from_server(self, data: bytes) -> None:
        return


class Proxy(Generic[W]):
    """Hands every connection on to the server that a URL names, each past a Wire of its own."""

    def __init__(self, url: str, wire: type[W]) -> None:
        parts = urlsplit(url)
        self._server = (parts.hostname or _LOOPBACK, parts.port or 0)
        self._wire = wire
        self._door = socket.create_server((_LOOPBACK, 0))
        self._sockets: list[socket.socket] = [self._door]
        self.wires: list[W] = []
        user = parts.netloc.rpartition("@")[0]
        netloc = f"{user}@{_LOOPBACK}:{self._door.getsockname()[1]}"
        self.url = urlunsplit(parts._replace(netloc=netloc))
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for end in self._sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the door was closed
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(self._server)
                wire = self._wire()
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._sockets.append(end)
                self.wires.append(wire)
                for source, sink, pass_by in (
                    (client, server, wire.from_client),
                    (server, client, wire.from_server),
                ):
                    threading.Thread(
                        target=_pump, args=(source, sink, pass_by), daemon=True
                    ).start()


def _pump(source: socket.socket, sink: socket.socket, pass_by: Callable[[bytes], None]) -> None:
    with suppress(OSError):
        while data := source.recv(_CHUNK):
            pass_by(data)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def proxy(url: str, wire: type[W]) -> Iterator[Proxy[W]]:
    """A proxy before the server at `url`; its own `url` has everything else of it."""
    door = Proxy(url, wire)
    try:
        yield door
    finally:
        door.close()
