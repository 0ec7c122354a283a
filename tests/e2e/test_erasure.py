"""A person is forgotten by every service, and what was decided, told and proved about them stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from panjareh_cli.local.platform import Platform
from panjareh_common.settings import SERVICES
from tests.people import Person, internet_form, officer, somebody, until
from tests.stored import dead_letters, rows, value

BUILDING = {
    "plot_number": "12/7",
    "work": "extension",
    "floor_area_m2": 40,
    "description": "A room on the roof.",
}


def erase(platform: Platform, person_id: str) -> None:
    """As an operator does."""
    subprocess.run(
        [sys.executable, "-m", "panjareh_identity", "erase", person_id],
        env=platform.environment_for("identity"),
        check=True,
        capture_output=True,
    )


def applicant_of(platform: Platform, request_id: str) -> str:
    sql = "SELECT applicant_id::text FROM request WHERE request_id = %s"
    return str(value(platform, "requests", sql, request_id))


@pytest.fixture(scope="module")
def forgotten(platform: Platform) -> tuple[Person, str, str]:
    """Somebody with a decided request, erased; with their id and that of the request."""
    person = Person(platform, somebody(1)).arrive()
    request_id = person.submit("INET-001", internet_form(person.about))["request_id"]
    person.wait_for(request_id, "decided")
    person_id = applicant_of(platform, request_id)
    erase(platform, person_id)
    return person, person_id, request_id


def test_every_service_destroys_the_key_and_notes_it(
    platform: Platform, forgotten: tuple[Person, str, str]
) -> None:
    _, person_id, _ = forgotten
    key = "SELECT wrapped, erased_at FROM person_key WHERE person_id = %s"

    for service in SERVICES:
        ((wrapped, erased_at),) = until(
            lambda: rows(platform, service, key, person_id),  # noqa: B023
            lambda found: bool(found) and found[0][0] is None,
        )
        assert wrapped is None
        assert erased_at is not None
        ledger = Path(platform.env["PANJAREH_ERASURES_DIR"]) / f"{service}.erased"
        assert person_id in ledger.read_text().splitlines()


def test_whoever_holds_their_token_or_password_comes_in_no_more(
    forgotten: tuple[Person, str, str],
) -> None:
    person, _, request_id = forgotten

    until(lambda: person.get(f"/api/v1/requests/{request_id}").status_code, lambda s: s == 401)
    credentials = {
        "national_id": person.about.national_id,
        "password": "a long enough sandbox password",
    }
    assert person.post("/api/v1/sessions", credentials).status_code == 401


def test_an_officer_still_sees_that_there_was_a_request(platform: Platform) -> None:
    someone = Person(platform, somebody(9)).arrive()
    request_id = someone.submit("MUN-010", BUILDING)["request_id"]
    someone.wait_for(request_id, "under_review")
    erase(platform, applicant_of(platform, request_id))

    answer = officer(platform, "municipality").get(f"/api/v1/requests/{request_id}")

    assert answer.status_code == 200, answer.text


def test_every_log_still_says_what_it_said(
    platform: Platform, forgotten: tuple[Person, str, str]
) -> None:
    for service in SERVICES:
        checked = subprocess.run(
            [sys.executable, "-m", f"panjareh_{service}", "verify-log"],
            env=platform.environment_for(service),
            check=False,
            capture_output=True,
            text=True,
        )
        assert checked.returncode == 0, checked.stdout
    assert dead_letters(platform) == {}


def test_whoever_was_erased_may_come_again_as_somebody_new(
    platform: Platform, forgotten: tuple[Person, str, str]
) -> None:
    person, _, __ = forgotten
    again = Person(platform, person.about)

    again.sign_up()

    assert again.sign_in() == 1
