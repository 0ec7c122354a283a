"""Who starts waits for a server that is not there yet or is still starting, and for no other."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from structlog.testing import capture_logs

from panjareh_common.database import wait_for_database

# PostgreSQL's protocol, "Message Formats": ErrorResponse and AuthenticationOk.
AUTHENTICATED = b"R" + struct.pack("!ii", 8, 0)


def error(fields: bytes) -> bytes:
    return b"E" + struct.pack("!i", len(fields) + 4) + fields


STARTING = error(b"SFATAL\0C57P03\0Mthe database system is starting up\0\0")
REFUSES = error(b"SFATAL\0C28P01\0Mpassword authentication failed\0\0")

# One connection after the other is given the next answer; then the port is closed.
SERVER = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as door:
    for answer in sys.argv[2:]:
        connection, _ = door.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(bytes.fromhex(answer))
"""

Serve = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def port() -> int:
    """Nobody listens on it."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        found: int = door.getsockname()[1]
        return found


@pytest.fixture
def url(port: int) -> str:
    return f"postgresql://u:p@127.0.0.1:{port}/d?sslmode=disable&gssencmode=disable"


@pytest.fixture
def serve(port: int) -> Iterator[Serve]:
    """Starts a server on the port: a process, because the driver's ping lets no other thread run."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*answers: bytes) -> subprocess.Popen[bytes]:
        told = [answer.hex() for answer in answers]
        started.append(subprocess.Popen([sys.executable, "-c", SERVER, str(port), *told]))
        return started[-1]

    yield start
    for server in started:
        server.kill()
        server.wait()


@pytest.mark.timeout(60)
def test_a_server_that_comes_up_is_waited_for_and_that_is_said(url: str, serve: Serve) -> None:
    server = serve(STARTING, STARTING, AUTHENTICATED)

    with capture_logs() as logs:
        wait_for_database(url)

    assert server.wait(10) == 0, "it was asked until it took us, and not more often"
    assert [entry["awaited"] for entry in logs] == ["the database"]


@pytest.mark.timeout(60)
def test_a_server_that_refuses_us_is_there(url: str, serve: Serve) -> None:
    server = serve(REFUSES)

    wait_for_database(url)

    assert server.wait(10) == 0
