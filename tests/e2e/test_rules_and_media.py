"""Rules are open to all, decide from their stored inputs and are explained (R5); steps show pictures (C2)."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo import services_dir
from tests.e2e.minted import browser
from tests.e2e.test_outages import Office
from tests.filling import filled
from tests.people import Person, officer, somebody
from tests.stored import value
from tests.unit.catalog.test_media_formats import SAMPLES

CARD = yaml.safe_load((services_dir() / "VEH-002.yaml").read_text(encoding="utf-8"))
TRY = "/api/v1/services/VEH-002/rules/try"
GOOD = CARD["rules"]["tests"][0]["given"]
TEXT = {"fa": "متن", "en": "text"}


@pytest.fixture
def http(platform: Platform) -> Iterator[httpx.Client]:
    with browser(platform) as client:
        yield client


@pytest.fixture(scope="module")
def too_late(platform: Platform) -> tuple[Person, str]:
    """A request about an accident of two months ago, decided by rules."""
    person = Person(platform, somebody()).arrive()
    long_ago = (datetime.now(UTC) - timedelta(days=60)).date().isoformat()
    request = person.submit("VEH-002", filled(CARD["form"]) | {"happened_on": long_ago})
    person.wait_for(request["request_id"], "decided")
    return person, request["request_id"]


def test_anybody_tries_the_rules_before_asking(http: httpx.Client) -> None:
    answer = http.post(TRY, json={"values": GOOD}, headers={"Accept-Language": "fa"})

    told = answer.json()
    assert (answer.status_code, told["outcome"], told["row"]) == (200, "granted", "certified")
    assert told["rules_hash"] and told["law"].startswith("قانون")
    assert told["derived"] == [{"name": "days_since", "title": "روزهای گذشته از تصادف", "value": 2}]
    late = next(row for row in told["rows"] if row["id"] == "too_late")
    assert late["conditions"] == [
        {
            "name": "days_since",
            "holds": False,
            "text": "روزهای گذشته از تصادف: باید بیش از ۳۰ باشد؛ ۲ است.",
        }
    ]


def test_trying_says_what_is_missing_and_who_decides_then(http: httpx.Client) -> None:
    nothing = http.post(TRY, json={"values": {}}).json()
    hurt = http.post(TRY, json={"values": GOOD | {"form.somebody_hurt": True}}).json()

    assert (nothing["outcome"], nothing["row"]) == ("officers", None)
    assert "missing" in nothing["reason"]
    assert (hurt["outcome"], hurt["reason"]) == ("officers", CARD["rules"]["otherwise"]["en"])


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (TRY, {"values": {"form.shoe_size": 3}}, 422, "invalid_input"),
        (TRY, {"values": 5}, 422, "invalid_input"),
        (TRY, {}, 422, "invalid_input"),
        ("/api/v1/services/NO-999/rules/try", {"values": {}}, 404, "unknown_service"),
        ("/api/v1/services/DRV-002/rules/try", {"values": {}}, 409, "officers_decide"),
    ],
)
def test_what_cannot_be_tried_is_refused(
    http: httpx.Client, path: str, body: Any, status: int, code: str
) -> None:
    answer = http.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_rules_decide_and_explain_themselves_to_the_applicant(
    too_late: tuple[Person, str],
) -> None:
    person, request_id = too_late

    told = person.get(f"/api/v1/requests/{request_id}/explanation").json()

    assert (told["outcome"], told["by"], told["row"]) == ("refused", "rules", "too_late")
    assert told["reason"] == next(
        row["reason"]["en"] for row in CARD["rules"]["rows"] if row["id"] == "too_late"
    )
    [why] = next(row["conditions"] for row in told["rows"] if row["id"] == "too_late")
    assert why["holds"] is True
    assert re.fullmatch(
        r"Days since the accident: it must be more than 30; it is \d\d\.", why["text"]
    )


def test_the_decision_replays_from_what_the_window_tried(
    http: httpx.Client, too_late: tuple[Person, str]
) -> None:
    person, request_id = too_late
    told = person.get(f"/api/v1/requests/{request_id}/explanation").json()
    long_ago = person.look(request_id)["form"]["happened_on"]
    today = datetime.fromisoformat(person.look(request_id)["submitted_at"])

    tried = http.post(
        TRY,
        json={
            "values": {
                "form.happened_on": long_ago,
                "request.submitted_on": (today + timedelta(hours=3.5)).date().isoformat(),
                "form.somebody_hurt": False,
                "form.both_agree": True,
                "vehicle_insurance.insured": True,
            }
        },
    ).json()

    assert (tried["outcome"], tried["row"]) == (told["outcome"], told["row"])
    assert (tried["rules_version"], tried["rules_hash"]) == (
        told["rules_version"],
        told["rules_hash"],
    )


def test_who_is_sent_to_officers_is_told_why_in_the_authoritys_words(platform: Platform) -> None:
    person = Person(platform, somebody()).arrive()
    hurt = {"somebody_hurt": True, "how_many_hurt": 1}
    request_id = person.submit("VEH-002", filled(CARD["form"]) | hurt)["request_id"]
    person.wait_for(request_id, "under_review")

    [step] = [one for one in person.timeline(request_id) if one["kind"] == "SentToOfficers"]

    assert step["text"].endswith(CARD["rules"]["otherwise"]["en"])


def test_nobody_else_reads_the_explanation_and_an_officers_look_is_recorded(
    platform: Platform, too_late: tuple[Person, str]
) -> None:
    _, request_id = too_late
    stranger = Person(platform, somebody()).arrive()
    police = officer(platform, "police")
    looks = "SELECT count(*) FROM person_data_read WHERE about = %s"
    before = value(platform, "requests", looks, request_id)

    own = stranger.get(f"/api/v1/requests/{request_id}/explanation")
    other = officer(platform, "welfare").get(f"/agency/v1/requests/{request_id}/explanation")
    theirs = police.get(f"/agency/v1/requests/{request_id}/explanation")

    assert (own.status_code, other.status_code, theirs.status_code) == (404, 404, 200)
    assert value(platform, "requests", looks, request_id) == before + 1


def test_what_is_not_decided_is_not_explained(platform: Platform) -> None:
    person = Person(platform, somebody()).arrive()
    form = {"old_licence_number": "1234567890", "licence_class": "class_3"}
    card = yaml.safe_load((services_dir() / "DRV-002.yaml").read_text(encoding="utf-8"))
    request_id = person.submit("DRV-002", filled(card["form"]) | form)["request_id"]

    answer = person.get(f"/api/v1/requests/{request_id}/explanation")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_decided")


def test_publishers_check_rules_before_they_publish_them(
    platform: Platform, http: httpx.Client
) -> None:
    publisher = Office(platform, http, "police", "publisher")
    broken = copy.deepcopy(CARD["rules"])
    broken["rows"][0]["when"] = {"days_since": {"gt": 20}}
    del broken["otherwise"]

    fine = publisher.send("POST", "/agency/v1/rules/check", {"rules": CARD["rules"]}).json()
    told = publisher.send("POST", "/agency/v1/rules/check", {"rules": broken}).json()

    assert (fine["may_be_published"], fine["faults"]) == (True, [])
    assert (told["may_be_published"], told["hash"]) == (False, None)
    assert {fault["pointer"] for fault in told["faults"]} >= {"/rows", "/rows/1"}
    assert all(fault["detail"] for fault in told["faults"])


def test_only_publishers_check_rules_and_store_media(
    platform: Platform, http: httpx.Client
) -> None:
    someone = Office(platform, http, "police", "officer")
    sent = {"content": base64.b64encode(SAMPLES["drawing.png"]).decode()}

    assert someone.send("POST", "/agency/v1/rules/check", {"rules": {}}).status_code == 403
    assert someone.send("POST", "/agency/v1/media", sent).status_code == 403
    assert http.post("/agency/v1/media", json=sent).status_code == 401


def test_a_picture_is_stored_cleaned_and_seen_by_everybody_for_ever(
    platform: Platform, http: httpx.Client
) -> None:
    publisher = Office(platform, http, "police", "publisher")
    sent = {"content": base64.b64encode(SAMPLES["photo.jpg"]).decode()}
    key = uuid4().hex

    stored = publisher.send("POST", "/agency/v1/media", sent, key)
    again = publisher.send("POST", "/agency/v1/media", sent, key)
    other = Office(platform, http, "mcit", "publisher").send("POST", "/agency/v1/media", sent)

    assert stored.status_code == 201, stored.text
    told = stored.json()
    assert (told["kind"], told["type"]) == ("image", "image/jpeg")
    assert again.json() == told and other.json() == told
    assert stored.headers["location"] == f"/media/{told['id']}"

    seen = http.get(f"/media/{told['id']}")
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    assert hashlib.sha256(seen.content).hexdigest() == told["id"]
    assert b"SECRET" not in seen.content and b"SECRET" in SAMPLES["photo.jpg"]
    assert "immutable" in seen.headers["cache-control"]
    assert seen.headers["x-content-type-options"] == "nosniff"
    tag = {"If-None-Match": seen.headers["etag"]}
    assert http.get(f"/media/{told['id']}", headers=tag).status_code == 304
    own = publisher.send("GET", "/agency/v1/media").json()["items"]
    assert told["id"] in [row["id"] for row in own]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not base64!",
        base64.b64encode(b"<svg/>").decode(),
        base64.b64encode(b"\xff\xd8\xff").decode(),
    ],
)
def test_what_is_no_picture_is_refused_with_the_reason(
    platform: Platform, http: httpx.Client, content: str
) -> None:
    publisher = Office(platform, http, "police", "publisher")

    answer = publisher.send("POST", "/agency/v1/media", {"content": content})

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/content"]


def test_a_file_above_one_megabyte_is_refused(platform: Platform, http: httpx.Client) -> None:
    publisher = Office(platform, http, "police", "publisher")

    for size, status in ((1024 * 1024 + 1, 422), (3 * 1024 * 1024, 413)):
        content = base64.b64encode(bytes(size)).decode()
        answer = publisher.send("POST", "/agency/v1/media", {"content": content})
        assert answer.status_code == status, (size, answer.text[:300])


def test_a_card_names_only_media_that_are_there(platform: Platform, http: httpx.Client) -> None:
    publisher = Office(platform, http, "police", "publisher")
    sent = {"content": base64.b64encode(SAMPLES["voice.mp3"]).decode()}
    medium_id = publisher.send("POST", "/agency/v1/media", sent).json()["id"]
    card = copy.deepcopy(CARD)

    def faults(**changes: str) -> list[str]:
        medium = {"id": medium_id, "kind": "audio"} | TEXT | changes
        card["steps"][0]["media"] = [medium]
        checked = publisher.send("POST", "/agency/v1/services/check", {"card": card})
        assert checked.status_code == 200, checked.text
        return [fault["pointer"] for fault in checked.json()["faults"]]

    assert faults() == []
    assert faults(kind="image") == ["/steps/0/media/0/kind"]
    assert faults(id="0" * 64) == ["/steps/0/media/0/id"]


@pytest.mark.parametrize("medium", ["0" * 64, "x", "a" * 65, "..%2F..%2Fetc%2Fpasswd"])
def test_there_is_nothing_at_another_address(http: httpx.Client, medium: str) -> None:
    assert http.get(f"/media/{medium}").status_code in (404, 422)
