"""Answers that are no JSON: part by part, never held as a whole, and never cut off without being seen to be."""

import asyncio
import base64

import httpx
import pytest
from starlette.applications import Starlette
from tests.unit.gateway.conftest import KEY

from panjareh_common.refusals import InvalidInput, TooLate, Unavailable
from panjareh_common.security import ServiceIdentity
from panjareh_gateway import parts, serving
from panjareh_gateway.api.table import OPERATIONS
from panjareh_gateway.operations import Access, Operation

WHOLE = "/api/v1/catalogue.ttl"


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(parts, "_PAUSE_SECONDS", 0)
    monkeypatch.setattr(parts, "_PATIENCE_SECONDS", 0.2)


class Told:
    """Answers with these one after the other, and with the last one from then on; an exception is raised."""

    def __init__(self, *answers) -> None:
        self._answers = list(answers)

    def __call__(self, service, method):
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def test_a_long_text_goes_out_part_by_part(http, services):
    services.answer = Told(
        {"text": "یک", "next": "A", "etag": "tag"},
        {"text": "two", "next": "B", "etag": None},
        {"text": "three", "next": None, "etag": None},
    )

    response = http.get(WHOLE)

    assert response.status_code == 200
    assert response.text == "یکtwothree"
    assert response.headers["content-type"] == "text/turtle; charset=utf-8"
    assert response.headers["etag"] == 'W/"tag"'
    assert response.headers["cache-control"] == "public, no-cache"
    assert response.headers["x-content-type-options"] == "nosniff"
    asked = [request.payload for _, __, request in services.calls]
    assert [each.get("after") for each in asked] == [None, "A", "B"]
    assert all(each["window"] == "http://panjareh.test" for each in asked)


def test_what_has_not_changed_is_not_sent_again_and_not_made_again(http, services):
    services.answer = Told({"text": "one", "next": "A", "etag": "tag"})

    response = http.get(WHOLE, headers={"if-none-match": 'W/"tag"'})

    assert (response.status_code, response.content) == (304, b"")
    assert len(services.calls) == 1


def test_a_short_text_is_told_by_its_digest(http, services):
    services.answer = {"text": "one", "next": None}
    tag = http.get(WHOLE).headers["etag"]

    assert http.get(WHOLE, headers={"if-none-match": tag}).status_code == 304
    services.answer = {"text": "another", "next": None}
    assert http.get(WHOLE, headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize("away", [Unavailable(), TooLate()])
def test_a_service_that_is_away_for_a_moment_is_asked_again(http, services, away):
    services.answer = Told({"text": "one", "next": "A"}, away, away, {"text": "two", "next": None})

    assert http.get(WHOLE).text == "onetwo"


@pytest.mark.parametrize(
    "broken", [Unavailable(), InvalidInput([])], ids=["away for long", "refused"]
)
def test_an_answer_that_breaks_off_is_no_whole_one(services, broken):
    """The generator fails, so the server closes the connection without the end of the last chunk."""
    following = Told(broken)

    async def ask(more):
        answer = following("catalog", "export_turtle")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def read():
        told = parts.answer(operation(), {"text": "1", "next": "A"}, ask, known="", language="en")
        return [part async for part in told.body_iterator]

    with pytest.raises((Unavailable, InvalidInput)):
        asyncio.run(read())


def test_the_next_part_is_asked_for_when_the_last_one_has_gone():
    """However long the answer, one part of it is here."""
    asked = []

    async def ask(more):
        asked.append(more["after"])
        number = int(more["after"])
        return {"text": str(number), "next": str(number + 1) if number < 1000 else None}

    async def read():
        told = parts.answer(operation(), {"text": "0", "next": "1"}, ask, known="", language="en")
        seen = 0
        async for _ in told.body_iterator:
            assert len(asked) == seen
            seen += 1
        return seen

    assert asyncio.run(read()) == 1001


def test_many_who_read_on_leave_a_service_its_time_for_others():
    """However many read, few parts are being made at once; the first part of each comes without waiting."""
    at_once, most = 0, 0

    class Slow:
        connected = True

        async def open(self):
            """Nothing to open."""

        async def close(self):
            """Nothing to close."""

        async def call(self, service, method, request, *, timeout):
            nonlocal at_once, most
            after = request.payload.get("after")
            if after is None:
                return {"text": "0", "next": "1"}
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(0)
            at_once -= 1
            return {"text": after, "next": str(int(after) + 1) if int(after) < 9 else None}

    caller = serving.Caller(Slow(), ServiceIdentity("gateway", KEY.as_dict(private=True)))
    app = Starlette(routes=serving.routes(OPERATIONS, caller))

    async def read(client):
        return (await client.get(WHOLE)).text

    async def all_of_them():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as client:
            return await asyncio.gather(*(read(client) for _ in range(20)))

    assert asyncio.run(all_of_them()) == ["0123456789"] * 20
    assert most == 2


def test_bytes_come_as_they_are_and_may_be_kept_for_ever():
    picture = bytes(range(256))
    first = {
        "base64": base64.b64encode(picture).decode(),
        "cache": "immutable",
        "media_type": "image/png",
    }

    told = parts.answer(operation(), first, None, known="", language="en")

    assert told.body == picture
    assert told.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert told.headers["content-type"] == "image/png"


def test_what_is_ones_own_is_kept_by_no_one_else():
    told = parts.answer(
        operation(access=Access.SIGNED_IN), {"text": "x"}, None, known="", language="en"
    )

    assert told.headers["cache-control"] == "private, no-cache"


def test_an_ending_in_the_address_is_not_taken_for_a_part_of_a_code(http, services):
    services.answer = {"text": "", "next": None}

    http.get("/api/v1/services/INET-001.ttl")

    service, method, request = services.calls[-1]
    assert (service, method, request.payload["code"]) == (
        "catalog",
        "export_service_turtle",
        "INET-001",
    )


def operation(**changes) -> Operation:
    [whole] = [each for each in OPERATIONS if each.path == WHOLE]
    return Operation(**vars(whole) | changes)
