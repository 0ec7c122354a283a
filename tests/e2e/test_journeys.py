"""Whole journeys over public HTTP only; what nobody is shown is looked up in the databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwk, jws

from panjareh_cli.local.platform import Platform
from tests.people import (
    Officer,
    Person,
    appointed,
    internet_form,
    officer,
    persona,
    somebody,
    until,
)
from tests.stored import rows, topics, value

LICENCE = {"old_licence_number": "1234567890", "licence_class": "class_3", "photo_colour": "colour"}
BUSINESS = {
    "activity": "sewing",
    "workers": 2,
    "floor_area_m2": 20,
    "hygiene_training": False,
    "neighbours_undisturbed": True,
}


@pytest.fixture
def welfare_mode(platform: Platform) -> Iterator[Any]:
    """Sets how the welfare authority behaves; afterwards it is up again."""

    def put(mode: str) -> None:
        url = f"{platform.sandbox_url}/authorities/welfare"
        httpx.put(url, json={"mode": mode}, trust_env=False).raise_for_status()

    yield put
    put("up")


def kinds(person: Person, request_id: str) -> list[str]:
    return [step["kind"] for step in person.timeline(request_id)]


def opened(platform: Platform, signed: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and content of a compact JWS, checked with the published public keys."""
    keys = json.loads(platform.env["PANJAREH_SERVICE_JWKS"])["keys"]
    header = jws.extract_compact(signed.encode()).headers()
    key = next(key for key in keys if key["kid"] == header["kid"])
    read = jws.deserialize_compact(signed, jwk.OKPKey.import_key(key), algorithms=["Ed25519"])
    return dict(header), json.loads(read.payload)


def asked_for_a_licence(person: Person) -> str:
    """A request for a licence, which waits for an officer."""
    request_id: str = person.submit("DRV-002", LICENCE)["request_id"]
    person.wait_for(request_id, "under_review")
    return request_id


def in_queue(someone: Officer) -> set[str]:
    found: set[str] = set()
    path: str | None = "/agency/v1/requests?limit=100"
    while path:
        page = someone.get(path).json()
        found |= {row["request_id"] for row in page["items"]}
        following = page["next"]
        path = f"/agency/v1/requests?limit=100&after={following}" if following else None
    return found


def test_a_smart_service_is_decided_online_with_no_paper_and_no_human(platform: Platform) -> None:
    person = Person(platform, somebody(decile=2)).arrive()

    request = person.submit("INET-001", internet_form(person.about))

    decided = person.wait_for(request["request_id"], "decided")
    assert decided["outcome"] == "granted"
    assert decided["reason"]
    assert decided["output"]["number"]
    kinds = [step["kind"] for step in person.timeline(request["request_id"])]
    assert kinds[0] == "Submitted"
    assert kinds.count("EvidenceReceived") == 3
    assert kinds[-2:] == ["Decided", "OutputIssued"]
    assert {step["actor_role"] for step in person.timeline(request["request_id"])} == {
        "person",
        "service",
    }


def test_a_refusal_says_why_and_which_law_and_issues_nothing(platform: Platform) -> None:
    person = Person(platform, somebody(decile=9)).arrive()

    request = person.submit("INET-001", internet_form(person.about))

    decided = person.wait_for(request["request_id"], "decided")
    assert decided["outcome"] == "refused"
    assert "deciles 1 to 3" in decided["reason"]
    assert "free internet" in decided["law"]
    assert decided["output"] is None
    told = person.timeline(request["request_id"])
    assert told[-1]["kind"] == "Decided"
    assert "deciles 1 to 3" in told[-1]["text"]


def test_who_has_a_full_plan_already_is_told_so(platform: Platform) -> None:
    person = Person(platform, persona("has_full_plan")).arrive()

    request = person.submit("INET-001", internet_form(person.about))

    decided = person.wait_for(request["request_id"], "decided")
    assert (decided["outcome"], decided["output"]) == ("refused", None)
    assert "already have a full data plan" in decided["reason"]


