"""A draft over public HTTP: begun on one device, gone on with on another, submitted once."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.e2e.test_bad_input import problem
from tests.people import Person, internet_form, somebody

BEGIN, DRAFTS = "/api/v1/services/INET-001/drafts", "/api/v1/drafts"


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return Person(platform, somebody(decile=2)).arrive()


def put(person: Person, draft_id: str, form: object, seen: str | None) -> httpx.Response:
    headers = {"If-Match": seen} if seen else {}
    return person.request(
        "PUT", f"{DRAFTS}/{draft_id}", key=str(uuid4()), json={"form": form}, headers=headers
    )


def test_a_draft_goes_on_on_another_device_and_is_submitted_once(
    platform: Platform, person: Person
) -> None:
    form = internet_form(person.about)
    phone = Person(platform, person.about, "fa")
    phone.sign_in()

    begun = person.post(BEGIN, {"form": {"consent": True}}, key=str(uuid4()))
    assert begun.status_code == 201, begun.text
    draft = begun.json()
    assert begun.headers["location"] == f"{DRAFTS}/{draft['draft_id']}"
    assert [point["pointer"] for point in draft["missing"]] == ["/form/mobile_number"]

    found = phone.get(f"{DRAFTS}/{phone.get(DRAFTS).json()['items'][0]['draft_id']}")
    assert found.json()["form"] == {"consent": True}
    saved = put(phone, draft["draft_id"], form, found.headers["etag"])
    assert (saved.status_code, saved.json()["complete"]) == (200, True)

    late = put(person, draft["draft_id"], {}, begun.headers["etag"])
    problem(late, 412, "draft_outdated")
    problem(put(person, draft["draft_id"], {}, None), 428, "version_missing")

    which = {"draft_id": draft["draft_id"], "draft_version": 2}
    key = str(uuid4())
    submitted = person.post("/api/v1/services/INET-001/requests", which, key=key)
    assert submitted.status_code == 201, submitted.text
    again = person.post("/api/v1/services/INET-001/requests", which, key=key)
    assert again.json() == submitted.json()
    once_more = person.post("/api/v1/services/INET-001/requests", which, key=str(uuid4()))
    problem(once_more, 409, "draft_gone")
    problem(person.get(f"{DRAFTS}/{draft['draft_id']}"), 404, "not_found")
    assert person.look(submitted.json()["request_id"])["form"] == form
    assert person.wait_for(submitted.json()["request_id"], "decided")["outcome"] == "granted"


def test_somebody_elses_draft_is_not_there(platform: Platform, person: Person) -> None:
    stranger = Person(platform, somebody())
    stranger.sign_up()
    stranger.sign_in()
    draft = person.post(BEGIN, {"form": {}}, key=str(uuid4())).json()["draft_id"]

    problem(stranger.get(f"{DRAFTS}/{draft}"), 404, "not_found")
    problem(put(stranger, draft, {}, "*"), 404, "not_found")
    gone = stranger.delete(f"{DRAFTS}/{draft}", key=str(uuid4()), headers={"If-Match": "*"})
    problem(gone, 404, "not_found")
    assert stranger.get(DRAFTS).json() == {"items": [], "next": None}

    deleted = person.delete(f"{DRAFTS}/{draft}", key=str(uuid4()), headers={"If-Match": '"1"'})
    assert deleted.status_code == 204
    problem(person.get(f"{DRAFTS}/{draft}"), 404, "not_found")


def test_neither_form_nor_draft_is_not_enough(person: Person) -> None:
    answer = person.post("/api/v1/services/INET-001/requests", {}, key=str(uuid4()))

    told = problem(answer, 422, "invalid_input")
    assert [point["pointer"] for point in told["errors"]] == ["/form"]
