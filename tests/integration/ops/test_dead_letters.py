"""`panjareh ops dead-letters` on a real broker: what was put aside goes back or away, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import amqp
import pytest
from kombu import Connection
from typer.testing import CliRunner, Result

from panjareh_cli.main import app
from panjareh_cli.ops import queues
from panjareh_common.messaging.topology import (
    DELIVERY_LIMIT,
    EVENTS,
    Subscription,
    dead_letter_queue,
    declare,
)
from tests.people import until

ENDED = Subscription("requests", "on_inquiry_ended", "inquiry", ("inquiry_answered.v1",))
NAMES = ("first", "second", "third")


@pytest.fixture
def broker(amqp_url: str) -> Iterator[Connection]:
    with Connection(amqp_url) as connection:
        declare(connection, "requests", [ENDED])
        for queue in (ENDED.name, dead_letter_queue("requests").name):
            connection.default_channel.queue_purge(queue)
        yield connection
        for queue in (ENDED.name, dead_letter_queue("requests").name):
            connection.default_channel.queue_purge(queue)


@pytest.fixture
def ops(amqp_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command as in an operator's pod: told the broker, and nothing of this machine."""
    monkeypatch.setenv("PANJAREH_AMQP_URL", amqp_url)

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ["ops", "--namespace", "window", "dead-letters", *words])

    return run


@pytest.fixture
def dead(broker: Connection) -> Connection:
    """Three messages whose handler failed until the broker gave up on them."""
    channel = broker.default_channel
    for name in NAMES:
        event = {"id": f"{name}:1", "type": ENDED.types[0], "subject": name, "data": {"secret": 1}}
        message = amqp.Message(
            json.dumps(event).encode(), application_headers={"traceparent": f"00-{name}"}
        )
        channel.basic_publish(message, exchange=EVENTS.name, routing_key=ENDED.types[0])
    fail(broker, len(NAMES))
    return broker


def fail(broker: Connection, number: int) -> None:
    """What a handler that cannot digest a message does with each of so many."""
    channel = broker.channel()
    for _ in range(number * (DELIVERY_LIMIT + 1)):
        taken = until(lambda: channel.basic_get(ENDED.name), lambda message: message is not None)
        channel.basic_reject(taken.delivery_tag, requeue=True)
    until(lambda: lying(broker), lambda found: found[0] == 0 and found[1] >= number)
    channel.close()


def lying(broker: Connection) -> tuple[int, int]:
    """Messages in the listener's queue, and dead ones."""
    found = [queues.depth(broker, name) for name in (ENDED.name, "requests.dead")]
    return found[0].messages, found[1].messages


def test_they_are_counted_by_listener_type_and_reason(ops: Any, dead: Connection) -> None:
    told = json.loads(ops("list", "requests", "--json").stdout)["dead_letters"]

    [kind] = told[0]["kinds"]
    assert kind == {
        "listener": "requests.on_inquiry_ended",
        "type": "inquiry_answered.v1",
        "reason": "delivery_limit",
        "messages": 3,
    }
    assert lying(dead) == (0, 3)


def test_what_is_shown_has_ids_and_nothing_of_the_data(ops: Any, dead: Connection) -> None:
    done = ops("show", "requests", "2", "--json")

    told = json.loads(done.stdout)
    assert told["messages"] == 3
    assert [each["id"] for each in told["letters"]] == ["first:1", "second:1"]
    assert "secret" not in done.stdout
    assert "first:1" in ops("show", "requests").stdout
    assert lying(dead) == (0, 3)


def test_they_go_back_to_the_queue_they_died_in_as_they_were(ops: Any, dead: Connection) -> None:
    done = ops("replay", "requests", "--yes", "--json")

    assert done.exit_code == 0
    assert len(json.loads(done.stdout)["moved"]) == 3
    assert lying(dead) == (3, 0)
    taken = dead.default_channel.basic_get(ENDED.name, no_ack=True)
    assert json.loads(taken.body)["data"] == {"secret": 1}
    counted = taken.headers.pop("x-delivery-count", 0)  # by the broker, anew
    assert (taken.headers, counted) == ({"traceparent": "00-first"}, 0)


def test_one_that_dies_again_comes_back_here(ops: Any, dead: Connection) -> None:
    assert ops("replay", "requests", "--yes").exit_code == 0
    fail(dead, len(NAMES))

    assert ops("replay", "requests", "--yes").exit_code == 0
    assert lying(dead) == (3, 0)


def test_only_what_is_named_goes_back(ops: Any, dead: Connection) -> None:
    ops("replay", "requests", "--id", "second:1", "--yes")

    assert lying(dead) == (1, 2)
    left = json.loads(ops("show", "requests", "--json").stdout)["letters"]
    assert [each["id"] for each in left] == ["first:1", "third:1"]


def test_nothing_goes_without_a_yes(ops: Any, dead: Connection) -> None:
    assert ops("replay", "requests").exit_code == 1
    assert ops("replay", "requests", "--json").exit_code == 2
    assert ops("discard", "requests", "--yes").exit_code == 2  # names no message
    assert lying(dead) == (0, 3)


def test_what_is_thrown_away_is_named(ops: Any, dead: Connection) -> None:
    done = ops("discard", "requests", "--id", "third:1", "--yes", "--json")

    assert json.loads(done.stdout)["moved"] == [{"id": "third:1", "listener": ENDED.name}]
    assert lying(dead) == (0, 2)
    assert ops("discard", "requests", "--id", "third:1", "--yes").exit_code == 1


def test_whoever_is_killed_before_the_confirm_leaves_it_where_it_was(
    dead: Connection, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise OSError("the connection is gone")

    with queues.opened(amqp_url) as connection:
        monkeypatch.setattr(amqp.Channel, "basic_publish_confirm", killed)
        with pytest.raises(queues.QueueFault, match=r"still in requests\.dead"):
            queues.DeadLetters(connection, "requests").replay(queues.with_ids([]))

    assert until(lambda: lying(dead), lambda found: found[1] == 3) == (0, 3)


def test_whoever_is_killed_after_the_confirm_leaves_it_in_both(
    dead: Connection, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise OSError("killed")

    with queues.opened(amqp_url) as connection:
        monkeypatch.setattr(amqp.Channel, "basic_ack", killed)
        with pytest.raises(OSError, match="killed"):
            queues.DeadLetters(connection, "requests").replay(queues.with_ids([]))

    assert until(lambda: lying(dead), lambda found: sum(found) == 4) == (1, 3)


def test_a_message_that_names_a_queue_of_others_goes_nowhere(ops: Any, broker: Connection) -> None:
    message = amqp.Message(b"{}", application_headers={"x-death": [{"queue": "rpc-identity"}]})
    broker.default_channel.basic_publish(message, exchange="", routing_key="requests.dead")
    until(lambda: lying(broker), lambda found: found[1] == 1)

    done = ops("replay", "requests", "--yes")

    assert done.exit_code == 1
    assert "none of requests's" in done.stderr
    until(lambda: lying(broker), lambda found: found == (0, 1))


def test_what_cannot_be_read_can_still_be_thrown_away(ops: Any, broker: Connection) -> None:
    broker.default_channel.basic_publish(
        amqp.Message(b"\xff not json"), exchange="", routing_key="requests.dead"
    )
    until(lambda: lying(broker), lambda found: found[1] == 1)
    [letter] = json.loads(ops("show", "requests", "--json").stdout)["letters"]

    assert letter["id"].startswith("unreadable:")
    assert ops("discard", "requests", "--id", letter["id"], "--yes").exit_code == 0
    assert lying(broker) == (0, 0)
