"""Kills, restarts and outages while 50 requests are on their way: each ends in one decision, none twice."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import amqp
import httpx
import pytest
from kombu import Connection

from panjareh_cli.local.platform import Platform
from panjareh_feedback.messaging import subscriptions as feedback_subscriptions
from panjareh_requests.messaging import subscriptions as requests_subscriptions
from panjareh_sandbox.register import AUTHORITIES
from tests.people import Person, internet_form, pauses, somebody, until
from tests.stored import dead_letters, queued, rows, topics, value

pytestmark = pytest.mark.faults

PEOPLE, EACH = 10, 5
UNDER_WAY = 8  # so many are accepted when the fault comes
AWAITED = {
    type_
    for subscriptions in (
        requests_subscriptions.SUBSCRIPTIONS,
        feedback_subscriptions.SUBSCRIPTIONS,
    )
    for subscription in subscriptions
    for type_ in subscription.types
}
NOT_NOW = {409, 503, 504}  # still being worked on, not available, no answer in time


@dataclass
class Crowd:
    """Ten people who each ask for five things, as good clients do: the same key until it is taken."""

    platform: Platform
    people: list[Person]
    accepted: dict[str, str] = field(default_factory=dict)
    """Every key that was taken in this module, with the request it became."""

    def ask(self, fault: Callable[[], None], each: int = EACH) -> list[str]:
        """Everybody asks; once some requests are accepted the fault comes. Gives the requests' ids."""
        under_way = threading.Semaphore(0)
        ended = threading.Event()

        def one_by_one(person: Person) -> list[str]:
            taken = []
            for _ in range(each):
                taken.append(self._until_taken(person))
                under_way.release()
            return taken

        def strike() -> None:
            for _ in range(UNDER_WAY):
                while not under_way.acquire(timeout=0.5):
                    if ended.is_set():
                        return
            fault()

        with ThreadPoolExecutor(PEOPLE + 1) as pool:
            striking = pool.submit(strike)
            asking = [pool.submit(one_by_one, person) for person in self.people]
            try:
                found = [request for future in asking for request in future.result()]
            finally:
                ended.set()
            striking.result()
        return found

    def _until_taken(self, person: Person) -> str:
        key, deadline = str(uuid4()), time.monotonic() + 90
        body = {"form": internet_form(person.about)}
        wait = threading.Event()
        for pause in pauses():
            try:
                answer = person.post("/api/v1/services/INET-001/requests", body, key=key)
            except httpx.TransportError as fault:
                said = repr(fault)
            else:
                if answer.status_code == 201:
                    self.accepted[key] = answer.json()["request_id"]
                    return self.accepted[key]
                said = answer.text
                assert answer.status_code in NOT_NOW, said
            assert time.monotonic() < deadline, f"not taken in time; last: {said}"
            wait.wait(pause)
        raise AssertionError("pauses never end")


@pytest.fixture(scope="module")
def crowd(platform: Platform) -> Crowd:
    deciles = [1, 2, 3, 1, 2, 3, 1, 9, 9, 9]
    with ThreadPoolExecutor(2) as pool:
        people = list(pool.map(lambda decile: Person(platform, somebody(decile)).arrive(), deciles))
    return Crowd(platform, people)


def every_event(platform: Platform, requests: list[str]) -> dict[str, Counter[str]]:
    """How often each thing happened to each request."""
    found: dict[str, Counter[str]] = {request: Counter() for request in requests}
    sql = "SELECT stream::text, topic FROM event WHERE stream = ANY(%s::uuid[])"
    for stream, topic in rows(platform, "requests", sql, requests):
        found[stream][topic.rpartition(".")[2]] += 1
    return found


# What is for later, the end of a time limit, is no work that somebody has in hand.
HANDS_FULL = "SELECT kind, attempts FROM due WHERE due_at < now() + interval '10 minutes'"


def settle(crowd: Crowd, requests: list[str]) -> None:
    """Waits until all is quiet, and then looks whether everything happened, once."""
    platform = crowd.platform
    until(
        lambda: sum(seen["Decided"] for seen in every_event(platform, requests).values()),
        lambda decided: decided >= len(requests),
        seconds=100,
    )
    for service in ("requests", "inquiry"):
        until(
            lambda: rows(platform, service, HANDS_FULL),  # noqa: B023
            lambda waits: not waits,
            seconds=100,
        )
    assert_once(crowd, requests)
    assert_published_once(platform)
    assert dead_letters(platform) == {}
    # Lies here what nobody listens to; what somebody waits for must have reached a queue.
    strays = {m.delivery_info["routing_key"] for m in taken_from(platform, "panjareh.unrouted")}
    assert strays.isdisjoint(AWAITED)


