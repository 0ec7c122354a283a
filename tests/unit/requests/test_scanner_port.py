"""The scanner's port: clear answers only, over the protocol of clamd, whatever stands at the other end."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from panjareh_common.refusals import Unavailable
from panjareh_requests.adapters.clamd import ClamdScanner
from panjareh_sandbox import scanner as sandbox
from panjareh_sandbox.scanner import EICAR, ScannerDoor


@contextmanager
def answering(say: Callable[[socket.socket], None], path: Path | None = None) -> Iterator[str]:
    """A server that does `say` with one caller."""
    family = socket.AF_UNIX if path else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.bind(str(path) if path else ("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            caller, _ = listener.accept()
            with caller:
                say(caller)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"unix://{path}" if path else f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(5)


def read_all(caller: socket.socket) -> bytes:
    """What comes, up to the chunk of no length."""
    came = b""
    while not came.endswith(bytes(4)) and (part := caller.recv(65536)):
        came += part
    return came


def scan(url: str, *chunks: bytes, seconds: float = 2) -> str | None:
    return ClamdScanner(url, seconds).scan(iter(chunks))


def test_a_file_goes_as_clamd_takes_it() -> None:
    came: list[bytes] = []

    def say(caller: socket.socket) -> None:
        came.append(read_all(caller))
        caller.sendall(b"stream: OK\0")

    with answering(say) as url:
        assert scan(url, b"abc", b"", b"de") is None

    assert came == [b"zINSTREAM\0\0\0\0\x03abc\0\0\0\x02de\0\0\0\0"]


def test_a_socket_of_this_machine_will_do(tmp_path: Path) -> None:
    def say(caller: socket.socket) -> None:
        read_all(caller)
        caller.sendall(b"stream: Win.Test.EICAR_HDB-1 FOUND\0")

    with answering(say, tmp_path / "clamd.sock") as url:
        assert scan(url, b"abc") == "Win.Test.EICAR_HDB-1"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"stream: ",
        b"OK\0",
        b"stream: OK and more\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"stream: Can't allocate memory ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\xff" * 10_000,
    ],
)
def test_whatever_is_no_clear_answer_is_none(answer: bytes) -> None:
    def say(caller: socket.socket) -> None:
        read_all(caller)
        caller.sendall(answer)

    with answering(say) as url, pytest.raises(Unavailable):
        scan(url, b"abc")


def test_a_scanner_that_closes_early_is_heard() -> None:
    def say(caller: socket.socket) -> None:
        caller.recv(100)
        caller.sendall(b"INSTREAM size limit exceeded. ERROR\0")

    with answering(say) as url, pytest.raises(Unavailable):
        scan(url, *[bytes(65_536)] * 200)


def test_a_scanner_that_says_nothing_is_not_waited_for_for_ever() -> None:
    told = threading.Event()

    with answering(lambda caller: told.wait(5) and None) as url:
        with pytest.raises(Unavailable):
            scan(url, b"abc", seconds=0.2)
        told.set()


def test_a_scanner_that_is_away_is_said_to_be() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unavailable):
        scan(f"tcp://127.0.0.1:{port}", b"abc")
    with pytest.raises(Unavailable):
        scan("unix:///nowhere/clamd.sock", b"abc")


# The sandbox's own, over the same protocol


async def _with_door(speak: Callable[[int], object]) -> object:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    door = ScannerDoor(port)
    await door.open()
    try:
        return await asyncio.to_thread(speak, port)
    finally:
        await door.close()


def speak(port: int, *sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        for part in sent:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        came = b""
        while part := connection.recv(4096):
            came += part
    return came


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        ([b"zPING\0"], b"PONG\0"),
        ([b"nPING\n"], b"PONG\n"),
        ([b"PING\n"], b"PONG\n"),
        ([b"zVERSION\0"], b"Panjareh sandbox scanner\0"),
        ([b"zSHUTDOWN\0"], b"UNKNOWN COMMAND\0"),
        ([b"zINSTREAM\0", bytes(4)], b"stream: OK\0"),
        ([b"nINSTREAM\n", b"\0\0\0\x01", b"x", bytes(4)], b"stream: OK\n"),
        ([b"zINSTREAM\0", b"\0\0\0\x09abc"], b""),  # goes away in the middle
        ([b"z" + b"x" * 2000 + b"\0"], b""),
        ([b""], b""),
    ],
)
def test_the_sandboxs_scanner_speaks_as_clamd(sent: list[bytes], answer: bytes) -> None:
    assert asyncio.run(_with_door(lambda port: speak(port, *sent))) == answer


@pytest.mark.parametrize("cut", [0, 1, 34, 67, 68])
def test_it_finds_the_test_file_wherever_chunks_meet(cut: int) -> None:
    chunks = [b"before" + EICAR[:cut], EICAR[cut:] + b"after"]

    found = asyncio.run(_with_door(lambda port: scan(f"tcp://127.0.0.1:{port}", *chunks)))

    assert found == "Eicar-Test-Signature"


def test_what_is_nearly_the_test_file_is_clean() -> None:
    chunks = [EICAR[:-1], b"?", EICAR[1:]]

    assert asyncio.run(_with_door(lambda port: scan(f"tcp://127.0.0.1:{port}", *chunks))) is None


def test_a_stream_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "MOST_BYTES", 1000)

    def ask(port: int) -> None:
        with pytest.raises(Unavailable):
            scan(f"tcp://127.0.0.1:{port}", *[bytes(400)] * 3)

    asyncio.run(_with_door(ask))


def test_the_test_file_is_the_one_that_everybody_knows() -> None:
    assert len(EICAR) == 68
    assert EICAR.startswith(b"X5O!P%@AP[4")
