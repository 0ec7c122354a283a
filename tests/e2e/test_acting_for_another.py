"""One person acts for another over public HTTP: a child, an adult, a company; whose it is and who did it stays apart."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from joserfc import jws

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo.people import company_id, ward_id
from tests.people import PASSWORD, Officer, Person, internet_form, officer, somebody, until
from tests.stored import rows, value

BUSINESS = {
    "activity": "sewing",
    "workers": 2,
    "floor_area_m2": 20,
    "hygiene_training": False,
    "neighbours_undisturbed": True,
}


def ask(person: Person, kind: str, number: str, **wanted: Any) -> str:
    body = {"kind": kind, "number": number} | wanted
    answer = person.post("/api/v1/mandates", body, key=str(uuid4()))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["mandate_id"])


def look(person: Person, mandate: str) -> dict[str, Any]:
    answer = person.get(f"/api/v1/mandates/{mandate}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def say(person: Person, mandate: str, what: str, **body: Any) -> dict[str, Any]:
    answer = person.post(f"/api/v1/mandates/{mandate}/{what}", body, key=str(uuid4()))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def acting(platform: Platform, person: Person, mandate: str) -> tuple[Person, dict[str, Any]]:
    """The same person with a token for the other one, and what stands in it."""
    answer = person.post("/api/v1/sessions/acting-for", {"mandate_id": mandate})
    assert answer.status_code == 201, answer.text
    other = Person(platform, person.about)
    other.token = answer.json()["access_token"]
    claims = json.loads(jws.extract_compact(str(other.token).encode()).payload)
    return other, claims


def proved(person: Person, mandate: str, status: str = "active") -> dict[str, Any]:
    return dict(until(lambda: look(person, mandate), lambda told: told["status"] == status))


def of_events(platform: Platform, request_id: str) -> list[tuple[str, str | None, str]]:
    """Actor, represented and role of what a person did about a request."""
    sql = (
        "SELECT metadata->>'actor', metadata->>'represented', metadata->>'role' FROM event"
        " WHERE stream = %s AND metadata->>'role' <> 'service' ORDER BY version"
    )
    return [tuple(row) for row in rows(platform, "requests", sql, request_id)]  # type: ignore[misc]


def person_id_of(token: str) -> str:
    return str(json.loads(jws.extract_compact(token.encode()).payload)["sub"])


def test_a_mother_asks_for_her_child_and_both_are_on_record(platform: Platform) -> None:
    mother = Person(platform, somebody()).arrive()
    mandate = ask(mother, "child", ward_id(mother.about.national_id))
    told = proved(mother, mandate)
    assert (told["represented"], told["accepted_by"]) == ("آزمون نمونه", "civil_registry")

    for_child, claims = acting(platform, mother, mandate)
    assert claims["act"] == {"sub": person_id_of(str(mother.token))}
    request_id = for_child.submit("INET-001", internet_form(mother.about))["request_id"]

    for_child.wait_for(request_id, "decided")
    owner = "SELECT applicant_id::text FROM request WHERE request_id = %s"
    assert value(platform, "requests", owner, request_id) == claims["sub"]
    assert of_events(platform, request_id) == [
        (claims["act"]["sub"], claims["sub"], "representative")
    ]
    assert for_child.timeline(request_id)[0]["actor_role"] == "representative"
    opinion = {"request_id": request_id, "rating": 5, "text": "زود پاسخ دادند"}
    until(  # feedback hears of the decision a moment later
        lambda: for_child.post("/api/v1/services/INET-001/feedback", opinion, key=str(uuid4())),
        lambda given: given.status_code == 201,
    )
    told = (
        "SELECT metadata FROM event WHERE topic = 'Feedback.Given' ORDER BY position DESC LIMIT 1"
    )
    metadata = value(platform, "feedback", told)
    assert (metadata["actor"], metadata["represented"]) == (claims["act"]["sub"], claims["sub"])
    # It is the child's and not the mother's own; and the mother's looks are on record.
    assert mother.get(f"/api/v1/requests/{request_id}").status_code == 404
    assert mother.get("/api/v1/requests").json()["items"] == []
    assert [each["request_id"] for each in for_child.get("/api/v1/requests").json()["items"]] == [
        request_id
    ]
    looks = "SELECT DISTINCT reader, role FROM person_data_read WHERE person_id = %s"
    assert (claims["act"]["sub"], "representative") in rows(
        platform, "requests", looks, claims["sub"]
    )


def test_the_authority_is_asked_about_the_child_and_not_about_the_mother(
    platform: Platform,
) -> None:
    mother = Person(platform, somebody()).arrive()
    mandate = ask(mother, "child", ward_id(mother.about.national_id))
    proved(mother, mandate)
    for_child, claims = acting(platform, mother, mandate)

    request_id = for_child.submit("INET-001", internet_form(mother.about))["request_id"]
    for_child.wait_for(request_id, "decided")

    served = "SELECT DISTINCT person_id::text FROM person_data_read WHERE about = %s"
    assert rows(platform, "identity", served, request_id) == [(claims["sub"],)]


def test_nobody_comes_in_as_a_child_that_only_its_guardian_made_known(platform: Platform) -> None:
    mother = Person(platform, somebody()).arrive()
    child = ward_id(mother.about.national_id)
    proved(mother, ask(mother, "child", child))
    stranger = Person(platform, replace(somebody(), national_id=child))

    for password in ("", "None", PASSWORD):
        tried = stranger.post("/api/v1/sessions", {"national_id": child, "password": password})
        assert tried.status_code in (401, 422), tried.text
    signed_up = stranger.post(
        "/api/v1/persons",
        {
            "national_id": child,
            "mobile": stranger.about.mobile,
            "password": PASSWORD,
            "given_name": "آزمون",
            "family_name": "نمونه",
            "birth_date": "2016-06-15",
            "privacy_statement": 1,
        },
    )
    assert signed_up.status_code == 202, "as for anybody, and it opens nothing"
    tried = stranger.post("/api/v1/sessions", {"national_id": child, "password": PASSWORD})
    assert tried.status_code == 401, tried.text


def test_an_adult_agrees_limits_and_withdraws_and_every_token_ends(platform: Platform) -> None:
    daughter = Person(platform, somebody()).arrive()
    father = Person(platform, somebody()).arrive()
    mandate = ask(daughter, "adult", father.about.national_id)
    (seen,) = father.get("/api/v1/mandates").json()["items"]
    assert (seen["mandate_id"], seen["role"], seen["status"]) == (mandate, "represented", "asked")

    say(father, mandate, "answer", answer="accepted", scope=["BIZ-005", "INET-001"])
    for_father, claims = acting(platform, daughter, mandate)
    done = for_father.submit("BIZ-005", BUSINESS)["request_id"]
    father.wait_for(done, "decided")
    assert father.timeline(done)[0]["actor_role"] == "representative"

    outside = for_father.post(
        "/api/v1/services/CERT-004/requests",
        {"form": {"cause": "lost", "postal_code": "1234567890", "old_one_annulled": True}},
        key=str(uuid4()),
    )
    assert (outside.status_code, outside.json()["code"]) == (403, "mandate_too_narrow")

    say(father, mandate, "limits", scope=["INET-001"])
    until(lambda: for_father.get("/api/v1/requests").status_code, lambda said: said == 401, 5)
    for_father, claims = acting(platform, daughter, mandate)
    assert claims["mandate_scope"] == ["INET-001"]
    assert for_father.get(f"/api/v1/requests/{done}").status_code == 404

    ended = say(father, mandate, "withdrawal", reason="دیگر لازم نیست")
    assert (ended["status"], ended["because"]) == ("ended", "withdrawn")
    until(lambda: for_father.get("/api/v1/requests").status_code, lambda said: said == 401, 5)
    again = daughter.post("/api/v1/sessions/acting-for", {"mandate_id": mandate})
    assert (again.status_code, again.json()["code"]) == (409, "mandate_not_active")


def test_who_acts_for_a_company_asks_in_its_name(platform: Platform) -> None:
    partner = Person(platform, somebody()).arrive()
    mandate = ask(partner, "organisation", company_id(partner.about.national_id))
    told = proved(partner, mandate)
    assert (told["represented"], told["accepted_by"]) == (
        "شرکت آزمون نمونه",
        "companies_registry",
    )

    for_company, claims = acting(platform, partner, mandate)
    request_id = for_company.submit("BIZ-005", BUSINESS)["request_id"]

    for_company.wait_for(request_id, "decided")
    assert of_events(platform, request_id) == [
        (claims["act"]["sub"], claims["sub"], "representative")
    ]
    told = for_company.get("/api/v1/organisation/representatives").json()
    assert (told["company_id"], told["name"]) == (
        company_id(partner.about.national_id),
        "شرکت آزمون نمونه",
    )
    assert [each["representative"] for each in told["items"]] == ["آزمون نمونه"]
    assert partner.get("/api/v1/organisation/representatives").status_code == 403


def test_what_is_asked_about_a_company_ends_too(platform: Platform) -> None:
    """Authorities that know people only hold nothing about a company: officers decide."""
    partner = Person(platform, somebody()).arrive()
    mandate = ask(partner, "organisation", company_id(partner.about.national_id))
    proved(partner, mandate)
    for_company, _ = acting(platform, partner, mandate)

    request_id = for_company.submit("INET-001", internet_form(partner.about))["request_id"]

    for_company.wait_for(request_id, "under_review")


def test_a_guardian_whom_the_registry_does_not_show_is_accepted_by_its_officer(
    platform: Platform,
) -> None:
    grandmother, other = Person(platform, somebody()).arrive(), somebody()
    child = ward_id(other.national_id)
    mandate = ask(grandmother, "child", child)
    proved(grandmother, mandate, "with_officers")
    registrar = officer(platform, "civil_registry")

    (seen,) = [each for each in _waiting(registrar) if each["mandate_id"] == mandate]
    assert seen["number"] == child
    papers = {"given_name": "آزمون", "family_name": "نمونه", "birth_date": "2016-06-15"}
    decided = registrar.post(
        f"/agency/v1/mandates/{mandate}/decision",
        {"answer": "accepted"} | papers,
        key=str(uuid4()),
    )
    assert decided.status_code == 200, decided.text

    for_child, _ = acting(platform, grandmother, mandate)
    ended = registrar.post(
        f"/agency/v1/mandates/{mandate}/end", {"reason": "قیم دیگری آمد"}, key=str(uuid4())
    )
    assert ended.status_code == 200, ended.text
    until(lambda: for_child.get("/api/v1/requests").status_code, lambda said: said == 401, 5)


def _waiting(registrar: Officer) -> list[dict[str, Any]]:
    answer = registrar.get("/agency/v1/mandates?limit=100")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/mandates", None),
        ("POST", "/api/v1/mandates", {"kind": "adult", "number": "9900000013"}),
        ("GET", "/api/v1/consents", None),
        ("GET", "/api/v1/sessions", None),
        ("DELETE", "/api/v1/sessions", None),
        ("POST", "/api/v1/sessions/step-up", {"method": "one_time_code"}),
        ("GET", "/api/v1/privacy-statement/acceptance", None),
    ],
)
def test_who_acts_for_another_does_nothing_to_their_account(
    platform: Platform, acting_daughter: Person, method: str, path: str, body: Any
) -> None:
    answer = acting_daughter.request(method, path, json=body, key=str(uuid4()))

    assert answer.status_code == 403, answer.text


@pytest.fixture(scope="module")
def acting_daughter(platform: Platform) -> Person:
    daughter = Person(platform, somebody()).arrive()
    father = Person(platform, somebody()).arrive()
    mandate = ask(daughter, "adult", father.about.national_id)
    say(father, mandate, "answer", answer="accepted")
    return acting(platform, daughter, mandate)[0]


def test_whoever_stops_acting_stays_signed_in(platform: Platform) -> None:
    daughter = Person(platform, somebody()).arrive()
    father = Person(platform, somebody()).arrive()
    mandate = ask(daughter, "adult", father.about.national_id)
    say(father, mandate, "answer", answer="accepted")
    for_father, _ = acting(platform, daughter, mandate)

    assert for_father.delete("/api/v1/sessions/current").status_code == 204

    until(lambda: for_father.get("/api/v1/requests").status_code, lambda said: said == 401, 5)
    assert daughter.get("/api/v1/requests").status_code == 200
    second, _ = acting(platform, daughter, mandate)
    assert daughter.delete("/api/v1/sessions/current").status_code == 204
    until(lambda: second.get("/api/v1/requests").status_code, lambda said: said == 401, 5)


def test_a_consent_and_the_privacy_statement_over_http(platform: Platform) -> None:
    leila = Person(platform, somebody()).arrive()
    wanted = {
        "purpose": "child_allowance",
        "data": ["income_decile"],
        "receiver": "welfare",
        "until": (datetime.now(UTC) + timedelta(days=30)).isoformat(),
    }

    given = leila.post("/api/v1/consents", wanted, key=str(uuid4()))
    assert given.status_code == 201, given.text
    withdrawn = leila.post(
        f"/api/v1/consents/{given.json()['consent_id']}/withdrawal", key=str(uuid4())
    )
    assert withdrawn.json()["status"] == "withdrawn"
    assert [each["status"] for each in leila.get("/api/v1/consents").json()["items"]] == [
        "withdrawn"
    ]

    state = leila.get("/api/v1/privacy-statement/acceptance").json()
    assert (state["accepted"], state["to_accept"]) == (1, False)
    stale = leila.post("/api/v1/privacy-statement/acceptance", {"version": 2}, key=str(uuid4()))
    assert (stale.status_code, stale.json()["code"]) == (409, "statement_not_current")
    shown = Person(platform, leila.about, "fa").get("/api/v1/privacy-statement").json()
    assert (shown["version"], shown["title"]) == (1, "بیانیهٔ حریم خصوصی پنجره")


def test_nobody_signs_up_with_another_version_than_the_current_one(platform: Platform) -> None:
    about = somebody()
    person = Person(platform, about)
    form = {
        "national_id": about.national_id,
        "mobile": about.mobile,
        "password": "a long enough sandbox password",
        "given_name": about.given_name,
        "family_name": about.family_name,
        "birth_date": str(about.birth_date),
    }

    answer = person.post("/api/v1/persons", form | {"privacy_statement": 99})

    assert (answer.status_code, answer.json()["code"]) == (409, "statement_not_current")
    person.sign_up()
