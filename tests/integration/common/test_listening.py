"""Listeners on a real broker: each message once, poison aside, nothing lost to an outage."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from panjareh_cli.local.servers import LocalServers
from panjareh_common.messaging import Message
from panjareh_common.messaging.live import LiveListener
from panjareh_common.migrations.run import migrate_database
from panjareh_common.rpc.client import RpcClient
from panjareh_common.security.transport import Transport
from tests.integration.common.hearing import SERVICE, Hearing, event
from tests.people import until


@pytest.fixture(scope="module")
def hearing(
    servers: LocalServers, amqp_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hearing]:
    url = servers.database_url
    migrate_database(url, SERVICE, urlsplit(url).username or "")
    service = Hearing(amqp_url, url, tmp_path_factory.mktemp("hearing"))
    service.start()
    service.take_dead()
    yield service
    service.stop()


@pytest.fixture
def numbers(hearing: Hearing) -> Iterator[Callable[[], int]]:
    """A number for a message that no other test has used."""
    known = len(hearing.heard()) * 1000 + 1
    made = iter(range(known, known + 1000))
    yield lambda: next(made)
    assert hearing.take_dead() == []


Numbers = Callable[[], int]


def test_a_message_that_comes_again_is_handled_once(hearing: Hearing, numbers: Numbers) -> None:
    message, other = event(numbers()), event(numbers())

    for _ in range(3):
        hearing.publish(message)
    hearing.publish(other)

    heard = until(
        hearing.heard, lambda lines: sum(message.id in line for line in lines) == 3, seconds=20
    )
    assert heard.count(f"handled {message.id}") == 1
    assert heard.count(f"repeated {message.id}") == 2
    until(hearing.heard, lambda lines: f"handled {other.id}" in lines)


def test_what_a_handler_cannot_digest_is_set_aside_after_five_tries(
    hearing: Hearing, numbers: Numbers
) -> None:
    poison, good = event(numbers(), fail=True), event(numbers())

    hearing.publish(poison)
    hearing.publish(good)

    until(hearing.heard, lambda lines: f"handled {good.id}" in lines)
    dead = until(hearing.take_dead, bool)
    assert dead == [poison.to_body()]
    assert hearing.heard().count(f"tried {poison.id}") == 5


UNREADABLE = [
    (b"{", "application/cloudevents+json"),
    (b"[]", "application/cloudevents+json"),
    (b"null", "application/cloudevents+json"),
    (b'{"id": 1}', "application/cloudevents+json"),
    (b"[" * 100_000, "application/cloudevents+json"),
    (b"\xff\xfe", "application/cloudevents+json"),
    (b"{}", "application/json"),
    (b"hello", "text/plain"),
    (b"\x80\x04N.", "application/x-python-serialize"),
]


@pytest.mark.parametrize(("body", "content_type"), UNREADABLE)
def test_what_is_no_event_of_ours_is_set_aside_at_once_and_kills_nobody(
    hearing: Hearing, numbers: Numbers, body: bytes, content_type: str
) -> None:
    good = event(numbers())

    hearing.publish_raw(body, content_type)
    hearing.publish(good)

    assert until(hearing.take_dead, bool) == [body]
    until(hearing.heard, lambda lines: f"handled {good.id}" in lines)


def test_a_backlog_is_handled_side_by_side_and_leaves_workers_for_calls(
    hearing: Hearing, numbers: Numbers, tmp_path: Path
) -> None:
    gate = tmp_path / secrets.token_hex(4)
    held = [event(numbers(), meets=str(gate)) for _ in range(90)]
    for message in held:
        hearing.publish(message)
    until(hearing.heard, lambda lines: lines.count(f"waits for {gate.name}") > 1)

    client = RpcClient(hearing.amqp_url, Transport({SERVICE: hearing.transport_key})).open()
    assert client.call(SERVICE, "ping", hearing.request({})) == {"status": "ready"}
    client.close()

    gate.touch()
    done = {f"handled {message.id}" for message in held}
    until(hearing.heard, lambda lines: done <= set(lines))


def test_a_message_is_held_while_the_database_is_away(
    hearing: Hearing, numbers: Numbers, servers: LocalServers
) -> None:
    message, before = event(numbers()), hearing.log("listener_waits")
    database = servers.private_database()
    database.stop()
    try:
        hearing.publish(message)
        until(lambda: hearing.log("listener_waits"), lambda n: n >= before + 2, seconds=40)
        assert not any(message.id in line for line in hearing.heard())
    finally:
        database.start()

    until(hearing.heard, lambda lines: f"handled {message.id}" in lines)
    assert sum(message.id in line for line in hearing.heard()) == 1


def test_a_message_reaches_one_of_several_processes(
    hearing: Hearing, numbers: Numbers, servers: LocalServers, tmp_path: Path
) -> None:
    other = Hearing(hearing.amqp_url, servers.database_url, tmp_path)
    other.start()
    messages = [event(numbers()) for _ in range(20)]

    for message in messages:
        hearing.publish(message)

    def heard() -> list[str]:
        return hearing.heard() + other.heard()

    wanted = [f"handled {message.id}" for message in messages]
    until(heard, lambda lines: set(wanted) <= set(lines))
    other.stop()
    assert [heard().count(line) for line in wanted] == [1] * len(wanted)


def test_a_broker_restart_leaves_the_listener_listening(
    hearing: Hearing, numbers: Numbers, servers: LocalServers
) -> None:
    heard: list[Message] = []
    live = LiveListener(hearing.amqp_url, "test_shouted.v1", handle=heard.append)
    live.open()
    assert live.wait_until_open(20)
    servers.private_broker().restart()
    message, shout = event(numbers()), event(numbers(), "test_shouted.v1")

    hearing.publish(message)
    assert live.wait_until_open(20)
    hearing.publish(shout)

    until(hearing.heard, lambda lines: f"handled {message.id}" in lines, seconds=60)
    until(lambda: heard, lambda messages: messages == [shout])
    live.close()
