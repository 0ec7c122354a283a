"""Live streams of one gateway process: nothing missed, nothing twice, nothing asked while nothing happens."""

import asyncio
import base64
import json
import time
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwk
from tests.unit.gateway.conftest import ISSUER, WINDOW, NoProvider, Services

from panjareh_common.refusals import NotFound, NotSignedIn, Unavailable
from panjareh_common.security import ServiceIdentity
from panjareh_gateway.app import make_app
from panjareh_gateway.live import serving
from panjareh_gateway.live.streams import End, Holder, Streams, StreamsFull, TooManyStreams
from panjareh_gateway.signing_in.cookies import SealedCookies
from panjareh_gateway.signing_in.provider import Provider
from panjareh_gateway.signing_in.routes import SigningIn

KEY = jwk.OKPKey.generate_key("Ed25519", {"kid": "gateway-1"})
REQUEST = str(uuid4())
HOLDER = Holder("a-person", "a-session", time.time() + 900)


def token(person="a-person", session="a-session", seconds=900.0):
    claims = {"sub": person, "sid": session, "exp": time.time() + seconds}
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.signature"


class Requests(Services):
    """The requests service with one request, whose steps are counted."""

    def __init__(self, steps=0):
        super().__init__()
        self.steps = steps
        self.refusal = None
        self.asked_after = []

    async def call(self, service, method, request, *, timeout=5.0):
        assert (service, method) == ("requests", "follow_request")
        after = request.payload["after"]
        self.asked_after.append(after)
        if self.refusal is not None:
            raise self.refusal
        new = list(range(after + 1, self.steps + 1))[:3]  # a service answers in parts
        version = new[-1] if new else min(after, self.steps)
        return {
            "items": [
                {"version": each, "text": f"step {each}", "recorded_at": "2026-06-06T06:30:00Z"}
                for each in new
            ],
            "more": version < self.steps,
            "version": version,
            "standing": {"status": f"after {self.steps}"},
        }


class Reader:
    """An ASGI client of one stream, who may stop reading."""

    def __init__(self):
        self.status = None
        self.headers = {}
        self.text = ""
        self.ended = False
        self.reads = asyncio.Event()
        self.reads.set()
        self.gone = asyncio.Event()
        self.got = asyncio.Event()

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        await self.reads.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {k.decode(): v.decode() for k, v in message["headers"]}
        else:
            self.text += message["body"].decode()
            self.ended = not message.get("more_body")
        self.got.set()

    async def until(self, holds):
        async with asyncio.timeout(10):
            while not holds(self):
                self.got.clear()
                await self.got.wait()

    @property
    def events(self):
        """What an EventSource would dispatch: (id of the event itself, kind, data)."""
        found = []
        for block in self.text.replace("\r\n", "\n").split("\n\n"):
            lines = [line.split(": ", 1) for line in block.split("\n") if ": " in line]
            told = {name: value for name, value in lines if name}
            if "data" in told:
                found.append((told.get("id"), told["event"], json.loads(told["data"])))
        return found

    @property
    def steps(self):
        return [int(id_) for id_, kind, _ in self.events if kind == "step"]

    @property
    def standing(self):
        told = [data["status"] for _, kind, data in self.events if kind == "standing"]
        return told[-1] if told else None

    @property
    def end(self):
        told = [data["because"] for _, kind, data in self.events if kind == "end"]
        return told[-1] if told else None


class Window:
    def __init__(self, services, streams):
        self.services, self.streams = services, streams
        identity = ServiceIdentity("gateway", KEY.as_dict(private=True))
        provider = Provider(ISSUER, identity, transport=NoProvider())
        cookies = SealedCookies(b"k" * 32, secure=False)
        signing_in = SigningIn(provider, cookies, WINDOW)
        self.app = make_app(services, identity, provider, signing_in, streams=streams)
        self.tasks = []

    def follow(self, reader, *, by=None, request=REQUEST, method="GET", query="", headers=()):
        said = {
            "authorization": f"Bearer {by or token()}",
            "accept-language": "en",
            **dict(headers),
        }
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": f"/api/v1/requests/{request}/stream",
            "raw_path": b"",
            "root_path": "",
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in said.items()],
            "client": ("127.0.0.1", 1),
            "server": ("panjareh.test", 80),
        }
        task = asyncio.create_task(self.app(scope, reader.receive, reader.send))
        self.tasks.append(task)
        return reader


@asynccontextmanager
async def window(services, streams=None):
    opened = Window(services, Streams() if streams is None else streams)
    try:
        yield opened
    finally:
        for task in opened.tasks:
            task.cancel()
        await asyncio.gather(*opened.tasks, return_exceptions=True)
        assert len(opened.streams) == 0, "a stream stayed on the list"


