"""The same faults for the project and for a service built on stock defaults, which must fail them: so these tests bite.

Interleavings of writers are in tests/integration/common/test_interleavings.py, for both too.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest
from kombu import Exchange, Queue

from panjareh_common.messaging import Message
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.topology import EVENTS, Subscription, declare
from tests.faults.core import scenes
from tests.faults.core.crashing import Crashes, Point
from tests.faults.core.ground import Ground
from tests.faults.core.ours import Journal
from tests.faults.core.scenes import Place, because
from tests.faults.core.stock import client
from tests.faults.core.stock import log as stock
from tests.integration.common.notes import AT
from tests.people import until

pytestmark = pytest.mark.faults

ROOT = Path(__file__).parents[3]
SUBSCRIPTION = Subscription("feedback", scenes.LISTENER, "tests", (scenes.WRITTEN,))


class System(Protocol):
    """What the drivers ask of a service: it takes commands by name, tells of them, and hears what it is told."""

    def command(self, name: str) -> None:
        """Sends a command and waits for its answer; a second time, as a caller would who got none."""
        ...

    def command_that_kills(self, name: str) -> None:
        """Sends one whose process dies when it is stored, before anything else is done; then restarts it."""
        ...

    def tell(self, name: str, fails: int) -> None:
        """Publishes an event that the handler fails at so many times."""
        ...

    def hear(self, name: str) -> None:
        """Returns when an event is handled, and everything that was told before has been tried."""
        ...

    def stored(self, name: str) -> list[str]:
        """The ids of what the commands of a name have made."""
        ...

    def told(self, name: str) -> set[str]:
        """The ids of which others were told."""
        ...

    def heard(self, name: str) -> int:
        """How often an event was handled to its end."""
        ...

    def kept(self) -> int:
        """How many events wait somewhere for another try or for somebody's look. Asked last."""
        ...


# The faults


def effects_of_a_repeated_command(system: System, name: str) -> int:
    system.command(name)
    system.command(name)
    return len(system.stored(name))


def stored_and_never_told(system: System, name: str) -> set[str]:
    system.command_that_kills(name)
    system.command(f"{name}, the next")
    system.hear(f"{name}, the next")
    assert system.stored(name)
    return set(system.stored(name)) - system.told(name)


def lost_when_a_handler_fails_twice(system: System, name: str) -> bool:
    system.tell(name, fails=2)
    system.tell(f"{name}, the next", fails=0)
    system.hear(f"{name}, the next")
    return system.heard(name) == 0 and system.kept() == 0


def lost_when_a_handler_always_fails(system: System, name: str) -> bool:
    system.tell(name, fails=1_000)
    system.tell(f"{name}, the next", fails=0)
    system.hear(f"{name}, the next")
    assert system.heard(name) == 0
    return system.kept() == 0


# Ours


@dataclass
class Ours:
    """The project's log, relay and listener, each in processes of their own."""

    ground: Ground
    listeners: Crashes
    queue: Queue
    broker: RabbitBroker

    def __post_init__(self) -> None:
        self._messages: dict[str, Message] = {}
        self._told: list[Message] = []
        self._caller = str(uuid4())

    def _place(self, name: str, stream: str = "") -> Place:
        return replace(self.ground.place(), run=name, caller=self._caller, stream=stream)

    def command(self, name: str) -> None:
        answers = self.ground.crashes.finish("write", asdict(self._place(name)))
        assert answers == {name: self.stored(name)[0]}

    def command_that_kills(self, name: str) -> None:
        spare = asdict(self._place(f"{name}, to look at its lines"))
        points = self.ground.crashes.points("write", spare, [])
        answering: Point = max(
            (point for point in points if point.function == "write"), key=lambda point: point.line
        )
        ended = self.ground.crashes.kill("write", asdict(self._place(name)), answering)
        assert (ended.killed, ended.answers) == (True, {})

    def tell(self, name: str, fails: int) -> None:
        journal = Journal.begin(name)
        with self.ground.log.unit_of_work(because("before")) as unit:
            unit.save(journal)
        stream, data = str(journal.id), {"fails": fails}
        message = Message(f"{stream}:1", "tests", scenes.WRITTEN, stream, AT, 1, data)
        self._messages[name] = message
        self.broker.publish([message])

    def hear(self, name: str) -> None:
        if name not in self._messages:  # one that the relay has to tell
            self.ground.crashes.finish("relay", asdict(self._place(name)))
            return
        for message in self._messages.values():
            if message.data["fails"] < 1_000:
                place = self._place(message.id, message.subject)
                self.listeners.finish("listener", asdict(place))
        until(lambda: self._settled(name), bool)

    def _settled(self, name: str) -> bool:
        """Nothing lies in the queue; what nobody can digest is set aside while others are handled."""
        ready = int(
            SUBSCRIPTION.queue()(self.ground.broker.channel()).queue_declare(passive=True)[1]
        )
        if ready:
            another = f"{name} and {uuid4()}"
            self.tell(another, 0)
            message = self._messages[another]
            self.listeners.finish("listener", asdict(self._place(message.id, message.subject)))
        return ready == 0

    def stored(self, name: str) -> list[str]:
        sql = "SELECT DISTINCT stream::text FROM event WHERE metadata->>'cause' = %s"
        return self.ground.values(sql, name)

    def told(self, name: str) -> set[str]:
        while message := self.queue.get(no_ack=True):
            self._told.append(Message.from_body(message.body))
        return {message.subject for message in self._told if message.data.get("name") == name}

    def heard(self, name: str) -> int:
        return len(self.ground.stored(self._messages[name].id))

    def kept(self) -> int:
        """What its process has let go of comes back, or to the dead letters, in its own time."""

        def waiting() -> int:
            return self.broker.waiting("feedback.dead") + self.broker.waiting(SUBSCRIPTION.name)

        return int(until(waiting, bool))