def assert_once(crowd: Crowd, requests: list[str]) -> None:
    platform = crowd.platform
    assert len(set(requests)) == len(requests)
    outcomes = dict(
        rows(
            platform,
            "requests",
            "SELECT request_id::text, outcome FROM request WHERE request_id = ANY(%s::uuid[])",
            requests,
        )
    )
    for request, seen in every_event(platform, requests).items():
        granted = outcomes[request] == "granted"
        assert {kind: count for kind, count in seen.items() if kind != "EvidenceDelayed"} == {
            "Submitted": 1,
            "EvidenceAsked": 3,
            "EvidenceReceived": 3,
            "Decided": 1,
        } | ({"OutputIssued": 1} if granted else {}), request
    # None that nobody was told of, none that was told twice.
    assert len(set(crowd.accepted.values())) == len(crowd.accepted)
    stored = rows(platform, "requests", "SELECT DISTINCT stream::text FROM event")
    assert {stream for (stream,) in stored} == set(crowd.accepted.values())
    issued = value(platform, "requests", "SELECT count(*) FROM document")
    assert issued == value(
        platform, "requests", "SELECT count(*) FROM request WHERE outcome = 'granted'"
    )
    assert_each_question_was_answered_once(platform)


def assert_each_question_was_answered_once(platform: Platform) -> None:
    answers = rows(
        platform,
        "inquiry",
        "SELECT stream::text, count(*) FILTER (WHERE topic = 'Inquiry.Asked'),"
        " count(*) FILTER (WHERE topic = 'Inquiry.Answered') FROM event"
        " WHERE topic LIKE 'Inquiry.%' GROUP BY stream",
    )
    assert {(asked, answered) for _, asked, answered in answers} <= {(1, 1)}
    told: Counter[tuple[str, bool]] = Counter()
    for authority in AUTHORITIES:
        url = f"{platform.sandbox_url}/authorities/{authority}/ledger"
        for entry in httpx.get(url, trust_env=False).json()["items"]:
            told[entry["inquiry_id"], entry["repeated"]] += 1
    for stream, _, __ in answers:
        assert told[stream, False] == 1, "an authority must see one question and its repeats"


def assert_published_once(platform: Platform) -> None:
    """Each event that others wait for is in their inbox, and there is none else in it."""

    def announced(service: str, *topics: str) -> set[str]:
        sql = "SELECT stream || ':' || version FROM event WHERE topic = ANY(%s)"
        return {row[0] for row in rows(platform, service, sql, list(topics))}

    def heard(service: str, listener: str) -> set[str]:
        sql = "SELECT message_id FROM inbox WHERE listener = %s"
        return {row[0] for row in rows(platform, service, sql, listener)}

    for_requests = (
        "SELECT a.stream || ':' || a.version FROM event a JOIN event b USING (stream)"
        " WHERE a.topic = 'Inquiry.Answered' AND b.topic = 'Inquiry.Asked'"
        " AND convert_from(b.state, 'UTF8') LIKE '%requests%'"
    )
    answered = {row[0] for row in rows(platform, "inquiry", for_requests)}
    assert answered
    listener = requests_subscriptions.ANSWERS.name
    until(lambda: heard("requests", listener), lambda seen: seen == answered)
    decided = announced("requests", "ServiceRequest.Decided")
    until(lambda: heard("feedback", feedback_subscriptions.REQUESTS.name), decided.issubset)


PROCESSES = [
    "requests.rpc",
    "requests.follower",
    "requests.clock",
    "inquiry.rpc",
    "inquiry.follower",
    "inquiry.clock",
    "identity.rpc",
    "gateway.http",
]


@pytest.mark.parametrize("process", PROCESSES)
def test_a_killed_process_loses_nothing_and_repeats_nothing(
    platform: Platform, crowd: Crowd, process: str
) -> None:
    requests = crowd.ask(lambda: platform.kill(process, signal.SIGKILL))

    platform.wait_ready(process)
    assert len(requests) == PEOPLE * EACH
    settle(crowd, requests)


def test_a_broker_restart_loses_nothing_and_repeats_nothing(
    platform: Platform, crowd: Crowd
) -> None:
    requests = crowd.ask(platform.restart_broker)

    settle(crowd, requests)


def test_a_killed_broker_loses_nothing_and_repeats_nothing(
    platform: Platform, crowd: Crowd
) -> None:
    def kill() -> None:
        broker = platform.servers.private_broker()
        broker.kill()
        broker.start()
        broker.wait_until_ready()

    requests = crowd.ask(kill)

    settle(crowd, requests)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_a_database_restart_loses_nothing_and_repeats_nothing(
    platform: Platform, crowd: Crowd, mode: Any
) -> None:
    requests = crowd.ask(lambda: platform.restart_database(mode))

    settle(crowd, requests)


