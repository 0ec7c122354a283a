"""How it is seen that a process serves: each waits for the first thing that it really does."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
from kombu import Connection, Consumer, Producer, Queue

from panjareh_common import settings as names
from panjareh_common.messaging.rabbit import connect
from panjareh_common.messaging.topology import RPC, rpc_queue
from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import Request
from panjareh_common.security import ServiceIdentity
from panjareh_common.security.transport import Transport
from panjareh_common.settings import Settings, service_database_url
from panjareh_requests.application.going_on import KIND_DECIDE
from tests.bench.keys import signing_key
from tests.bench.stores.bare import PGBENCH as INSERT_EVENT

_PATIENCE = 60.0
_LOOK_SECONDS = 0.005

Served = Callable[[], None]
"""Returns when the process that was started before has served. Made before the process starts."""


def until(holds: Callable[[], bool]) -> None:
    """Looks every 5 ms. Raises TimeoutError after a minute."""
    deadline = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the process did not serve")
        time.sleep(_LOOK_SECONDS)


@contextmanager
def rpc_calls(env: Mapping[str, str]) -> Iterator[Callable[[], Served]]:
    """A call waits in the service's queue, which outlives the service, until it is answered."""
    key = names.transport_key("requests")
    transport = Transport({"requests": Settings(key, environ=env)[key]})
    client = RpcClient(env[names.AMQP_URL.name], transport).open()
    identity = ServiceIdentity("gateway", signing_key(env, "gateway"))

    def call() -> None:
        request = Request({}, identity.assertion(purpose="bench"))
        client.call("requests", "ping", request, timeout=_PATIENCE)

    assert client.wait_until_open(_PATIENCE)
    yield lambda: call
    client.close()


@contextmanager
def stock_calls(env: Mapping[str, str]) -> Iterator[Callable[[], Served]]:
    """The same for a stock service."""
    with connect(env[names.AMQP_URL.name]) as connection:
        rpc_queue("stock_start")(connection.default_channel).declare()
        yield lambda: lambda: _call_stock(connection)


def _call_stock(connection: Connection) -> None:
    answers: list[object] = []
    address = uuid4().hex
    replies = Queue(f"bench-{address}", exchange=RPC, routing_key=address, exclusive=True)
    with Consumer(
        connection, [replies], callbacks=[lambda body, _: answers.append(body)], no_ack=True
    ):
        Producer(connection).publish(
            {"args": [], "kwargs": {}},
            exchange=RPC,
            routing_key="stock_start.ping",
            reply_to=address,
            correlation_id=address,
            serializer="json",
        )
        while not answers:
            connection.drain_events(timeout=_PATIENCE)
    assert answers == [{"result": "ready", "error": None}], answers


@contextmanager
def followed_events(env: Mapping[str, str]) -> Iterator[Callable[[], Served]]:
    """An event is stored before the start; served when a follower's position has passed it."""
    with psycopg.connect(service_database_url("requests", env), autocommit=True) as connection:

        def prepare() -> Served:
            connection.execute(INSERT_EVENT.encode())
            row = connection.execute("SELECT max(position) FROM event").fetchone()
            assert row is not None
            behind = "SELECT coalesce(max(position), 0) >= %s FROM follower"
            return lambda: until(lambda: bool(connection.execute(behind, row).fetchone()[0]))  # type: ignore[index]

        yield prepare


@contextmanager
def due_waits(env: Mapping[str, str]) -> Iterator[Callable[[], Served]]:
    """Something came due before the start; served when the clock process has taken it, or done it."""
    with psycopg.connect(service_database_url("requests", env), autocommit=True) as connection:

        def prepare() -> Served:
            connection.execute("DELETE FROM due")
            connection.execute(
                "INSERT INTO due (kind, subject, due_at, metadata) VALUES (%s, %s, %s, %s)",
                (KIND_DECIDE, uuid4(), datetime.now(UTC), json.dumps(_CAUSE)),
            )
            taken = "SELECT NOT EXISTS (SELECT FROM due WHERE attempts = 0)"
            return lambda: until(lambda: bool(connection.execute(taken).fetchone()[0]))  # type: ignore[index]

        yield prepare


_CAUSE = {"actor": "bench", "role": "service", "channel": "bench"}


@contextmanager
def http_requests(env: Mapping[str, str]) -> Iterator[Callable[[], Served]]:
    url = f"http://127.0.0.1:{env[names.HTTP_PORT.name]}/healthz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def answers() -> bool:
        try:
            with opener.open(url, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False

    yield lambda: lambda: until(answers)
