"""Runs the echo service for a test and asks it: through either client, or by messages made by hand."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import secrets
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

import amqp
from joserfc import jwk
from kombu import Connection

from panjareh_common.rpc import wire
from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import Request
from panjareh_common.security import ServiceIdentity
from panjareh_common.security.transport import Transport
from panjareh_gateway.calls import AsyncRpcClient

ECHO = Path(__file__).parent / "echo_service.py"
SERVICE = "catalog"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Echo:
    """The echo service in a process of its own, as every service runs."""

    def __init__(self, amqp_url: str, database_url: str) -> None:
        key = jwk.OKPKey.generate_key("Ed25519")
        private = key.as_dict(private=True) | {"kid": "gateway-1"}
        public = [
            key.as_dict(private=False) | {"kid": f"{name}-1"} for name in ("gateway", "identity")
        ]
        self.amqp_url = amqp_url
        self.transport_key = secrets.token_bytes(32)
        self.transport = Transport({SERVICE: self.transport_key})
        self.identity = ServiceIdentity("gateway", private)
        self.people = ServiceIdentity("identity", private | {"kid": "identity-1"})
        self.environment = os.environ | {
            "PANJAREH_AMQP_URL": amqp_url,
            "PANJAREH_CATALOG_DATABASE_URL": database_url,
            "PANJAREH_SERVICE_JWKS": json.dumps({"keys": public}),
            "PANJAREH_CATALOG_SIGNING_KEY": json.dumps(private | {"kid": "catalog-1"}),
            "PANJAREH_CATALOG_SEALING_KEY": base64url(secrets.token_bytes(32)),
            "PANJAREH_CATALOG_TRANSPORT_KEY": base64url(self.transport_key),
        }
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(ECHO), "rpc"],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "ready\n"

    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)

    def request(self, payload: dict[str, Any], language: str = "en") -> Request:
        return Request(payload, self.identity.assertion(purpose="test"), language)

    def text(self, text: str) -> Request:
        return self.request({"text": text})


class Asked(NamedTuple):
    """A call to make."""

    method: str
    request: Request
    timeout: float = wire.TIMEOUT_SECONDS


class Client(Protocol):
    """Either client, asked from a test. `messages` counts the messages of answers that came."""

    messages: int

    def call(self, method: str, request: Request, *, timeout: float = ...) -> Any: ...

    def call_all(self, calls: Sequence[Asked]) -> list[Any]:
        """Calls at the same time; the result of each, or what it raised."""
        ...

    def close(self) -> None: ...


class _CountingRpcClient(RpcClient):
    messages = 0

    def _take(self, message: amqp.Message) -> None:
        self.messages += 1
        super()._take(message)


class _CountingAsyncRpcClient(AsyncRpcClient):
    messages = 0

    async def _take(self, message: Any) -> None:
        self.messages += 1
        await super()._take(message)


class ThreadClient:
    def __init__(self, echo: Echo) -> None:
        self._client = _CountingRpcClient(echo.amqp_url, echo.transport).open()

    @property
    def messages(self) -> int:
        return self._client.messages

    def call(self, method: str, request: Request, *, timeout: float = wire.TIMEOUT_SECONDS) -> Any:
        return self._client.call(SERVICE, method, request, timeout=timeout)

    def call_all(self, calls: Sequence[Asked]) -> list[Any]:
        with ThreadPoolExecutor(max_workers=len(calls)) as pool:
            asking = [
                pool.submit(self.call, asked.method, asked.request, timeout=asked.timeout)
                for asked in calls
            ]
        return [each.exception() or each.result() for each in asking]

    def close(self) -> None:
        self._client.close()


class AsyncioClient:
    """The asyncio client with its loop in a thread, so that tests look the same for both."""

    def __init__(self, echo: Echo) -> None:
        self._client = _CountingAsyncRpcClient(echo.amqp_url, echo.transport)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._run(self._open())

    @property
    def messages(self) -> int:
        return self._client.messages

    def call(self, method: str, request: Request, *, timeout: float = wire.TIMEOUT_SECONDS) -> Any:
        return self._run(self._client.call(SERVICE, method, request, timeout=timeout))

    def call_all(self, calls: Sequence[Asked]) -> list[Any]:
        return list(self._run(self._call_all(calls)))

    def close(self) -> None:
        self._run(self._client.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self) -> None:
        await self._client.open()
        async with asyncio.timeout(10):
            while not self._client.connected:
                await asyncio.sleep(0.01)

    async def _call_all(self, calls: Sequence[Asked]) -> list[Any]:
        return await asyncio.gather(
            *(
                self._client.call(SERVICE, asked.method, asked.request, timeout=asked.timeout)
                for asked in calls
            ),
            return_exceptions=True,
        )


CLIENTS = {"threads": ThreadClient, "asyncio": AsyncioClient}


class Letter(NamedTuple):
    """A message of answers as it came: the answers in it by id, and its AMQP properties."""

    answers: dict[int, dict[str, Any]]
    properties: dict[str, Any]


class ByHand:
    """A caller process that decides itself which calls share a message."""

    def __init__(self, echo: Echo) -> None:
        self._echo = echo
        self._queue = f"test-replies-{uuid.uuid4().hex}"

    def __enter__(self) -> Self:
        self._connection = Connection(self._echo.amqp_url)
        self._channel = self._connection.channel()
        self._channel.queue_declare(self._queue, exclusive=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.release()

    def send(self, method: str, requests: Sequence[Request], *, milliseconds: int = 5000) -> None:
        """One message; its calls are numbered from 0."""
        calls = [wire.write_call(number, each, None) for number, each in enumerate(requests)]
        context = wire.request_context(SERVICE, method)
        self._channel.basic_publish(
            amqp.Message(
                self._echo.transport.seal(SERVICE, wire.join(calls), context),
                content_type=wire.CONTENT_TYPE,
                content_encoding="binary",
                reply_to=self._queue,
                expiration=str(milliseconds),
            ),
            exchange=wire.EXCHANGE,
            routing_key=f"{SERVICE}.{method}",
        )

    def next_letter(self, seconds: float = 10) -> Letter:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            message = self._channel.basic_get(self._queue, no_ack=True)
            if message is not None:
                body = self._echo.transport.open(
                    SERVICE, bytes(message.body), wire.answer_context(self._queue)
                )
                return Letter(dict(wire.read_answers(body)), message.properties)
            time.sleep(0.005)
        raise AssertionError(f"no answer within {seconds} s")

    def answers(self, count: int) -> tuple[dict[int, dict[str, Any]], int]:
        """So many answers, and in how many messages they came."""
        found: dict[int, dict[str, Any]] = {}
        letters = 0
        while len(found) < count:
            found |= self.next_letter().answers
            letters += 1
        return found, letters


class Tap:
    """Sees every message of calls that goes to the service from now on."""

    def __init__(self, echo: Echo) -> None:
        self._echo = echo

    def __enter__(self) -> Self:
        self._connection = Connection(self._echo.amqp_url)
        self._channel = self._connection.channel()
        self._queue = self._channel.queue_declare("", exclusive=True).queue
        self._channel.queue_bind(self._queue, wire.EXCHANGE, f"{SERVICE}.*")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.release()

    def seen(self) -> list[amqp.Message]:
        """What came since the last look. A message is here before its call is answered."""
        messages = []
        while (message := self._channel.basic_get(self._queue, no_ack=True)) is not None:
            messages.append(message)
        return messages
