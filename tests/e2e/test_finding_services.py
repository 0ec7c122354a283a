"""Finding public services over public HTTP, and a person's hints (C1, F4, I8)."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.people import Person, internet_form, somebody, until


@pytest.fixture
def anyone(platform: Platform):
    with httpx.Client(base_url=platform.url, headers={"Accept-Language": "en"}) as client:
        yield client


def test_a_search_is_answered_with_facets_that_lead_on(anyone):
    found = anyone.get("/api/v1/services", params={"q": "permit", "facets": "true"}).json()

    assert found["total"] >= len(found["items"]) > 1
    for facet, values in found["facets"].items():
        for value in values:
            asked = {"q": "permit", facet: value["value"]}
            assert anyone.get("/api/v1/services", params=asked).json()["total"] == value["count"]


def test_a_typing_error_is_put_right_and_said(anyone):
    found = anyone.get("/api/v1/services", params={"q": "drving licence"}).json()

    assert found["did_you_mean"] == "driving licence"
    assert found["items"][0]["code"].startswith("DRV")


def test_an_empty_answer_helps(anyone):
    asked = {"q": "free internet", "authority": "police"}
    found = anyone.get("/api/v1/services", params=asked).json()

    assert (found["items"], found["facets"]) == ([], None)
    assert found["suggestions"]["widen"][0]["facet"] == "authority"


@pytest.mark.parametrize(
    "asked",
    [
        {"loa": "5"},
        {"loa": "high"},
        {"smart": "perhaps"},
        {"audience": "cats"},
        {"status": "draft"},
        {"facet": "authority"},
        {"after": "nonsense"},
        {"q": "a" * 201},
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(anyone, asked):
    answer = anyone.get("/api/v1/services", params=asked)

    assert answer.status_code in (400, 422), answer.text
    assert next(iter(asked)) in answer.text


def test_life_events_are_listed_in_the_readers_language(anyone):
    listed = anyone.get("/api/v1/life-events", params={"limit": 100}).json()

    assert len(listed["items"]) > 5
    assert all(item["name"].isascii() for item in listed["items"])
    counted = next(item for item in listed["items"] if item["services"])
    found = anyone.get("/api/v1/services", params={"life_event": counted["code"]}).json()
    assert found["total"] == counted["services"]


def test_a_request_counts_on_its_services_card(platform, anyone):
    def submitted():
        return anyone.get("/api/v1/services/INET-001").json()["use"]["submitted"]

    before = submitted()
    person = Person(platform, somebody(decile=2)).arrive()

    person.submit("INET-001", internet_form(person.about))

    until(submitted, lambda number: number == before + 1)


def test_hints_are_given_to_who_chose_them_and_say_why(platform):
    person = Person(platform, somebody(decile=2)).arrive()
    asked = person.get("/api/v1/hints").json()
    assert asked == {"choice": None, "items": [], "missing": []}
    wanted = {"on": True, "life_events": ["low_income"], "age": True, "documents": True}

    chosen = person.request("PUT", "/api/v1/hints/choice", json=wanted, key=str(uuid4()))

    assert chosen.status_code == 200, chosen.text
    assert chosen.json() == {"choice": wanted}
    hinted = person.get("/api/v1/hints").json()
    assert hinted["missing"] == []
    by_code = {item["service"]["code"]: item["reasons"] for item in hinted["items"]}
    assert any(reason.startswith("You chose the life event") for reason in by_code["INET-001"])

    person.request("PUT", "/api/v1/hints/choice", json={"on": False}, key=str(uuid4()))

    assert person.get("/api/v1/hints").json()["items"] == []
    assert person.get("/api/v1/hints/choice").json()["choice"]["on"] is False


def test_hints_are_for_people_who_are_known(anyone):
    assert anyone.get("/api/v1/hints").status_code == 401