@pytest.fixture
def ours(ground: Ground, tmp_path: Path) -> Iterator[System]:
    listeners = Crashes(tmp_path / "log", "tests.faults.core.listening_scene")
    declare(ground.broker, "feedback", (SUBSCRIPTION,))
    channel = ground.broker.channel()
    listened, dead = SUBSCRIPTION.queue()(channel), Queue("feedback.dead")(channel)
    exchange = Exchange(EVENTS.name, no_declare=True)
    told = Queue("tests.told", exchange=exchange, routing_key=scenes.WRITTEN)(channel)
    told.declare()
    for queue in (listened, dead):
        queue.purge()
    broker = RabbitBroker(ground.amqp_url)
    yield Ours(ground, listeners, told, broker)
    dead.purge()
    broker.close()
    listeners.close()
    for queue in (listened, told):
        queue.delete()


# Stock


class Stock:
    """The stock service in a process of its own."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        for table in ("tried_stock", "heard_stock"):
            ground.connection.execute(
                f"CREATE TABLE IF NOT EXISTS {table} (name text, journal text)".encode()
            )
        self._start()

    def _start(self, *dies: str) -> None:
        module = "tests.faults.core.stock.service"
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, self._ground.url, self._ground.amqp_url, *dies],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def stop(self) -> None:
        """What it was at comes back to its queues."""
        assert self._process.stdout is not None
        self._process.terminate()
        self._process.wait(20)
        self._process.stdout.close()

    def command(self, name: str) -> None:
        assert client.write(self._ground.amqp_url, name)

    def command_that_kills(self, name: str) -> None:
        self.stop()
        self._start("dies")
        assert not client.write(self._ground.amqp_url, name, timeout_seconds=2)
        assert self._process.wait(20) == -signal.SIGKILL
        self._start()

    def tell(self, name: str, fails: int) -> None:
        payload = {"name": name, "journal": str(uuid4()), "fails": fails}
        client.tell(self._ground.amqp_url, payload)

    def hear(self, name: str) -> None:
        until(lambda: self.heard(name), bool)

    def stored(self, name: str) -> list[str]:
        sql = (
            f"SELECT DISTINCT originator_id::text FROM {stock.StockLog.table}"
            " WHERE convert_from(state, 'UTF8')::jsonb->>'name' = %s"
        )
        return self._ground.values(sql, name)

    def told(self, name: str) -> set[str]:
        return set(self._ground.values("SELECT journal FROM tried_stock WHERE name = %s", name))

    def heard(self, name: str) -> int:
        return self._ground.count("SELECT 1 FROM heard_stock WHERE name = %s", name)

    def kept(self) -> int:
        """The broker takes back what a process has not acknowledged when it sees that it is gone."""
        self.stop()
        channel = self._ground.broker.channel()
        queue = until(
            lambda: channel.queue_declare(stock.QUEUE, passive=True),
            lambda found: found.consumer_count == 0,
        )
        return int(queue.message_count)


@pytest.fixture
def on_stock_defaults(ground: Ground) -> Iterator[System]:
    system = Stock(ground)
    yield system
    system.stop()


# Ours stands, stock falls


def test_a_repeated_command_has_one_effect(ours: System) -> None:
    assert effects_of_a_repeated_command(ours, "repeated") == 1


def test_on_stock_defaults_a_repeated_command_has_two(on_stock_defaults: System) -> None:
    assert effects_of_a_repeated_command(on_stock_defaults, "repeated") == 2


def test_what_is_stored_is_told_though_its_process_is_killed_between(ours: System) -> None:
    assert stored_and_never_told(ours, "killed") == set()


def test_on_stock_defaults_what_was_stored_before_the_kill_is_never_told(
    on_stock_defaults: System,
) -> None:
    assert len(stored_and_never_told(on_stock_defaults, "killed")) == 1


def test_what_a_handler_fails_at_comes_again(ours: System) -> None:
    assert not lost_when_a_handler_fails_twice(ours, "flaky")
    assert ours.heard("flaky") == 1


def test_on_stock_defaults_what_a_handler_fails_at_is_lost(on_stock_defaults: System) -> None:
    assert lost_when_a_handler_fails_twice(on_stock_defaults, "flaky")


def test_what_nobody_can_digest_is_set_aside(ours: System) -> None:
    assert not lost_when_a_handler_always_fails(ours, "poison")


def test_on_stock_defaults_what_nobody_can_digest_is_gone(on_stock_defaults: System) -> None:
    assert lost_when_a_handler_always_fails(on_stock_defaults, "poison")
