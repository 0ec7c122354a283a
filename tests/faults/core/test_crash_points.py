"""kill -9 before each line that stores, tells or handles something: whatever is left, a fresh process ends it once.

Every line that a scene runs through is one run: the process is killed there, a fresh one does the same again
as a caller, a broker or a clock would have it do, and then everything is there exactly once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from kombu import Exchange, Queue

from panjareh_common.messaging import Message
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.topology import EVENTS, Subscription, declare
from tests.faults.core import scenes
from tests.faults.core.crashing import Crashes
from tests.faults.core.ground import (
    EVERYTHING,
    NOTHING,
    Ground,
    assert_answer_is_true,
    kill_everywhere,
    left,
)
from tests.faults.core.ours import Journal
from tests.faults.core.scenes import Place, because, keys_of
from tests.integration.common.notes import AT
from tests.people import until

pytestmark = pytest.mark.faults

STORE = "panjareh_common.event_store"
WRITING = [
    f"{STORE}:EventLog.run",
    f"{STORE}:EventLog.unit_of_work",
    f"{STORE}:UnitOfWork.save",
    f"{STORE}:UnitOfWork.commit",
]
COMMAND = [
    *WRITING,
    f"{STORE}:UnitOfWork.write",
    f"{STORE}:UnitOfWork.wait_until",
    f"{STORE}:UnitOfWork.done",
    f"{STORE}:Keyring.seal",
    "panjareh_common.idempotency:answer_once",
]
EVERYTHING_STORED = (
    "log.py",
    "unit.py",
    "append.py",
    "mapper.py",
    "sealing.py",
    "database.py",
    "idempotency.py",
)
FOLLOWING = [
    "panjareh_common.following:follow",
    "panjareh_common.following:Progress.step",
    "panjareh_common.following:Lease.take",
    "panjareh_common.following:Lease.release",
    "panjareh_common.following:Lease.final",
]
ONE_STATEMENT = "panjareh_common.database:Database.run"
TRANSACTION = "panjareh_common.database:Database.transaction"
COMMITTER = f"{STORE}.append:Committer"

QUEUE = "tests.crash_points"


# Commands


@pytest.mark.parametrize(
    ("scene", "through", "places"),
    [
        ("command", [*COMMAND, ONE_STATEMENT, f"{COMMITTER}.commit"], EVERYTHING_STORED),
        (
            "command_in_a_transaction",
            [*COMMAND, TRANSACTION, f"{STORE}:UnitOfWork.execute"],
            ("unit.py", "append.py", "database.py"),
        ),
        (
            "crowd",
            [*COMMAND, ONE_STATEMENT, f"{COMMITTER}.commit", f"{COMMITTER}._many"],
            ("append.py", "database.py"),
        ),
    ],
    ids=["in one statement", "in a transaction", "in a group"],
)
def test_a_command_is_stored_whole_and_once_wherever_its_process_is_killed(
    ground: Ground, scene: str, through: list[str], places: tuple[str, ...]
) -> None:
    def keys(place: Place) -> list[str]:
        return keys_of(place) if scene == "crowd" else [place.run]

    def prepare() -> Place:
        place = ground.place()
        with ground.log.unit_of_work(because("before")) as unit:
            for key in keys(place):
                unit.wait_until(AT, scenes.BEGUN, UUID(place.caller), key)
        return place

    def look(place: Place, answered: dict[str, Any]) -> None:
        for key in keys(place):
            there = left(ground, key)
            assert there in (NOTHING, EVERYTHING)
            if key in answered:
                assert there == EVERYTHING, "acknowledged, and not stored"

    def finished(place: Place, answered: dict[str, Any], again: dict[str, Any]) -> None:
        assert set(again) == set(keys(place))
        assert again | answered == again, "a repeat gets the identical answer"
        for key in keys(place):
            assert left(ground, key) == EVERYTHING
            assert_answer_is_true(ground, key, again[key])

    kills = kill_everywhere(
        ground, scene, through, places=places, prepare=prepare, look=look, finished=finished
    )
    assert kills > 80


# Listeners

SUBSCRIPTION = Subscription("feedback", scenes.LISTENER, "tests", (scenes.WRITTEN,))


@pytest.fixture
def listening(ground: Ground, tmp_path: Path) -> Iterator[Ground]:
    """The ground with a process that forks listeners, and their queue."""
    crashes = Crashes(tmp_path / "log", "tests.faults.core.listening_scene")
    declare(ground.broker, "feedback", (SUBSCRIPTION,))
    queue = SUBSCRIPTION.queue()(ground.broker.channel())
    queue.purge()
    yield replace(ground, crashes=crashes)
    crashes.close()
    queue.delete()


def test_a_message_takes_effect_once_wherever_its_listener_is_killed(listening: Ground) -> None:
    ground, broker = listening, RabbitBroker(listening.amqp_url)

    def prepare() -> Place:
        place = ground.place()
        journal = Journal.begin("before")
        with ground.log.unit_of_work(because("before")) as unit:
            unit.save(journal)
        stream = str(journal.id)
        broker.publish([Message(place.run, "tests", scenes.WRITTEN, stream, AT, 1)])
        return replace(place, stream=stream)

    def look(place: Place, answered: dict[str, Any]) -> None:
        taken, stored = ground.both(
            "SELECT count(*) FROM inbox WHERE message_id = %(run)s",
            "SELECT count(*) FROM event WHERE metadata->>'cause' = %(run)s",
            run=place.run,
        )
        assert taken == stored
        assert taken == 1 or not answered

    def finished(place: Place, answered: dict[str, Any], again: dict[str, Any]) -> None:
        assert ground.stored(place.run) == [(Journal.Written.TOPIC, 2)]
        assert ground.count("SELECT 1 FROM inbox WHERE message_id = %s", place.run) == 1

    kills = kill_everywhere(
        ground,
        "listener",
        [
            *WRITING,
            f"{STORE}:UnitOfWork.first_time",
            f"{STORE}:UnitOfWork.load",
            "panjareh_common.messaging.message:Message.from_body",
        ],
        places=("listening.py", "listening_scene.py", "message.py", "server.py", "unit.py"),
        prepare=prepare,
        look=look,
        finished=finished,
    )
    assert kills > 80
    # A repeat that was on its way when its process ended is taken by the next.
    until(lambda: waiting(ground, prepare), lambda ready: ready == 0)
    assert broker.waiting("feedback.dead") == 0
    broker.close()


def waiting(ground: Ground, prepare: Callable[[], Place]) -> int:
    """How many messages are left when one more has been handled."""
    ground.crashes.finish("listener", asdict(prepare()))
    return int(SUBSCRIPTION.queue()(ground.broker.channel()).queue_declare(passive=True)[1])


# Followers


def written(ground: Ground) -> Place:
    """Three events that a follower has yet to see."""
    place = ground.place()
    journal = Journal.begin("begun")
    with ground.log.unit_of_work(because(place.run)) as unit:
        for number in range(3):
            journal.write(f"{place.run}.{number}")
        unit.save(journal)
    return replace(place, stream=str(journal.id))


def assert_position_is_the_last(ground: Ground, follower: str, place: Place) -> None:
    (position,) = ground.values("SELECT position FROM follower WHERE name = %s", follower)
    (last,) = ground.values("SELECT max(position) FROM event WHERE stream = %s", place.id)
    assert position == last


@pytest.fixture
def queue(ground: Ground) -> Iterator[Queue]:
    """Where all that is published for the scene of the relay ends."""
    queue = Queue(
        QUEUE, exchange=Exchange(EVENTS.name, no_declare=True), routing_key=scenes.WRITTEN
    )
    channel = ground.broker.channel()
    bound = queue(channel)
    bound.declare()
    yield bound
    bound.delete()
    channel.close()


def test_everything_is_published_wherever_the_relay_is_killed(ground: Ground, queue: Queue) -> None:
    published: list[str] = []

    def take() -> None:
        while message := queue.get(no_ack=True):
            published.append(Message.from_body(message.body).data["name"])

    def finished(place: Place, answered: dict[str, Any], again: dict[str, Any]) -> None:
        take()
        names = [f"{place.run}.{number}" for number in range(3)]
        first = list(dict.fromkeys(name for name in published if name in names))
        assert first == names, "in order, and none is missing"
        assert max(Counter(published).values()) <= 2, (
            "only the batch that was on its way is repeated"
        )
        assert_position_is_the_last(ground, "tests.relay", place)

    through = [
        *FOLLOWING,
        "panjareh_common.messaging.relay:Relay.tell",
        "panjareh_common.messaging.rabbit:RabbitBroker.publish",
    ]
    kills = kill_everywhere(
        ground,
        "relay",
        through,
        places=("relay.py", "rabbit.py", "Progress.step", "Progress._keep", "EventLog.after"),
        prepare=lambda: written(ground),
        finished=finished,
    )
    assert kills > 100


def test_a_projection_counts_everything_once_wherever_it_is_killed(ground: Ground) -> None:
    def finished(place: Place, answered: dict[str, Any], again: dict[str, Any]) -> None:
        assert ground.values("SELECT events FROM tally WHERE stream = %s", place.id) == [4]

    projection = "panjareh_common.projection"
    through = [
        *FOLLOWING,
        TRANSACTION,
        f"{projection}:ProjectionFollower.apply",
        f"{projection}:ViewTable.take",
    ]
    kills = kill_everywhere(
        ground,
        "projection",
        through,
        places=("projection.py", "Lease.take", "_follow", "Progress.step", "Progress._keep"),
        prepare=lambda: written(ground),
        finished=finished,
    )
    assert kills > 80


# Waits


def test_a_wait_is_done_once_wherever_the_clock_process_is_killed(ground: Ground) -> None:
    def prepare() -> Place:
        place = ground.place()
        journal = Journal.begin("begun")
        with ground.log.unit_of_work(because("before")) as unit:
            unit.save(journal)
            unit.wait_until(AT, scenes.KIND, journal.id, place.run, cause=because(place.run))
        return replace(place, stream=str(journal.id))

    def look(place: Place, answered: dict[str, Any]) -> None:
        waits, stored = ground.both(
            "SELECT count(*) FROM due WHERE subject = %(stream)s",
            "SELECT count(*) FROM event WHERE metadata->>'cause' = %(run)s",
            run=place.run,
            stream=place.id,
        )
        assert waits + stored == 1, "ended together, or not at all"
        assert stored == 1 or not answered

    def finished(place: Place, answered: dict[str, Any], again: dict[str, Any]) -> None:
        assert ground.stored(place.run) == [(Journal.Written.TOPIC, 2)]
        assert ground.count("SELECT 1 FROM due WHERE subject = %s", place.id) == 0

    worker = "panjareh_common.due:DueWorker"
    through = [*WRITING, f"{worker}.take", f"{worker}.do", f"{STORE}:UnitOfWork.done"]
    kills = kill_everywhere(
        ground,
        "due",
        through,
        places=("due.py", "unit.py"),
        prepare=prepare,
        look=look,
        finished=finished,
    )
    assert kills > 80