def test_a_stream_tells_every_step_once_and_where_the_request_stands():
    async def follow():
        services = Requests(steps=7)
        async with window(services) as opened:
            reader = opened.follow(Reader())
            await reader.until(lambda r: r.standing)
            services.steps = 9
            opened.streams.moved(REQUEST, 9)
            await reader.until(lambda r: r.standing == "after 9")
            return reader

    reader = asyncio.run(follow())

    assert reader.steps == list(range(1, 10))
    assert reader.headers["content-type"].startswith("text/event-stream")
    assert reader.headers["cache-control"] == "no-store"
    assert reader.headers["x-accel-buffering"] == "no"
    assert "retry: " in reader.text


@pytest.mark.parametrize(
    "known", [{"headers": [("last-event-id", "5")]}, {"query": "after=5"}], ids=["header", "query"]
)
def test_who_comes_back_gets_what_follows(known):
    async def follow():
        async with window(Requests(steps=8)) as opened:
            reader = opened.follow(Reader(), **known)
            await reader.until(lambda r: r.standing)
            return reader

    assert asyncio.run(follow()).steps == [6, 7, 8]


@pytest.mark.parametrize("said", ["x", "-1", "٣", "99999999999"])
def test_an_id_that_is_none_of_ours_is_refused(said):
    async def follow():
        services = Requests(steps=1)
        async with window(services) as opened:
            reader = opened.follow(Reader(), headers=[("last-event-id", said)])
            await reader.until(lambda r: r.ended)
            return reader, services

    # A header is bytes: what is no ASCII comes as something that is no digit either.
    reader, services = asyncio.run(follow())
    assert reader.status == 422
    assert services.asked_after == []


def test_open_streams_of_requests_that_stand_still_ask_nobody():
    """Two thousand of them, of which one request moves."""

    async def follow():
        services = Requests(steps=1)
        async with window(services) as opened:
            ids = [str(uuid4()) for _ in range(2_000)]
            readers = [opened.follow(Reader(), request=id_, by=token(person=id_)) for id_ in ids]
            for reader in readers:
                await reader.until(lambda r: r.standing)
            first_looks = len(services.asked_after)
            services.steps = 2
            opened.streams.moved(ids[7], 2)
            await readers[7].until(lambda r: r.standing == "after 2")
            return first_looks, len(services.asked_after), [r.steps for r in readers]

    first_looks, looks, steps = asyncio.run(follow())

    assert first_looks == 2_000
    assert looks == 2_001
    assert [number for number, told in enumerate(steps) if told != [1]] == [7]


def test_what_was_heard_and_is_shown_already_wakes_nobody():
    async def follow():
        services = Requests(steps=4)
        async with window(services) as opened:
            reader = opened.follow(Reader())
            await reader.until(lambda r: r.standing)
            looks = len(services.asked_after)
            for version in (2, 3, 4):
                opened.streams.moved(REQUEST, version)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return looks, len(services.asked_after)

    looks, later = asyncio.run(follow())

    assert later == looks


