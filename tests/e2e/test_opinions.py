"""The municipality asks the police what it thinks of a plan, over public HTTP (R3)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.e2e.test_bad_input import problem
from tests.e2e.test_files import FORM, PDF, Files, submit
from tests.people import Person, officer, persona

OUT_OF_ORDER = {"out_of_order": "a test"}


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return Person(platform, persona("fits_every_scheme")).arrive()


def send(who: Person, path: str, **body: Any) -> httpx.Response:
    return who.post(f"/agency/v1/{path}", body, key=str(uuid4()))


def test_another_authority_is_asked_sees_what_was_chosen_and_answers(
    platform: Platform, person: Person
) -> None:
    clerk, police = officer(platform, "municipality"), officer(platform, "police")
    mine = Files(platform, person)
    file_id = mine.upload(PDF, "نقشه.pdf")
    assert mine.looked_through(file_id)["state"] == "clean"
    request_id: str = submit(person, file_id).json()["request_id"]
    person.wait_for(request_id, "under_review")
    assert send(clerk, f"requests/{request_id}/review", **OUT_OF_ORDER).status_code == 200
    form = person.look(request_id)["form"]
    shown = next(name for name in form if name != "drawings")
    problem(Files(platform, police).get(file_id), 404, "not_found")

    asked = send(
        clerk,
        f"requests/{request_id}/opinions",
        authority="police",
        question="Does the road stay wide enough?",
        shown_fields=[shown],
        shown_files=[file_id],
    )
    assert asked.status_code == 201, asked.text
    opinion_id = asked.json()["opinion_id"]

    listed = police.get("/agency/v1/opinions").json()["items"]
    assert opinion_id in [item["opinion_id"] for item in listed]
    told = police.get(f"/agency/v1/opinions/{opinion_id}").json()
    assert told["question"] == "Does the road stay wide enough?"
    assert [(each["name"], each["value"]) for each in told["shown"]] == [(shown, form[shown])]
    assert [each["file_id"] for each in told["files"]] == [file_id]
    got = Files(platform, police).get(file_id)
    assert (got.status_code, got.content) == (200, PDF)
    problem(police.get(f"/agency/v1/requests/{request_id}"), 404, "not_found")
    problem(clerk.get(f"/agency/v1/opinions/{opinion_id}"), 404, "not_found")
    problem(person.get(f"/agency/v1/opinions/{opinion_id}"), 403, "not_allowed")

    answer = send(
        police, f"opinions/{opinion_id}/answer", recommendation="grant", text="It stays wide."
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "given"
    [item] = clerk.get(f"/agency/v1/requests/{request_id}/opinions").json()["items"]
    assert (item["recommendation"], item["text"]) == ("grant", "It stays wide.")
    problem(Files(platform, police).get(file_id), 404, "not_found")
    told_to_person = " ".join(step["text"] for step in person.timeline(request_id))
    assert "asked the authority police for its opinion" in told_to_person
    assert "The authority police gave its opinion." in told_to_person
    assert "It stays wide." not in told_to_person
    assert FORM["properties"], "the shipped form has fields"


def test_a_question_is_taken_back(platform: Platform, person: Person) -> None:
    clerk, police = officer(platform, "municipality"), officer(platform, "police")
    mine = Files(platform, person)
    file_id = mine.upload(PDF, "plan.pdf")
    mine.looked_through(file_id)
    request_id: str = submit(person, file_id).json()["request_id"]
    person.wait_for(request_id, "under_review")
    send(clerk, f"requests/{request_id}/review", **OUT_OF_ORDER)
    path = f"requests/{request_id}/opinions"
    opinion_id = send(clerk, path, authority="police", question="?").json()["opinion_id"]

    assert send(clerk, f"{path}/{opinion_id}/withdrawal").json()["state"] == "withdrawn"

    gone = send(police, f"opinions/{opinion_id}/answer", recommendation="neither", text="x")
    problem(gone, 409, "opinion_not_awaited")
    problem(send(clerk, path, authority="municipality", question="?"), 422, "opinion_of_oneself")
    problem(send(clerk, path, authority="nobody", question="?"), 422, "unknown_receiver")
