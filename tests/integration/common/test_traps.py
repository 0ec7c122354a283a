"""Traps of the libraries that were measured before this was built: each test fails without its cure."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from kombu import Connection

from panjareh_common.messaging import Message
from panjareh_common.messaging.rabbit import RabbitBroker, connect
from panjareh_common.messaging.topology import UNROUTED_QUEUE, declare
from panjareh_common.rpc.client import RpcClient
from panjareh_common.security.transport import Transport


def python(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(text)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_librarys_queue_works_on_green_threads() -> None:
    """eventlet replaces queue.Queue by a class without the parts that eventsourcing builds on."""
    done = python(
        """
        import panjareh_common.green
        import threading
        from eventsourcing.persistence import Queue
        queue = Queue()
        threading.Thread(target=queue.put, args=("came",)).start()
        print(queue.get(timeout=5))
        """
    )

    assert (done.returncode, done.stdout) == (0, "came\n"), done.stderr


def test_a_nameko_process_waits_for_queries_through_select() -> None:
    """With the driver's own wait the first slow query freezes every green thread."""
    done = python(
        """
        import panjareh_common.green
        import psycopg.waiting
        print(psycopg.waiting.wait is psycopg.waiting.wait_select)
        """
    )

    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


def test_loading_the_driver_too_early_is_refused_and_not_found_out_under_load() -> None:
    done = python("import psycopg, panjareh_common.green")

    assert done.returncode != 0
    assert "before psycopg" in done.stderr


def test_a_plain_process_never_loads_nameko() -> None:
    done = python(
        """
        import sys
        import panjareh_requests.entrypoints.follower, panjareh_requests.entrypoints.clock
        import panjareh_gateway.entrypoints.http
        print([name for name in ("nameko", "eventlet") if name in sys.modules])
        """
    )

    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


@pytest.fixture
def broker(amqp_url: str) -> Iterator[Connection]:
    with connect(amqp_url) as connection:
        declare(connection, "feedback", ())
        UNROUTED_QUEUE(connection.channel()).purge()
        yield connection


def test_an_event_that_nobody_binds_is_kept_for_a_look(broker: Connection, amqp_url: str) -> None:
    """RabbitMQ confirms what no queue is bound to, and drops it."""
    message = Message(
        id=f"{uuid4()}:1",
        source="requests",
        type="nobody_listens.v1",
        subject="x",
        time=datetime.now(UTC),
        sequence=1,
    )

    RabbitBroker(amqp_url).publish([message])

    kept = UNROUTED_QUEUE(broker.channel()).get(no_ack=True)
    assert kept is not None
    assert kept.properties["message_id"] == message.id


def test_a_client_leaves_no_queue_behind(broker: Connection, amqp_url: str) -> None:
    """Stock clients leave a durable queue for five minutes each."""
    client = RpcClient(amqp_url, Transport({})).open()
    assert client.wait_until_open(10)
    queue = client.reply_queue
    assert queue is not None

    client.close()

    with pytest.raises(Exception, match="NOT_FOUND"):
        broker.channel().queue_declare(queue, passive=True)
