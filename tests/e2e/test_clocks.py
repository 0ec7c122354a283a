"""How much time is left for a request, told day by day over public HTTP."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from panjareh_cli.local.platform import Platform
from panjareh_common.calendar import day_in_tehran
from panjareh_common.calendar.working_days import midnight
from panjareh_common.clock import from_wire
from tests.e2e.test_journeys import asked_for_a_licence
from tests.people import Person, officer, somebody


@pytest.fixture(scope="module")
def applicant(platform: Platform) -> tuple[Person, str]:
    """Somebody whose request officers of the police decide."""
    person = Person(platform, somebody()).arrive()
    return person, asked_for_a_licence(person)


def test_the_days_of_a_request_add_up_to_its_deadline(applicant: tuple[Person, str]) -> None:
    person, request_id = applicant

    told = person.get(f"/api/v1/requests/{request_id}/clock").json()

    assert (told["state"], told["passed"]) == ("running", False)
    counted = [day for day in told["days"] if day["counted"]]
    assert [day["number"] for day in counted] == list(range(1, told["limit_days"] + 1))
    last = date.fromisoformat(counted[-1]["day"])
    assert from_wire(told["deadline"]) == midnight(last + timedelta(days=1))
    assert told["days"][0]["why"] == "beginning"
    assert date.fromisoformat(told["days"][0]["day"]) == day_in_tehran(from_wire(told["begun_at"]))
    assert all(day["text"] for day in told["days"])
    assert person.look(request_id)["promised_by"] == told["deadline"]


def test_the_clock_is_told_in_persian(applicant: tuple[Person, str]) -> None:
    person, request_id = applicant

    told = person.get(
        f"/api/v1/requests/{request_id}/clock", headers={"Accept-Language": "fa"}
    ).json()

    assert told["text"].startswith("دستگاه ")
    assert "شمرده نمی‌شود" in told["days"][0]["text"]


def test_nobody_else_sees_it(platform: Platform, applicant: tuple[Person, str]) -> None:
    _, request_id = applicant
    police, registry = officer(platform, "police"), officer(platform, "civil_registry")
    stranger = Person(platform, somebody()).arrive()

    assert police.get(f"/agency/v1/requests/{request_id}/clock").status_code == 200
    assert registry.get(f"/agency/v1/requests/{request_id}/clock").status_code == 404
    assert stranger.get(f"/api/v1/requests/{request_id}/clock").status_code == 404
    assert stranger.get("/agency/v1/escalations").status_code == 403


def test_what_has_passed_its_time_is_listed_for_those_in_charge(
    platform: Platform, applicant: tuple[Person, str]
) -> None:
    _, request_id = applicant

    told = officer(platform, "police").get("/agency/v1/escalations")

    assert told.status_code == 200
    assert request_id not in {row["request_id"] for row in told.json()["items"]}
