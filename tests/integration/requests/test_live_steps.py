"""What is new of a request, on a real database; and that it moved, over a real broker to a gateway's ear."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import pytest
from kombu import Connection
from tests.integration.requests.test_ends_of_requests import Office, officer, someone

from panjareh_common.database import Database
from panjareh_common.event_store import Cause
from panjareh_common.following import catch_up
from panjareh_common.messaging import Message
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.topology import REQUEST_MOVED, UNROUTED_QUEUE, declare
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_gateway.live.hearing import Hearing
from panjareh_gateway.live.streams import Holder, Stream, Streams
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import Step
from panjareh_requests.messaging.moves import Moves
from panjareh_requests.read_model.looks import PostgresLooks
from panjareh_requests.read_model.steps import MOST_STEPS, Steps
from panjareh_requests.read_model.terms import PublishedTerms

AT = datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
HOLDER = Holder("a-person", "a-session", 0.0)


class Following(Office):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        looks = PostgresLooks()
        self.steps = Steps(self.log, self.story, looks, PublishedTerms(self.log))

    def after(
        self, request_id: UUID, after: int, by: Caller | None = None, language: str = "en"
    ) -> dict[str, Any]:
        caller = by or self.person
        cause = caller.cause("web")
        return self.steps.after(request_id, after, caller=caller, cause=cause, language=language)

    def past_case(self, steps: int) -> UUID:
        request = ServiceRequest.import_case(
            request_id=uuid4(),
            service_code="LIF-001",
            authority="police",
            source="log",
            case=uuid4().hex,
            channel="counter",
            department=None,
            responsible=None,
            reference=str(secrets.randbelow(10**12)),
            started_at=AT,
            promised_by=None,
        )
        for number in range(steps):
            at = AT + timedelta(minutes=steps - number)  # what is brought in late happened before
            request.complete_step(Step(f"step {number}", None, None, str(number)), at)
        with self.log.unit_of_work(Cause("test", "officer", "agency_api")) as unit:
            unit.save(request)
            self.requests._view.write(unit, request)
        return request.id


@pytest.fixture
def office(make_database_url: Callable[[str], str]) -> Iterator[Following]:
    database = Database(make_database_url("requests"), size=8)
    database.open()
    yield Following(database)
    database.close()


def test_steps_are_told_from_any_one_on_as_the_timeline_tells_them(office: Following) -> None:
    request_id = office.refused()
    cause = office.person.cause("web")
    timeline = office.story.timeline(request_id, caller=office.person, cause=cause, language="fa")
    steps = timeline["items"]

    for known in range(len(steps) + 1):
        told = office.after(request_id, known, language="fa")
        assert [step | {"version": None} for step in told["items"]] == [
            step | {"version": None} for step in steps[known:]
        ]
        assert (told["version"], told["more"]) == (len(steps), False)

    assert told["standing"]["status"] == "decided"
    assert told["standing"]["outcome"] == "refused"
    assert office.look(request_id)["next"] in office.after(request_id, 0)["standing"]["next"]


def test_a_long_history_comes_in_parts_without_a_gap(office: Following) -> None:
    request_id = office.past_case(2 * MOST_STEPS + 7)
    seen: list[int] = []
    more = True
    while more:
        told = office.after(request_id, seen[-1] if seen else 0, officer())
        seen += [step["version"] for step in told["items"]]
        more = told["more"]

    assert seen == list(range(1, 2 * MOST_STEPS + 9))


def test_an_id_that_never_was_hides_nothing_that_comes(office: Following) -> None:
    request_id = office.submit()

    told = office.after(request_id, 2**31 - 1)

    assert (told["items"], told["version"], told["more"]) == ([], 1, False)


def test_nobody_else_follows_and_an_officers_look_is_on_record(office: Following) -> None:
    request_id = office.submit()
    for stranger in (someone(), officer("welfare")):
        with pytest.raises(NotFound):
            office.after(request_id, 0, stranger)
    with pytest.raises(NotFound):
        office.after(uuid4(), 0)

    office.after(request_id, 0)
    assert office.database.fetch("SELECT count(*) FROM person_data_read") == [(0,)]
    office.after(request_id, 0, officer())
    assert office.database.fetch("SELECT count(*) FROM person_data_read") == [(1,)]


class LiveBroker:
    def __init__(self) -> None:
        self.told: list[Message] = []

    def publish_live(self, messages: Any) -> None:
        self.told += messages


def test_each_request_that_moved_is_named_once_a_batch_with_its_newest_version(
    office: Following,
) -> None:
    broker = LiveBroker()
    first, second = office.refused(), office.submit()

    catch_up(office.log, Moves(broker))

    versions = {str(first): len(office.events(first)), str(second): 1}
    assert {message.subject: message.sequence for message in broker.told} == versions
    assert len(broker.told) == 2
    for message in broker.told:
        assert message.data == {}
        assert "data" in json.loads(message.to_body())
    catch_up(office.log, Moves(broker))
    assert len(broker.told) == 2, "nothing moved since"


def test_what_happened_before_the_release_is_told_to_nobody(office: Following) -> None:
    assert office.database.fetch("SELECT position FROM follower WHERE name = 'requests.moves'") == [
        (0,)
    ]


class Line:
    """A line to the broker that can be cut."""

    def __init__(self, amqp_url: str) -> None:
        self._url = urlsplit(amqp_url)
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> str:
        self._door = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        port = self._door.sockets[0].getsockname()[1]
        who = self._url.netloc.rpartition("@")[0]
        return urlunsplit(self._url._replace(netloc=f"{who}@127.0.0.1:{port}"))

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(self._url.hostname, self._url.port)
        self._writers += [writer, there[1]]
        with suppress(OSError):
            await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


def moved(request_id: str, version: int) -> Message:
    return Message(f"{request_id}:{version}", "requests", REQUEST_MOVED, request_id, AT, version)


def test_a_gateway_hears_what_moves_and_looks_by_itself_after_it_did_not_hear(
    amqp_url: str,
) -> None:
    with Connection(amqp_url) as connection:
        declare(connection, "requests", [])
    broker = RabbitBroker(amqp_url)
    mine, other = str(uuid4()), str(uuid4())

    async def hear() -> list[bool]:
        streams, line = Streams(), Line(amqp_url)
        hearing = Hearing(await line.open(), streams)
        loop = asyncio.get_running_loop()
        streams_open = [streams.open(each, HOLDER) for each in (mine, other)]

        async def woken(stream: Stream, seen: int, seconds: float = 10) -> bool:
            return await stream.woken(seen, loop.time() + seconds)

        await hearing.open()
        await asyncio.wait_for(hearing.hears.wait(), 10)
        told = [await woken(stream, 0) for stream in streams_open]  # it begins to hear: look once
        broker.publish_live([moved(mine, 3)])
        told += [await woken(streams_open[0], 2), not await woken(streams_open[1], 2, 0.3)]
        line.cut()
        broker.publish_live([moved(mine, 4)])  # nobody hears it
        told += [await woken(stream, 3) for stream in streams_open]  # it hears again: look once
        await hearing.close()
        for stream in streams_open:
            streams.close(stream)
        return told

    assert asyncio.run(hear()) == [True] * 6
    broker.close()


def test_what_nobody_hears_is_kept_nowhere(amqp_url: str) -> None:
    broker = RabbitBroker(amqp_url)
    with Connection(amqp_url) as connection:
        declare(connection, "requests", [])
    before = broker.waiting(UNROUTED_QUEUE.name)

    broker.publish_live([moved(str(uuid4()), 1)])

    assert broker.waiting(UNROUTED_QUEUE.name) == before
    broker.close()