@pytest.fixture
def stopped(platform: Platform) -> Iterator[Callable[[str], None]]:
    """Stops a process where it stands; afterwards it is killed, and its successor serves."""
    held: list[str] = []

    def stop(name: str) -> None:
        platform.kill(name, signal.SIGSTOP)
        held.append(name)

    yield stop
    for name in held:
        platform.kill(name, signal.SIGKILL)
        platform.wait_ready(name)


def test_a_kill_between_storing_and_publishing_delays_and_loses_nothing(
    platform: Platform, crowd: Crowd, stopped: Callable[[str], None]
) -> None:
    """The relay stands still while requests are stored and decided, and then dies."""
    position = "SELECT position FROM follower WHERE name = 'requests.relay'"
    stopped("requests.follower")
    before = value(platform, "requests", position)
    heard = value(platform, "feedback", "SELECT count(*) FROM inbox")
    requests = crowd.ask(lambda: None, each=1)
    until(
        lambda: sum(seen["Decided"] for seen in every_event(platform, requests).values()),
        lambda decided: decided == len(requests),
        seconds=60,
    )
    assert value(platform, "requests", position) == before
    assert value(platform, "feedback", "SELECT count(*) FROM inbox") == heard

    platform.kill("requests.follower", signal.SIGKILL)
    platform.wait_ready("requests.follower")

    settle(crowd, requests)


def test_a_kill_between_an_answer_and_its_announcement_delays_and_loses_nothing(
    platform: Platform, crowd: Crowd, stopped: Callable[[str], None]
) -> None:
    stopped("inquiry.follower")
    requests = crowd.ask(lambda: None, each=1)
    until(
        lambda: (
            value(platform, "inquiry", "SELECT count(*) FROM event WHERE topic = 'Inquiry.Asked'")
            - value(
                platform, "inquiry", "SELECT count(*) FROM event WHERE topic = 'Inquiry.Answered'"
            )
        ),
        lambda unanswered: unanswered == 0,
    )
    assert all("Decided" not in topics(platform, "requests", request) for request in requests)

    platform.kill("inquiry.follower", signal.SIGKILL)
    platform.wait_ready("inquiry.follower")

    settle(crowd, requests)


def poison(platform: Platform, body: bytes, content_type: str) -> None:
    with Connection(platform.servers.amqp_url) as connection:
        channel = connection.channel()
        message = amqp.Message(body, content_type=content_type, delivery_mode=2)
        channel.basic_publish(
            message, exchange="panjareh.events", routing_key="inquiry_answered.v1"
        )
        channel.close()


def taken_from(platform: Platform, queue: str) -> list[amqp.Message]:
    """Empties a queue of what lies in it."""
    found = []
    with Connection(platform.servers.amqp_url) as connection:
        channel = connection.channel()
        while message := channel.basic_get(queue):
            channel.basic_ack(message.delivery_tag)
            found.append(message)
    return found


def undigested(platform: Platform) -> int:
    log = Path(platform.home / "logs" / "requests.rpc.log").read_text(encoding="utf-8")
    return log.count("message_not_digested")


EVENT = {
    "specversion": "1.0",
    "id": f"{uuid4()}:1",
    "source": "inquiry",
    "type": "inquiry_answered.v1",
    "subject": "no id of any inquiry",
    "time": "2026-01-01T00:00:00.000000Z",
    "sequence": "0000000001",
    "data": {"request_id": "no id of any request"},
}
OURS = "application/cloudevents+json"


@pytest.mark.parametrize(
    ("body", "content_type", "tries"),
    [
        (json.dumps(EVENT).encode(), OURS, 5),
        (b"{", OURS, 0),
        (b"\xff\xfe", OURS, 0),
        (b"[]", OURS, 0),
        (json.dumps(EVENT).encode(), "application/json", 0),
        (b"hello", "text/plain", 0),
        (b"\x80", "application/x-python-serialize", 0),
    ],
)
def test_poison_ends_in_the_dead_letter_queue_and_everything_else_goes_on(
    platform: Platform, crowd: Crowd, body: bytes, content_type: str, tries: int
) -> None:
    failed = undigested(platform)

    poison(platform, body, content_type)
    requests = crowd.ask(lambda: None, each=1)
    dead = until(lambda: queued(platform, "requests.dead"), lambda seen: any(seen.values()))

    assert dead == {"requests.dead": 1}
    assert undigested(platform) - failed == tries
    (message,) = taken_from(platform, "requests.dead")
    assert bytes(message.body if isinstance(message.body, bytes) else message.body.encode()) == body
    assert message.headers["x-first-death-queue"] == "requests.on_inquiry_ended"
    settle(crowd, requests)
    assert platform.process("requests.rpc").pid is not None