@pytest.mark.parametrize(
    ("key", "code", "said"),
    [
        ("deceased", "not_alive", "has died"),
        ("no_civil_record", "not_in_registry", "holds nothing under this national id"),
    ],
)
def test_whom_the_registry_does_not_vouch_for_stays_at_level_one(
    platform: Platform, key: str, code: str, said: str
) -> None:
    person = Person(platform, persona(key))
    person.sign_up()
    person.sign_in()
    person.step_up_by_code()

    answer = person.post("/api/v1/sessions/step-up", {"method": "civil_registry"})

    assert answer.status_code == 409
    assert answer.json()["code"] == code
    assert said in answer.json()["detail"]
    refused = person.post(
        "/api/v1/services/INET-001/requests", {"form": internet_form(person.about)}, key="k"
    )
    assert refused.json()["code"] == "assurance_too_low"


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("welfare_refuses", "This person's household file is under review"),
        ("no_welfare_record", "No household file is registered"),
    ],
)
def test_what_an_authority_does_not_tell_is_decided_by_an_officer(
    platform: Platform, key: str, why: str
) -> None:
    person, narges = Person(platform, persona(key)).arrive(), officer(platform, "mcit")
    request_id = person.submit("INET-001", internet_form(person.about))["request_id"]
    person.wait_for(request_id, "under_review")
    missing = [s for s in person.timeline(request_id) if s["kind"] == "EvidenceMissing"]
    assert len(missing) == 1
    assert "income decile" in missing[0]["text"]
    assert why in missing[0]["text"]

    assert request_id in in_queue(narges)
    narges.post(f"/agency/v1/requests/{request_id}/review", key=str(uuid4()))
    reason = "The household has shown its file at the counter."
    decided = narges.post(
        f"/agency/v1/requests/{request_id}/decision",
        {"outcome": "granted", "reason": reason},
        key=str(uuid4()),
    )

    assert decided.status_code == 200, decided.text
    seen = person.look(request_id)
    assert (seen["outcome"], seen["reason"]) == ("granted", reason)
    assert seen["output"]["kind"] == "internet_entitlement"
    # Others may stand before it in the queue, and that it was taken before them is a step, too.
    steps = [kind for kind in kinds(person, request_id) if kind != "TakenOutOfOrder"]
    assert steps[-4:] == ["SentToOfficers", "ReviewStarted", "Decided", "OutputIssued"]


def test_an_officer_decides_with_a_reason_and_anyone_can_check_what_was_issued(
    platform: Platform,
) -> None:
    person, police = Person(platform, somebody()).arrive(), officer(platform, "police")
    request_id = asked_for_a_licence(person)
    assert request_id in in_queue(police)

    early = police.post(
        f"/agency/v1/requests/{request_id}/decision", {"outcome": "granted"}, key=str(uuid4())
    )
    assert (early.status_code, early.json()["code"]) == (409, "review_not_started")
    review = police.post(f"/agency/v1/requests/{request_id}/review", key=str(uuid4()))
    assert review.status_code == 200, review.text
    silent = police.post(
        f"/agency/v1/requests/{request_id}/decision", {"outcome": "refused"}, key=str(uuid4())
    )
    assert (silent.status_code, silent.json()["code"]) == (422, "reason_missing")
    decision = {"outcome": "granted", "reason": "The old licence was seen."}
    decided = police.post(f"/agency/v1/requests/{request_id}/decision", decision, key=str(uuid4()))
    assert decided.status_code == 200, decided.text
    twice = police.post(f"/agency/v1/requests/{request_id}/decision", decision, key=str(uuid4()))
    assert (twice.status_code, twice.json()["code"]) == (409, "already_decided")

    seen = person.look(request_id)
    assert (seen["status"], seen["outcome"], seen["reason"]) == (
        "decided",
        "granted",
        "The old licence was seen.",
    )
    number = seen["output"]["number"]
    passer_by = Person(platform, somebody())
    checked = passer_by.get(f"/api/v1/documents/{number}/verification").json()
    assert (checked["genuine"], checked["valid"]) == (True, True)
    assert (checked["kind"], checked["authority"]) == ("driving_licence", "police")
    assert person.about.national_id not in json.dumps(checked)
    assert request_id not in in_queue(police)
    header, document = opened(platform, seen["output"]["signed"])
    assert header["typ"] == "panjareh-document+jws"
    assert (document["number"], document["request_id"]) == (number, request_id)


