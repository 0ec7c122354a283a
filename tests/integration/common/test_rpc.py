"""Remote calls over a real broker: answers by name, deadlines, sealed bodies; both clients, one contract."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from kombu import Connection

from panjareh_cli.local.servers import LocalServers
from panjareh_common.messaging.rabbit import TransientPublisher
from panjareh_common.migrations.run import migrate_database
from panjareh_common.refusals import NotSignedIn, RemoteRefusal, TooLate
from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import CallFailed, Request
from tests.integration.common.calling import CLIENTS, Echo


@pytest.fixture(scope="module")
def echo_database_url(servers: LocalServers) -> str:
    url = servers.database_url
    migrate_database(url, "catalog", urlsplit(url).username or "")
    return url


@pytest.fixture(scope="module")
def echo(amqp_url: str, echo_database_url: str) -> Iterator[Echo]:
    service = Echo(amqp_url, echo_database_url)
    service.start()
    yield service
    if service.running():
        assert service.stop() == 0


Ask = Callable[..., Any]


@pytest.fixture(params=CLIENTS)
def ask(request: pytest.FixtureRequest, echo: Echo) -> Iterator[Ask]:
    client = CLIENTS[request.param](echo)
    yield client.call
    client.close()


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


def test_a_result_that_is_no_json_is_a_fault_and_not_the_end_of_the_service(
    ask: Ask, echo: Echo
) -> None:
    with pytest.raises(CallFailed):
        ask("odd", echo.request({"text": "x"}))

    assert ask("echo", echo.request({"text": "still here"})) == {"text": "still here"}


def test_a_method_that_is_not_there_is_a_fault_at_once(ask: Ask, echo: Echo) -> None:
    with pytest.raises(CallFailed):
        ask("nothing_of_that_name", echo.request({"text": "x"}), timeout=60)


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
    publisher = TransientPublisher(amqp_url)
    for method in ("echo", "nothing_of_that_name"):
        publisher.publish(body, exchange="nameko-rpc", routing_key=f"catalog.{method}")

    client = RpcClient(amqp_url, echo.transport).open()
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
    assert echo.running()


def test_a_slow_query_does_not_stop_other_calls(ask: Ask, echo: Echo, amqp_url: str) -> None:
    """The C driver's own wait would freeze the process, heartbeats included (panjareh_common.green)."""
    other = RpcClient(amqp_url, echo.transport).open()
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
