"""Remote calls over a real broker: answers by name, deadlines, sealed bodies; both clients, one contract."""

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
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from joserfc import jwk
from kombu import Connection

from panjareh_cli.local.servers import LocalServers
from panjareh_common.messaging.rabbit import TransientPublisher
from panjareh_common.migrations.run import migrate_database
from panjareh_common.refusals import NotSignedIn, RemoteRefusal, TooLate
from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import CallFailed, Request
from panjareh_common.security import ServiceIdentity
from panjareh_common.security.transport import Transport
from panjareh_gateway.calls import AsyncRpcClient

ECHO = Path(__file__).parent / "echo_service.py"


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Echo:
    """The echo service in a process of its own, as every service runs."""

    def __init__(self, amqp_url: str, database_url: str) -> None:
        key = jwk.OKPKey.generate_key("Ed25519")
        private = key.as_dict(private=True) | {"kid": "gateway-1"}
        public = key.as_dict(private=False) | {"kid": "gateway-1"}
        self.transport_key = secrets.token_bytes(32)
        self.identity = ServiceIdentity("gateway", private)
        self.environment = os.environ | {
            "PANJAREH_AMQP_URL": amqp_url,
            "PANJAREH_CATALOG_DATABASE_URL": database_url,
            "PANJAREH_SERVICE_JWKS": json.dumps({"keys": [public]}),
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

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(20)

    def request(self, payload: dict[str, Any], language: str = "en") -> Request:
        return Request(payload, self.identity.assertion(purpose="test"), language)


@pytest.fixture(scope="module")
def echo_database_url(servers: LocalServers) -> str:
    url = servers.database_url
    migrate_database(url, "common", urlsplit(url).username or "")
    return url


@pytest.fixture(scope="module")
def echo(amqp_url: str, echo_database_url: str) -> Iterator[Echo]:
    service = Echo(amqp_url, echo_database_url)
    service.start()
    yield service
    if service.process is not None and service.process.poll() is None:
        assert service.stop() == 0


Ask = Callable[..., Any]


@pytest.fixture(params=["threads", "asyncio"])
def ask(request: pytest.FixtureRequest, echo: Echo, amqp_url: str) -> Iterator[Ask]:
    transport = Transport({"catalog": echo.transport_key})
    if request.param == "threads":
        client = RpcClient(amqp_url, transport).open()
        yield lambda *args, **kwargs: client.call("catalog", *args, **kwargs)
        client.close()
        return

    loop = asyncio.new_event_loop()
    waiting = AsyncRpcClient(amqp_url, transport)
    loop.run_until_complete(waiting.open())

    async def connected() -> None:
        while not waiting.connected:
            await asyncio.sleep(0.01)

    loop.run_until_complete(asyncio.wait_for(connected(), 10))
    yield lambda *args, **kwargs: loop.run_until_complete(waiting.call("catalog", *args, **kwargs))
    loop.run_until_complete(waiting.close())
    loop.close()


def test_an_answer_comes_back(ask: Ask, echo: Echo) -> None:
    assert ask("echo", echo.request({"text": "سلام"})) == {"text": "سلام"}


def test_a_refusal_comes_back_by_name_and_in_the_callers_language(ask: Ask, echo: Echo) -> None:
    with pytest.raises(RemoteRefusal) as refusal:
        ask("refuse", echo.request({"text": "x"}))

    assert refusal.value.code == "not_allowed"
    assert str(refusal.value) == "Your role does not allow this."


def test_what_does_not_fit_is_named_point_by_point(ask: Ask, echo: Echo) -> None:
    with pytest.raises(Exception) as invalid:
        ask("echo", echo.request({"txet": "x"}))

    errors = invalid.value.errors  # type: ignore[attr-defined]
    assert {error["pointer"] for error in errors} == {"/txet", "/text"}


def test_a_fault_is_told_without_its_inside(ask: Ask, echo: Echo) -> None:
    with pytest.raises(CallFailed) as failed:
        ask("fail", echo.request({"text": "canary-55"}))

    assert "canary-55" not in str(failed.value)


def test_a_call_without_a_token_is_refused(ask: Ask, echo: Echo) -> None:
    with pytest.raises(RemoteRefusal) as refusal:
        ask("echo", Request({"text": "x"}))

    assert refusal.value.code == NotSignedIn.code


def test_a_caller_who_is_not_listed_is_refused(ask: Ask, echo: Echo) -> None:
    with pytest.raises(RemoteRefusal) as refusal:
        ask("for_requests_only", echo.request({"text": "x"}))

    assert refusal.value.code == "not_allowed"


def test_a_slow_answer_ends_at_the_deadline(ask: Ask, echo: Echo) -> None:
    started = time.monotonic()

    with pytest.raises(TooLate):
        ask("slow", echo.request({"text": "x"}), timeout=0.3)

    assert time.monotonic() - started < 3


def test_a_call_whose_deadline_has_passed_is_never_done(
    ask: Ask, echo: Echo, tmp_path: Path
) -> None:
    assert echo.stop() == 0
    mark = tmp_path / "done"
    with pytest.raises(TooLate):
        ask("touch", echo.request({"text": str(mark)}), timeout=0.3)

    echo.start()
    assert ask("echo", echo.request({"text": "after"})) == {"text": "after"}

    assert not mark.exists()


def lost(ask: Ask, request: Request) -> None:
    with pytest.raises(TooLate):
        ask("echo", request, timeout=1)


def test_no_body_travels_in_the_clear(ask: Ask, echo: Echo, amqp_url: str) -> None:
    assert echo.stop() == 0
    with Connection(amqp_url) as connection:
        channel = connection.channel()
        channel.queue_declare("spy", exclusive=True)
        channel.queue_bind("spy", "nameko-rpc", "catalog.*")
        call = threading.Thread(target=lost, args=(ask, echo.request({"text": "canary-31"})))
        call.start()
        message = None
        while message is None and call.is_alive():
            message = channel.basic_get("spy")
        call.join()
    echo.start()

    assert message is not None
    assert b"canary-31" not in bytes(message.body)
    assert "canary-31" not in str(message.properties)


@pytest.mark.parametrize("body", [b"", b"junk", b"\0" * 40])
def test_junk_in_the_queue_does_not_harm_the_service(
    echo: Echo, amqp_url: str, body: bytes
) -> None:
    transport = Transport({"catalog": echo.transport_key})
    publisher = TransientPublisher(amqp_url)
    for method in ("echo", "nothing_of_that_name"):
        publisher.publish(body, exchange="nameko-rpc", routing_key=f"catalog.{method}")

    client = RpcClient(amqp_url, transport).open()
    answer = client.call("catalog", "echo", echo.request({"text": "still here"}))
    client.close()
    publisher.close()

    assert answer == {"text": "still here"}


def test_a_broker_restart_neither_kills_the_service_nor_hangs_a_caller(
    ask: Ask, echo: Echo, servers: LocalServers
) -> None:
    assert ask("echo", echo.request({"text": "before"})) == {"text": "before"}

    servers.private_broker().restart()

    answered, deadline = None, time.monotonic() + 30
    while answered is None and time.monotonic() < deadline:
        try:
            answered = ask("echo", echo.request({"text": "after"}), timeout=1)
        except (TooLate, RemoteRefusal, Exception) as refusal:
            assert getattr(refusal, "code", None) in {"unavailable", "deadline_passed"}
    assert answered == {"text": "after"}
    assert echo.process is not None
    assert echo.process.poll() is None


def test_a_slow_query_does_not_stop_other_calls(ask: Ask, echo: Echo, amqp_url: str) -> None:
    """The C driver's own wait would freeze the process, heartbeats included (panjareh_common.green)."""
    transport = Transport({"catalog": echo.transport_key})
    other = RpcClient(amqp_url, transport).open()
    started = time.monotonic()
    slow = threading.Thread(
        target=other.call, args=("catalog", "query_slowly", echo.request({"text": "x"}))
    )
    slow.start()
    ask("echo", echo.request({"text": "x"}))
    took = time.monotonic() - started
    slow.join()
    other.close()

    assert took < 1.5
