"""A scanner for harm that speaks as clamd does (clamd(8)): PING, VERSION, INSTREAM. It knows the EICAR test file.

It is what a scanner looks like from outside, for runs on one machine; a real platform has a real clamd.
"""

import asyncio
import logging

from panjareh_sandbox.listener import LOOPBACK, PortTaken

log = logging.getLogger(__name__)

# Put together here, so that scanners of others do not stop at this file (https://www.eicar.org).
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
_NAME = "Eicar-Test-Signature"
MOST_BYTES = 25 * 1024 * 1024
"""Of one stream, as clamd's StreamMaxLength; what is larger is refused."""
_LONGEST_COMMAND = 1024
_SECONDS = 30


class Unspeakable(Exception):
    """What came is nothing that clamd takes."""


class ScannerDoor:
    """Listens on one port, from `open` to `close`. One command a connection."""

    def __init__(self, port: int, host: str = LOOPBACK) -> None:
        self.port = port
        self._host = host
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        try:
            self._server = await asyncio.start_server(self._serve, self._host, self.port)
        except OSError as fault:
            raise PortTaken(self.port) from fault

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                end, command = await _command(reader)
                writer.write(await _answer(command, reader) + end)
                await writer.drain()
        except (OSError, EOFError, TimeoutError, Unspeakable):
            log.info("a caller of the scanner went away or made no sense")
        finally:
            writer.close()


async def _command(reader: asyncio.StreamReader) -> tuple[bytes, str]:
    """How the caller ends lines, and what it wants. Raises Unspeakable."""
    mark = await reader.readexactly(1)
    end = {b"z": b"\0", b"n": b"\n"}.get(mark)
    if end is None:
        line = mark + await reader.readline()
        return b"\n", line.decode("ascii", "replace").strip()
    try:
        line = await reader.readuntil(end)
    except asyncio.LimitOverrunError as cause:
        raise Unspeakable from cause
    if len(line) > _LONGEST_COMMAND:
        raise Unspeakable
    return end, line[:-1].decode("ascii", "replace")


async def _answer(command: str, reader: asyncio.StreamReader) -> bytes:
    if command == "PING":
        return b"PONG"
    if command == "VERSION":
        return b"Panjareh sandbox scanner"
    if command == "INSTREAM":
        return await _scanned(reader)
    return b"UNKNOWN COMMAND"


async def _scanned(reader: asyncio.StreamReader) -> bytes:
    """Looks at each chunk, and at where two meet; keeps no file."""
    total, tail, found = 0, b"", False
    while length := int.from_bytes(await reader.readexactly(4), "big"):
        total += length
        if total > MOST_BYTES:
            return b"INSTREAM size limit exceeded. ERROR"
        seen = tail + await reader.readexactly(length)
        found = found or EICAR in seen
        tail = seen[-(len(EICAR) - 1) :]
    return f"stream: {_NAME} FOUND".encode() if found else b"stream: OK"