@given(
    st.lists(st.sampled_from(["happens", "heard", "missed", "away", "back", "turn"]), max_size=30)
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_heard_or_missed_in_whatever_order_every_step_is_told_once(story):
    """Steps happen; words of them come late, in any number, or not at all, before the broker is heard again."""

    async def follow():
        services = Requests(steps=1)
        async with window(services) as opened:
            reader = opened.follow(Reader())
            await reader.until(lambda r: r.standing)
            for what in story:
                if what == "happens":
                    services.steps += 1
                elif what == "heard":
                    opened.streams.moved(REQUEST, services.steps)
                elif what == "missed":
                    opened.streams.something_missed()
                elif what == "turn":
                    for _ in range(5):
                        await asyncio.sleep(0)
                else:
                    services.refusal = Unavailable() if what == "away" else None
            services.refusal = None
            opened.streams.something_missed()  # it hears again
            await reader.until(lambda r: r.standing == f"after {services.steps}")
            return reader.steps, services.steps

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(serving, "_PAUSE_SECONDS", (0.001, 0.002))
        told, steps = asyncio.run(follow())

    assert told == list(range(1, steps + 1))


def test_a_stream_ends_with_its_token_and_says_so():
    async def follow():
        async with window(Requests(steps=1)) as opened:
            reader = opened.follow(Reader(), by=token(seconds=0.2))
            await reader.until(lambda r: r.ended)
            return reader

    reader = asyncio.run(follow())

    assert reader.steps == [1]
    assert reader.end == "token_expired"


def test_a_stream_ends_with_its_session_and_others_go_on():
    async def follow():
        async with window(Requests(steps=1)) as opened:
            readers = [opened.follow(Reader(), by=token(session=each)) for each in ("a", "b")]
            for reader in readers:
                await reader.until(lambda r: r.standing)
            opened.streams.session_ended("a")
            await readers[0].until(lambda r: r.ended)
            return [reader.end for reader in readers]

    assert asyncio.run(follow()) == ["session_ended", None]


def test_a_stream_ends_when_the_service_says_no_after_all():
    async def follow():
        services = Requests(steps=1)
        async with window(services) as opened:
            reader = opened.follow(Reader())
            await reader.until(lambda r: r.standing)
            services.refusal = NotSignedIn()
            opened.streams.moved(REQUEST, 2)
            await reader.until(lambda r: r.ended)
            return reader.end

    assert asyncio.run(follow()) == "refused"


@pytest.mark.parametrize(
    ("refusal", "by", "status"),
    [
        (NotFound(), None, 404),
        (NotSignedIn(), None, 401),
        (Unavailable(), None, 503),
        (None, "no token at all", 401),
        (None, "a.b.c", 401),
        (None, "a.W10.c", 401),
    ],
)
def test_who_may_not_is_told_as_by_any_call_and_holds_nothing(refusal, by, status):
    async def follow():
        services = Requests()
        services.refusal = refusal
        async with window(services) as opened:
            reader = opened.follow(Reader(), by=by)
            await reader.until(lambda r: r.ended)
            return reader, len(opened.streams)

    reader, left = asyncio.run(follow())

    assert reader.status == status
    assert reader.headers["content-type"] == "application/problem+json"
    assert left == 0


def test_a_person_holds_so_many_and_no_more_and_others_are_not_kept_out():
    async def follow():
        streams = Streams(most_of_a_person=2)
        async with window(Requests(steps=1), streams) as opened:
            for _ in range(2):
                await opened.follow(Reader()).until(lambda r: r.standing)
            third = opened.follow(Reader())
            await third.until(lambda r: r.ended)
            other = opened.follow(Reader(), by=token(person="another"))
            await other.until(lambda r: r.standing)
            return third.status, other.status

    assert asyncio.run(follow()) == (429, 200)


def test_a_place_that_is_left_is_free_again():
    async def follow():
        streams = Streams(most=1, most_of_a_person=1)
        async with window(Requests(steps=1), streams) as opened:
            first = opened.follow(Reader())
            await first.until(lambda r: r.standing)
            refused = opened.follow(Reader(), by=token(person="another"))
            await refused.until(lambda r: r.ended)
            first.gone.set()
            async with asyncio.timeout(5):
                await opened.tasks[0]
            again = opened.follow(Reader())
            await again.until(lambda r: r.standing)
            return refused.status, again.status

    assert asyncio.run(follow()) == (503, 200)


def test_who_only_asks_for_the_headers_holds_nothing():
    async def follow():
        async with window(Requests(steps=1)) as opened:
            reader = opened.follow(Reader(), method="HEAD")
            await reader.until(lambda r: r.ended)
            await opened.tasks[0]
            return reader.status, reader.text, len(opened.streams)

    assert asyncio.run(follow()) == (200, "", 0)


def test_who_does_not_read_is_dropped():
    async def follow():
        services = Requests(steps=1)
        async with window(services) as opened:
            reader = opened.follow(Reader())
            await reader.until(lambda r: r.standing)
            reader.reads.clear()
            services.steps = 2
            opened.streams.moved(REQUEST, 2)
            async with asyncio.timeout(5):
                await opened.tasks[0]
            return reader.ended, len(opened.streams)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(serving, "_SEND_SECONDS", 0.05)
        assert asyncio.run(follow()) == (False, 0)


def test_a_process_that_ends_says_goodbye():
    async def follow():
        streams = Streams()
        stream = streams.open(REQUEST, HOLDER)

        async def ask(after):
            raise AssertionError("nobody is asked any more")

        first = {"items": [], "more": False, "version": 0, "standing": {"status": "submitted"}}
        response = serving.LiveResponse(streams, stream, serving._events(stream, first, ask), "en")
        reader = Reader()
        scope = {"type": "http", "method": "GET"}
        running = asyncio.create_task(response(scope, reader.receive, reader.send))
        await reader.until(lambda r: r.standing)
        response._shutdown_event.set()  # as the library does
        await running
        return reader

    reader = asyncio.run(follow())

    assert reader.end == "shutdown"
    assert reader.ended


def test_a_heartbeat_goes_out_while_nothing_happens():
    async def follow():
        async with window(Requests(steps=1)) as opened:
            reader = opened.follow(Reader())
            await reader.until(lambda r: ": still here" in r.text)
            return reader.steps

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(serving, "_HEARTBEAT_SECONDS", 0.02)
        assert asyncio.run(follow()) == [1]


def test_a_stream_that_is_closed_twice_is_counted_once():
    streams = Streams(most=2)
    first, second = (streams.open(REQUEST, HOLDER) for _ in range(2))
    with pytest.raises(StreamsFull):
        streams.open(REQUEST, HOLDER)

    streams.close(first)
    streams.close(first)

    assert len(streams) == 1
    streams.close(second, End.LEFT)
    assert len(streams) == 0


def test_only_streams_that_were_let_in_count_as_a_persons():
    """A token that nobody believed takes nothing from whom it names."""
    streams = Streams(most_of_a_person=1)
    forged = streams.open(REQUEST, HOLDER)
    mine = streams.open(REQUEST, HOLDER)

    streams.admit(mine)

    with pytest.raises(TooManyStreams):
        streams.admit(forged)
    streams.close(mine)
    streams.admit(forged)
    streams.close(forged)
