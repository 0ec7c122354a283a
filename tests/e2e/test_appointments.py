"""Coming in person, over public HTTP: a place is opened, a time offered, chosen, moved, waited for and called off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml
from icalendar import Calendar

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo import services_dir
from tests.filling import filled
from tests.people import Person, appointed, officer, somebody, until

CARD = yaml.safe_load((services_dir() / "CARD-001.yaml").read_text(encoding="utf-8"))
PLACES = "/agency/v1/appointment-places"
EVERY_DAY = ["saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday"]


@pytest.fixture(scope="module")
def keeper(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """A supervisor of the civil registry."""
    folder = tmp_path_factory.mktemp("supervisors")
    return appointed(platform, "civil_registry", folder, "supervisor")


@pytest.fixture(scope="module")
def clerk(platform: Platform) -> Person:
    return officer(platform, "civil_registry")


def plan(**changes: Any) -> dict[str, Any]:
    return {
        "name": {"fa": "دفتر ونک", "en": "Vanak office"},
        "address": {"fa": "میدان ونک", "en": "Vanak Square"},
        "city": {"fa": "تهران", "en": "Tehran"},
        "hours": [{"days": EVERY_DAY, "from": "08:00", "to": "12:00"}],
        "slot_minutes": 30,
        "capacity": 1,
        "from_day": "2026-01-01",
        "services": ["CARD-001"],
    } | changes


@pytest.fixture
def place(keeper: Person) -> str:
    opened = keeper.post(PLACES, plan(), key=str(uuid4()))
    assert opened.status_code == 201, opened.text
    return str(opened.json()["place_id"])


def offered(platform: Platform, clerk: Person) -> tuple[Person, str]:
    """Somebody whom the officer asks to come."""
    person = Person(platform, somebody()).arrive()
    request_id = str(person.submit("CARD-001", filled(CARD["form"]))["request_id"])
    person.wait_for(request_id, "under_review")
    for what, body in (("review", REASON), ("appointment", {"note": "Bring the old card."})):
        answer = clerk.post(f"/agency/v1/requests/{request_id}/{what}", body, key=str(uuid4()))
        assert answer.status_code == 200, answer.text
    return person, request_id


REASON: dict[str, Any] = {"out_of_order": "There is nobody else here to test it with."}


def of(request_id: str, what: str = "") -> str:
    return f"/api/v1/requests/{request_id}/appointment{what}"


def times(person: Person, request_id: str, place: str) -> list[dict[str, Any]]:
    """From the day after tomorrow on, so that each may still be moved."""
    first = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
    found = person.get(
        of(request_id, "/slots"), params={"place": place, "from_day": first, "limit": 50}
    )
    assert found.status_code == 200, found.text
    return list(found.json()["items"])


def choose(
    person: Person, request_id: str, slot: dict[str, Any], method: str = "POST"
) -> httpx.Response:
    body = {"place_id": slot["place_id"], "starts_at": slot["starts_at"]}
    return person.request(method, of(request_id), json=body, key=str(uuid4()))


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_from_the_offer_to_the_decision(
    platform: Platform, keeper: Person, clerk: Person, place: str
) -> None:
    person, request_id = offered(platform, clerk)
    told = person.get(of(request_id)).json()
    assert (told["status"], told["note"]) == ("awaiting_appointment", "Bring the old card.")
    assert place in [each["place_id"] for each in told["places"]]
    seen = person.look(request_id)
    assert "appointment" in seen["may"]
    assert seen["next"].startswith("It is your turn")
    assert person.get(f"/api/v1/requests/{request_id}/clock").json()["state"] == "paused"
    late = clerk.post(
        f"/agency/v1/requests/{request_id}/decision",
        {"outcome": "granted", "reason": "So."},
        key=str(uuid4()),
    )
    assert code(late) == (409, "not_under_review")

    first, second, *_ = times(person, request_id, place)
    booked = choose(person, request_id, first)
    assert (booked.status_code, booked.json()["status"]) == (201, "awaiting_appointment")
    assert code(choose(person, request_id, second)) == (409, "already_booked")
    assert choose(person, request_id, second, "PUT").status_code == 200
    assert person.look(request_id)["appointment_at"] == second["starts_at"]

    file = person.get(of(request_id, ".ics"))
    assert file.headers["content-type"] == "text/calendar; charset=utf-8"
    (event,) = Calendar.from_ical(file.text).walk("VEVENT")
    assert event.decoded("dtstart") == datetime.fromisoformat(second["starts_at"])

    day = datetime.fromisoformat(second["starts_at"]) + timedelta(hours=3.5)
    listed = clerk.get(f"{PLACES}/{place}/appointments", params={"day": day.date().isoformat()})
    assert [row["request_id"] for row in listed.json()["items"]] == [request_id]
    marked = clerk.post(
        f"/agency/v1/requests/{request_id}/appointment/outcome", {"came": False}, key=str(uuid4())
    )
    assert code(marked) == (409, "too_early_to_mark")

    off = {"reason": "The papers are enough.", "for_good": True}
    done = clerk.post(
        f"/agency/v1/requests/{request_id}/appointment/cancellation", off, key=str(uuid4())
    )
    assert done.json()["status"] == "under_review"
    decided = clerk.post(
        f"/agency/v1/requests/{request_id}/decision",
        {"outcome": "granted", "reason": "All is there."},
        key=str(uuid4()),
    )
    assert decided.status_code == 200, decided.text
    kinds = [step["kind"] for step in person.timeline(request_id)]
    assert [kind for kind in kinds if kind.startswith("Appointment")] == [
        "AppointmentOffered",
        "AppointmentBooked",
        "AppointmentMoved",
        "AppointmentLapsed",
    ]


def test_a_time_that_somebody_gives_back_is_kept_for_who_waits_and_a_closed_day_frees_it(
    platform: Platform, keeper: Person, clerk: Person, place: str
) -> None:
    has, hers = offered(platform, clerk)
    waits, his = offered(platform, clerk)
    slot = times(has, hers, place)[0]
    assert choose(has, hers, slot).status_code == 201
    assert code(choose(waits, his, slot)) == (409, "slot_taken")
    day = (datetime.fromisoformat(slot["starts_at"]) + timedelta(hours=3.5)).date().isoformat()
    line = {"place_id": place, "from_day": day, "until_day": day}
    joined = waits.post(of(his, "/waiting"), line, key=str(uuid4()))
    assert joined.status_code == 200, joined.text

    assert has.delete(of(hers), key=str(uuid4())).status_code == 200

    kept = until(lambda: waits.get(of(his)).json()["kept_for_you"], bool)
    assert kept["starts_at"] == slot["starts_at"]
    assert choose(waits, his, slot).status_code == 201

    seen = keeper.get(f"{PLACES}/{place}")
    because = {"reason": {"fa": "تعمیر", "en": "Repairs"}}
    tag = {"If-Match": seen.headers["etag"]}
    path = f"{PLACES}/{place}/closed-days/{day}"
    closed = keeper.request("PUT", path, json=because, headers=tag, key=str(uuid4()))
    assert closed.status_code == 200, closed.text
    stale = keeper.request("PUT", path, json=because, headers=tag, key=str(uuid4()))
    assert code(stale) == (412, "place_changed")

    told = until(lambda: waits.get(of(his)).json(), lambda told: told["booked"] is None)
    assert told["status"] == "awaiting_appointment"
    assert "Repairs" in waits.timeline(his)[-1]["text"]
    assert code(choose(waits, his, slot)) == (409, "slot_not_offered")


def test_only_supervisors_keep_places_and_nobody_reaches_what_is_not_theirs(
    platform: Platform, keeper: Person, clerk: Person, place: str
) -> None:
    person, request_id = offered(platform, clerk)
    stranger = Person(platform, somebody()).arrive()
    police = officer(platform, "police")

    refused = clerk.post(PLACES, plan(), key=str(uuid4()))
    assert code(refused) == (403, "not_allowed")
    unfit = keeper.post(PLACES, plan(services=["DRV-002"], slot_minutes=5), key=str(uuid4()))
    assert code(unfit) == (422, "invalid_input")
    assert unfit.json()["errors"][0]["pointer"] == "/services/0"
    for answer in (
        stranger.get(of(request_id)),
        stranger.get(of(request_id, ".ics")),
        police.get(f"/agency/v1/requests/{request_id}/appointment"),
        police.get(f"{PLACES}/{place}"),
        police.get(f"{PLACES}/{place}/appointments", params={"day": "2026-12-01"}),
    ):
        assert code(answer) == (404, "not_found")
    assert person.get(of(request_id)).status_code == 200