def test_a_refusing_officer_owes_a_reason_and_the_applicant_reads_it(platform: Platform) -> None:
    person, police = Person(platform, somebody()).arrive(), officer(platform, "police")
    request_id = asked_for_a_licence(person)
    police.post(f"/agency/v1/requests/{request_id}/review", key=str(uuid4()))

    police.post(
        f"/agency/v1/requests/{request_id}/decision",
        {"outcome": "refused", "reason": "The photo is older than a year."},
        key=str(uuid4()),
    )

    seen = person.look(request_id)
    assert (seen["outcome"], seen["reason"], seen["output"]) == (
        "refused",
        "The photo is older than a year.",
        None,
    )


@pytest.fixture(scope="module")
def second_police_officer(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return appointed(platform, "police", tmp_path_factory.mktemp("officers"))


def test_of_two_officers_at_once_exactly_one_starts_the_review(
    platform: Platform, second_police_officer: Person
) -> None:
    person, first = Person(platform, somebody()).arrive(), officer(platform, "police")
    request_id = asked_for_a_licence(person)

    with ThreadPoolExecutor(2) as pool:
        answers = list(
            pool.map(
                lambda who: who.post(f"/agency/v1/requests/{request_id}/review", key=str(uuid4())),
                (first, second_police_officer),
            )
        )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    loser = next(answer for answer in answers if answer.status_code == 409)
    assert loser.json()["code"] == "review_already_started"
    assert topics(platform, "requests", request_id).count("ReviewStarted") == 1


def test_a_service_that_needs_no_evidence_is_decided_from_the_form_alone(
    platform: Platform,
) -> None:
    person = Person(platform, somebody())
    person.sign_up()
    person.sign_in()

    granted = person.submit("BIZ-005", BUSINESS)["request_id"]
    refused = person.submit("BIZ-005", BUSINESS | {"workers": 6})["request_id"]

    seen = person.wait_for(granted, "decided")
    assert (seen["outcome"], seen["output"]["kind"]) == ("granted", "home_business_permit")
    assert kinds(person, granted) == ["Submitted", "Decided", "OutputIssued"]
    seen = person.wait_for(refused, "decided")
    assert seen["outcome"] == "refused"
    assert "at most five workers" in seen["reason"]


def test_a_request_whose_authority_is_down_waits_in_the_open_and_completes_by_itself(
    platform: Platform, welfare_mode: Any
) -> None:
    person = Person(platform, somebody(decile=1)).arrive()
    welfare_mode("down")
    request_id = person.submit("INET-001", internet_form(person.about))["request_id"]

    until(lambda: kinds(person, request_id), lambda seen: "EvidenceDelayed" in seen)
    waiting = until(
        lambda: person.look(request_id), lambda seen: seen["waiting_for"] == ["income_decile"]
    )
    assert waiting["status"] == "gathering_evidence"
    assert "need not do anything" in waiting["next"]
    (delayed,) = (s for s in person.timeline(request_id) if s["kind"] == "EvidenceDelayed")
    assert "does not answer at the moment" in delayed["text"]
    welfare_mode("up")

    decided = person.wait_for(request_id, "decided", seconds=60)
    assert decided["outcome"] == "granted"
    assert kinds(person, request_id).count("EvidenceDelayed") == 1


def test_the_state_as_of_a_moment_is_what_it_was_then(platform: Platform) -> None:
    person, police = Person(platform, somebody()).arrive(), officer(platform, "police")
    request_id = asked_for_a_licence(person)
    police.post(f"/agency/v1/requests/{request_id}/review", key=str(uuid4()))
    decision = {"outcome": "refused", "reason": "Later."}
    police.post(f"/agency/v1/requests/{request_id}/decision", decision, key=str(uuid4()))
    at = {step["kind"]: step["at"] for step in person.timeline(request_id)}

    def then(moment: str) -> httpx.Response:
        return person.get(f"/api/v1/requests/{request_id}", params={"at": moment})

    first = then(at["Submitted"]).json()
    assert (first["status"], first["waiting_for"]) == ("submitted", ["civil_identity"])
    asked = then(at["EvidenceAsked"]).json()
    assert asked["status"] == "gathering_evidence"
    reviewed = then(at["ReviewStarted"]).json()
    assert (reviewed["status"], reviewed["outcome"], reviewed["reason"]) == (
        "under_review",
        None,
        None,
    )
    assert reviewed["as_of"] == at["ReviewStarted"]
    assert then(at["Decided"]).json()["reason"] == "Later."
    before = then("2020-01-01T00:00:00Z")
    assert (before.status_code, before.json()["code"]) == (404, "not_found")


def test_my_requests_come_page_by_page_newest_first(platform: Platform) -> None:
    person = Person(platform, somebody())
    person.sign_up()
    person.sign_in()
    mine = [person.submit("BIZ-005", BUSINESS | {"workers": n})["request_id"] for n in range(1, 6)]

    seen: list[str] = []
    path: str | None = "/api/v1/requests?limit=2"
    pages = 0
    while path:
        answer = person.get(path)
        seen += [row["request_id"] for row in answer.json()["items"]]
        link = answer.links.get("next")
        path = link["url"] if link else None
        following = answer.json()["next"]
        assert (following is None) == (path is None)
        if pages == 0:
            later = person.submit("BIZ-005", BUSINESS)["request_id"]
        pages += 1

    assert seen == mine[::-1]
    assert pages == 3
    assert later not in seen


def test_a_receipt_proves_what_was_stored(platform: Platform) -> None:
    person = Person(platform, somebody())
    person.sign_up()
    person.sign_in()

    request = person.submit("BIZ-005", BUSINESS)

    header, receipt = opened(platform, request["receipt"])
    assert (header["kid"], header["typ"]) == ("requests-1", "panjareh-receipt+jws")
    assert receipt["request_id"] == request["request_id"]
    assert receipt["reference"] == request["reference"]
    ((version, digest),) = rows(
        platform,
        "requests",
        "SELECT version, encode(hash, 'hex') FROM event WHERE stream = %s AND topic LIKE '%%.Submitted'",
        request["request_id"],
    )
    assert (receipt["version"], receipt["hash"]) == (version, digest)
    assert person.about.national_id not in json.dumps(receipt)
    with pytest.raises(Exception, match="signature"):
        opened(platform, request["receipt"][:-4] + "AAAA")


def test_whoever_used_a_service_may_say_how_it_was(platform: Platform) -> None:
    person = Person(platform, somebody())
    person.sign_up()
    person.sign_in()
    request_id = person.submit("BIZ-005", BUSINESS)["request_id"]
    person.wait_for(request_id, "decided")
    words = {"request_id": request_id, "rating": 5, "text": "At once, without a queue."}

    # Feedback hears of the decision by itself, a moment later.
    given = until(
        lambda: person.post("/api/v1/services/BIZ-005/feedback", words, key=str(uuid4())),
        lambda answer: answer.status_code == 201,
    )

    assert given.json() == {"request_id": request_id, "service_code": "BIZ-005", "rating": 5}
    stranger = Person(platform, somebody())
    stranger.sign_up()
    stranger.sign_in()
    theirs = stranger.post("/api/v1/services/BIZ-005/feedback", words, key=str(uuid4()))
    assert (theirs.status_code, theirs.json()["code"]) == (404, "not_found")
    public = stranger.get("/api/v1/services/BIZ-005/feedback")
    assert public.status_code == 200
    assert "without a queue" not in public.text


def test_who_signs_out_is_signed_out_everywhere(platform: Platform) -> None:
    person = Person(platform, somebody())
    person.sign_up()
    person.sign_in()
    other_device = Person(platform, person.about)
    other_device.sign_in()

    assert person.delete("/api/v1/sessions/current").status_code == 204

    until(lambda: person.get("/api/v1/requests").status_code, lambda status: status == 401)
    again = person.post("/api/v1/sessions/step-up", {"method": "one_time_code"})
    assert again.status_code == 401
    words = {"request_id": str(uuid4()), "rating": 1}
    until(
        lambda: person.post("/api/v1/services/BIZ-005/feedback", words, key="k").status_code,
        lambda status: status == 401,
    )
    assert other_device.get("/api/v1/requests").status_code == 200


@pytest.mark.parametrize("number", ["123456789012", "999999999999", "not-a-number", "۱۲۳"])
def test_a_number_that_was_never_issued_is_not_genuine(platform: Platform, number: str) -> None:
    answer = Person(platform, somebody()).get(f"/api/v1/documents/{number}/verification")

    assert answer.status_code == 200
    assert (answer.json()["genuine"], answer.json()["valid"]) == (False, False)


def test_the_same_request_is_told_in_persian_and_in_english(platform: Platform) -> None:
    person = Person(platform, somebody(decile=8)).arrive()
    request_id = person.submit("INET-001", internet_form(person.about))["request_id"]
    person.wait_for(request_id, "decided")

    def told(language: str) -> tuple[dict[str, Any], list[str]]:
        headers = {"Accept-Language": language}
        seen = person.get(f"/api/v1/requests/{request_id}", headers=headers)
        steps = person.get(f"/api/v1/requests/{request_id}/timeline", headers=headers)
        assert seen.headers["content-language"] == steps.headers["content-language"]
        assert seen.headers["content-language"] == language.partition("-")[0]
        return seen.json(), [step["text"] for step in steps.json()["items"]]

    persian, persian_steps = told("fa-IR")
    english, english_steps = told("en")

    assert persian["service_name"] == "اینترنت رایگان برای سه دهک کم‌درآمد"
    assert english["service_name"] == "Free internet for the three lowest income deciles"
    assert "دهک" in persian["reason"]
    assert "deciles" in english["reason"]
    assert persian_steps[0] == "درخواست را ثبت کردید."
    assert english_steps[0] == "You submitted the request."
    latin = [text for text in persian_steps if any("a" <= letter <= "z" for letter in text)]
    assert latin == []
    assert (
        person.get("/api/v1/services/INET-001", headers={"Accept-Language": "de"}).json()["name"]
        == persian["service_name"]
    )


def test_each_look_of_an_officer_is_on_record(platform: Platform) -> None:
    person, police = Person(platform, somebody()).arrive(), officer(platform, "police")
    request_id = asked_for_a_licence(person)

    def looks() -> int:
        return int(
            value(
                platform,
                "requests",
                "SELECT count(*) FROM person_data_read WHERE about = %s AND role = 'officer'"
                " AND authority = 'police' AND purpose <> ''",
                request_id,
            )
        )

    assert looks() == 0
    assert police.get(f"/agency/v1/requests/{request_id}").status_code == 200
    assert looks() == 1
    assert police.get(f"/agency/v1/requests/{request_id}/timeline").status_code == 200
    assert looks() == 2
    in_queue(police)
    assert looks() == 3
    person.look(request_id)
    person.timeline(request_id)
    assert looks() == 3
