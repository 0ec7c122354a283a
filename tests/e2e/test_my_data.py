"""Everything that is held about a person, over public HTTP: identity's part, and that of their requests (I6)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from panjareh_cli.local.platform import Platform
from tests.e2e.test_life_of_requests import LICENCE, act
from tests.people import Person, somebody

SECTIONS = ("history", "drafts", "files", "documents", "looks")


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return Person(platform, somebody()).arrive()


def held(person: Person, section: str, limit: int = 20) -> list[dict[str, Any]]:
    items, query = [], {"limit": limit}
    while True:
        answer = person.get(f"/api/v1/my-data/requests/{section}", params=query)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next"] is None:
            return items
        query = {"limit": limit, "after": answer.json()["next"]}


def test_a_person_takes_everything_along_that_their_requests_hold(
    platform: Platform, person: Person
) -> None:
    request_id = person.submit("DRV-002", LICENCE)["request_id"]
    person.wait_for(request_id, "under_review")
    act(person, request_id, "messages", text="When do you answer?")
    drafted = person.post(
        "/api/v1/services/DRV-002/drafts", {"form": {"licence_class": "class_3"}}, key="a-draft"
    )
    assert drafted.status_code == 201, drafted.text

    history = held(person, "history", limit=1)

    submitted, written = history[0], history[-1]
    assert (submitted["what"], submitted["data"]["form"]) == ("Submitted", LICENCE)
    assert (written["what"], written["data"]["text"]) == ("MessageWritten", "When do you answer?")
    body = submitted["receipt"].split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert said["request_id"] == request_id
    [draft] = held(person, "drafts")
    assert draft["form"] == {"licence_class": "class_3"}
    assert {each["what"] for each in history} >= {"Submitted", "EvidenceReceived"}
    assert set(person.get("/api/v1/my-data").json()["sections"]) >= {"account", "looks", "notices"}

    stranger = Person(platform, somebody()).arrive()
    assert [held(stranger, section) for section in SECTIONS] == [[]] * len(SECTIONS)


def test_there_are_no_other_sections_and_nobody_without_a_token(person: Person) -> None:
    unknown = person.get("/api/v1/my-data/requests/everything")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid_input")
    token, person.token = person.token, None
    try:
        assert person.get("/api/v1/my-data/requests/history").status_code == 401
    finally:
        person.token = token
