"""The Scanner port: clamd, or what speaks its protocol (clamd(8), INSTREAM).

A file goes as chunks, each with its length before it (four bytes, network order), and a chunk of no length at the
end. The answer is one line that ends with a zero: `stream: OK`, `stream: <name> FOUND`, or `<words> ERROR`.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import structlog

from panjareh_common.refusals import Unavailable

log = structlog.get_logger(__name__)

_SECONDS = 20.0  # below the hold of a wait that has come due
_MOST_ANSWER = 4096


class ClamdScanner:
    """`url` is `tcp://host:port` or `unix:///path`."""

    def __init__(self, url: str, seconds: float = _SECONDS) -> None:
        self._url = urlsplit(url)
        self._seconds = seconds

    def scan(self, content: Iterator[bytes]) -> str | None:
        """The name of what was found; None: nothing. Raises Unavailable when there is no clear answer."""
        try:
            with self._connect() as connection:
                answer = self._ask(connection, content)
        except OSError as cause:
            log.warning("scanner_away", because=type(cause).__name__)
            raise Unavailable() from cause
        if answer == "stream: OK":
            return None
        if answer.startswith("stream: ") and answer.endswith(" FOUND"):
            return answer.removeprefix("stream: ").removesuffix(" FOUND")
        log.error("scanner_cannot_tell", answer=answer[:200])
        raise Unavailable()

    def _connect(self) -> socket.socket:
        if self._url.scheme == "tcp":
            return socket.create_connection((self._url.hostname, self._url.port), self._seconds)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(self._seconds)
        try:
            connection.connect(self._url.path)
        except OSError:
            connection.close()
            raise
        return connection

    @staticmethod
    def _ask(connection: socket.socket, content: Iterator[bytes]) -> str:
        try:
            connection.sendall(b"zINSTREAM\0")
            for chunk in content:
                if chunk:  # one of no length would be the end
                    connection.sendall(len(chunk).to_bytes(4, "big") + chunk)
            connection.sendall(bytes(4))
        except (BrokenPipeError, ConnectionResetError):
            # It has said why and closed: too large, for example. What it said is still to be read.
            log.warning("scanner_closed_early")
        answer = bytearray()
        while not answer.endswith(b"\0") and len(answer) < _MOST_ANSWER:
            part = connection.recv(_MOST_ANSWER)
            if not part:
                break
            answer += part
        return answer.rstrip(b"\0").decode("utf-8", "replace").strip()
