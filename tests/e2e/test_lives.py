"""The lives of accounts over public HTTP: proofs, channels, recovery, help at a counter, death, closing."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from kombu import Connection

from panjareh_cli.local.platform import Platform
from panjareh_common.settings import SERVICES
from tests.e2e.in_person import first_time, kept, open_place
from tests.e2e.test_acting_for_another import acting, ask, say
from tests.e2e.test_privacy import whole_tables
from tests.people import PASSWORD, Person, internet_form, officer, somebody, until
from tests.stored import database_url, value

NEW_PASSWORD = "three crows on a white wall"
ME = "/api/v1/my-account"
BUILDING = {
    "plot_number": "12/7",
    "work": "extension",
    "floor_area_m2": 40,
    "description": "A room on the roof.",
}


def messages(platform: Platform, to: str) -> list[str]:
    """What went to a phone, the newest first."""
    answer = httpx.get(f"{platform.sandbox_url}/sms", params={"to": to}, trust_env=False)
    return [message["text"] for message in answer.json()["items"]]


def code_sent(platform: Platform, to: str, beginning: str) -> str:
    """The code of the newest message to a phone that holds these words."""
    found = until(
        lambda: [text for text in messages(platform, to) if beginning in text], bool, seconds=15
    )
    code = re.search(r"\w{4}(-\w{4}){3}|\d{6}", found[0])
    assert code, found[0]
    return code.group()


@pytest.fixture(scope="module")
def registry(platform: Platform) -> Any:
    """An officer of the civil registry, with a place that has times from now on."""
    return open_place(platform)


# Who has no national id


@dataclass
class Foreigner:
    foreigner_id: str
    mobile: str
    given_name: str = "احمد"
    family_name: str = "نوری"
    birth_date: str = "1990-01-01"
    password: str = PASSWORD

    @property
    def national_id(self) -> str:
        """What is typed into the one field for ids when signing in."""
        return self.foreigner_id


def test_a_foreign_national_signs_up_proves_a_mobile_and_is_not_taken_for_an_iranian(
    platform: Platform,
) -> None:
    number = f"{uuid4().int % 10**12:012d}"
    person = Person(platform, Foreigner(number, f"0936{number[-7:]}"))
    about = vars(person.about) | {
        "privacy_statement": person.get("/api/v1/privacy-statement").json()["version"]
    }
    assert person.post("/api/v1/persons", about).status_code == 202
    person.sign_in()
    person.step_up_by_code()

    matched = person.post(f"{ME}/mobile/match")

    assert matched.status_code == 200, matched.text
    assert matched.json()["loa"] == 2
    refused = person.post("/api/v1/sessions/step-up", {"method": "civil_registry"})
    assert refused.json()["code"] == "not_in_registry"
    account = person.get(ME).json()
    assert account["identifier"] == {"kind": "foreigner_id", "number": number, "country": None}


def test_an_expatriate_signs_up_with_a_passport_and_a_number_abroad(platform: Platform) -> None:
    number = f"A{uuid4().int % 10**8:08d}"
    person = Person(platform, somebody())
    sign_up = {
        "passport": {"number": number.lower(), "country": "ir"},
        "mobile": "+49 151 1234 5678",
        "password": PASSWORD,
        "given_name": "لیلا",
        "family_name": "کریمی",
        "birth_date": "1985-03-21",
        "privacy_statement": person.get("/api/v1/privacy-statement").json()["version"],
    }
    assert person.post("/api/v1/persons", sign_up).status_code == 202
    person.about = replace(person.about, national_id=f"IR/{number}")

    assert person.sign_in() == 1
    account = person.get(ME).json()
    assert account["identifier"] == {"kind": "passport", "number": number, "country": "IR"}
    assert account["mobile"] == "+4915112345678"
    both = sign_up | {"national_id": "9900000013"}
    assert person.post("/api/v1/persons", both).status_code == 422


# Proofs and channels


def test_a_mobile_that_is_ones_own_makes_level_two(platform: Platform) -> None:
    person = Person(platform, somebody())
    person.sign_up()
    person.sign_in()
    person.step_up_by_code()

    assert person.post(f"{ME}/mobile/match").json()["loa"] == 2
    assert person.get(ME).json()["proofing"] == 2


def test_a_mobile_of_somebody_else_makes_nothing(platform: Platform) -> None:
    person = Person(platform, replace(somebody(), mobile=f"0919{uuid4().int % 10**7:07d}"))
    person.sign_up()
    person.sign_in()
    person.step_up_by_code()

    refused = person.post(f"{ME}/mobile/match")

    assert (refused.status_code, refused.json()["code"]) == (409, "mobile_not_theirs")


def test_a_number_is_changed_with_the_registry_as_the_proof(platform: Platform) -> None:
    about = somebody()
    person = Person(platform, replace(about, mobile=f"0919{uuid4().int % 10**7:07d}"))
    person.sign_up()
    person.sign_in()
    change = {"mobile": about.mobile, "proof": "mobile_registry"}
    assert person.post(f"{ME}/mobile", change).status_code == 202

    code = code_sent(platform, about.mobile, "confirm this address")
    assert person.post(f"{ME}/mobile/confirmation", {"code": code}).status_code == 204

    account = person.get(ME).json()
    assert (account["mobile"], account["proofing"]) == (about.mobile, 2)
    assert any("was changed" in text for text in messages(platform, person.about.mobile))


def test_groups_are_named_confirmed_and_taken_back(platform: Platform) -> None:
    person = Person(platform, somebody(decile=2)).arrive()
    named = person.request("PUT", f"{ME}/groups", json={"groups": ["low_income", "disability"]})
    assert named.status_code == 200, named.text

    confirmed = person.post(f"{ME}/groups/confirmation", {"group": "low_income"})

    assert {"group": "low_income", "confirmed_by": "welfare"} in confirmed.json()["groups"]
    assert person.request("PUT", f"{ME}/groups", json={"groups": []}).json() == {"groups": []}


def test_who_comes_in_person_is_known_at_level_four(platform: Platform, registry: Any) -> None:
    person = Person(platform, somebody()).arrive()
    visit = {"place": registry.place, "starts_at": first_time(person, registry.place)}
    booked = person.post("/api/v1/appointments", visit, key=str(uuid4()))
    assert booked.status_code == 201, booked.text
    again = person.post("/api/v1/appointments", visit, key=str(uuid4()))
    assert again.json()["code"] == "appointment_open"
    day = datetime.now(UTC).isoformat()
    listed = registry.get(f"/agency/v1/places/{registry.place}/appointments", params={"day": day})
    which = booked.json()["appointment_id"]
    assert which in {row["appointment_id"] for row in listed.json()["items"]}

    assert kept(registry, which).json()["status"] == "kept"

    assert person.get(ME).json()["proofing"] == 4
    looks = person.get("/api/v1/my-data").json()["sections"]["looks"]
    assert any(look["purpose"] == "identity_proofing" for look in looks)


# Recovery


def begin_recovery(person: Person) -> dict[str, Any]:
    begun = person.post("/api/v1/recoveries", {"identifier": person.about.national_id})
    assert begun.status_code == 201, begun.text
    return dict(begun.json())


def test_a_lost_password_is_got_back_by_the_phone_at_what_the_phone_proves(
    platform: Platform,
) -> None:
    person = Person(platform, somebody()).arrive()
    begun = begin_recovery(person)
    path, secret = f"/api/v1/recoveries/{begun['recovery_id']}", {"secret": begun["secret"]}
    code = code_sent(platform, person.about.mobile, "get back into your account")
    assert person.post(f"{path}/code", secret | {"code": code}).json() == {"proved": 1}
    assert person.post(f"{path}/mobile-match", secret).json() == {"proved": 2}

    done = person.post(f"{path}/completion", secret | {"password": NEW_PASSWORD})

    assert done.json() == {"proofing": 2}, done.text
    until(lambda: person.get(ME).status_code, lambda status: status == 401, seconds=5)
    credentials = {"national_id": person.about.national_id, "password": PASSWORD}
    assert person.post("/api/v1/sessions", credentials).status_code == 401
    person.about = _with(person.about, NEW_PASSWORD)
    assert person.sign_in() == 1
    person.step_up_by_code()
    refused = person.post("/api/v1/sessions/step-up", {"method": "civil_registry"})
    assert refused.json()["code"] == "in_person_needed"


class _With:
    def __init__(self, about: Any, password: str) -> None:
        vars(self).update(vars(about))
        self.password = password


def _with(about: Any, password: str) -> Any:
    return _With(about, password)


def test_who_lost_everything_comes_in_person(platform: Platform, registry: Any) -> None:
    person = Person(platform, somebody())
    person.sign_up()
    begun = begin_recovery(person)
    path, secret = f"/api/v1/recoveries/{begun['recovery_id']}", {"secret": begun["secret"]}
    visit = secret | {
        "place": registry.place,
        "starts_at": first_time(person, registry.place),
    }
    booked = person.post(f"{path}/appointment", visit)
    assert booked.status_code == 201, booked.text

    seen = kept(registry, booked.json()["appointment_id"])

    assert seen.status_code == 200, seen.text
    assert begun["secret"] not in seen.text
    done = person.post(f"{path}/completion", secret | {"password": NEW_PASSWORD})
    assert done.json() == {"proofing": 4}, done.text


def test_an_id_of_nobody_begins_a_recovery_like_any_other(platform: Platform) -> None:
    nobody = Person(platform, somebody())

    begun = begin_recovery(nobody)

    assert set(begun) == {"recovery_id", "secret", "expires_in"}
    path = f"/api/v1/recoveries/{begun['recovery_id']}/code"
    refused = nobody.post(path, {"secret": begun["secret"], "code": "123456"})
    assert refused.json()["code"] == "recovery_code_wrong"


# Help at a counter


def test_a_clerk_asks_for_a_service_for_a_person_who_agreed(platform: Platform) -> None:
    clerk = officer(platform, "municipality")
    person = Person(platform, somebody()).arrive()
    begin = {"identifier": person.about.national_id, "purpose": "building permit"}
    begun = clerk.post("/agency/v1/assistances", begin, key=str(uuid4()))
    assert begun.status_code == 201, begun.text
    path = f"/agency/v1/assistances/{begun.json()['assistance_id']}"
    code = code_sent(platform, person.about.mobile, "building permit")
    token = clerk.post(f"{path}/confirmation", {"code": code})
    assert token.status_code == 200, token.text
    beside = {"Authorization": f"Bearer {token.json()['access_token']}"}

    asked = clerk.request(
        "POST",
        "/api/v1/services/MUN-010/requests",
        key=str(uuid4()),
        headers=beside,
        json={"form": BUILDING},
    )

    assert asked.status_code == 201, asked.text
    request_id = asked.json()["request_id"]
    mine = person.get("/api/v1/requests").json()["items"]
    assert request_id in {row["request_id"] for row in mine}
    caused = "SELECT metadata ->> 'represented' FROM event WHERE stream = %s AND version = 1"
    person_id = person.get(ME).json()["person_id"]
    assert str(value(platform, "requests", caused, request_id)) == person_id
    # The account stays the person's: the clerk's token opens nothing of it.
    for path_of_account in (ME, "/api/v1/my-data", "/api/v1/sessions"):
        assert clerk.request("GET", path_of_account, headers=beside).status_code == 401
    seen = clerk.request("GET", "/api/v1/appointments", headers=beside)
    assert seen.json() == {"items": []}
    looks = person.get("/api/v1/my-data").json()["sections"]["looks"]
    assert [look["purpose"] for look in looks].count("assistance") == 2
    ended = person.delete(f"/api/v1/assistances/{begun.json()['assistance_id']}")
    assert ended.status_code == 204, ended.text
    until(
        lambda: clerk.request("GET", "/api/v1/appointments", headers=beside).status_code,
        lambda status: status == 401,
        seconds=5,
    )


# Death


def test_a_death_that_the_registry_reports_ends_every_session_within_seconds(
    platform: Platform, registry: Any
) -> None:
    person = Person(platform, somebody()).arrive()
    report = {"national_id": person.about.national_id, "died_on": "2026-03-01"}
    assert officer(platform, "police").post("/agency/v1/deaths", report).status_code == 403

    assert registry.post("/agency/v1/deaths", report).status_code == 204

    until(lambda: person.get("/api/v1/requests").status_code, lambda s: s == 401, seconds=5)
    credentials = {"national_id": person.about.national_id, "password": PASSWORD}
    refused = person.post("/api/v1/sessions", credentials)
    assert (refused.status_code, refused.json()["code"]) == (403, "death_reported")
    withdraw = {"national_id": person.about.national_id, "because": "Another person was meant."}
    assert registry.post("/agency/v1/deaths/withdrawal", withdraw).status_code == 204
    assert person.sign_in() == 1


def test_with_a_death_ends_what_others_did_in_that_name(platform: Platform, registry: Any) -> None:
    daughter = Person(platform, somebody()).arrive()
    father = Person(platform, somebody()).arrive()
    mandate = ask(daughter, "adult", father.about.national_id)
    say(father, mandate, "answer", answer="accepted")
    for_father, _ = acting(platform, daughter, mandate)
    assert for_father.get("/api/v1/requests").status_code == 200
    report = {"national_id": father.about.national_id, "died_on": "2026-03-01"}

    assert registry.post("/agency/v1/deaths", report).status_code == 204

    until(lambda: for_father.get("/api/v1/requests").status_code, lambda s: s == 401, seconds=5)
    ended = daughter.get(f"/api/v1/mandates/{mandate}").json()
    assert (ended["status"], ended["because"]) == ("ended", "death")


# Closing the account


@pytest.fixture(scope="module")
def closed(platform: Platform) -> Person:
    """Somebody who used the window in every way of this page, and then closed the account."""
    about = replace(somebody(decile=2), given_name="قناری‌وار", family_name="پروازنامه", alive=True)
    person = Person(platform, about, "en")
    person.sign_up()
    person.sign_in()
    person.step_up_by_code()
    email = f"canary-{uuid4().hex}@example.org"
    person.email = email  # type: ignore[attr-defined]
    person.id = person.get(ME).json()["person_id"]  # type: ignore[attr-defined]
    assert person.post(f"{ME}/mobile/match").json()["loa"] == 2
    person.post(f"{ME}/email", {"email": email})
    begin_recovery(person)
    code_sent(platform, person.about.mobile, "get back into your account")
    assert person.sign_in() == 1
    assert person.post(f"{ME}/closing").status_code == 204
    return person


def test_an_account_with_an_open_request_is_not_closed_and_the_request_is_named(
    platform: Platform,
) -> None:
    person = Person(platform, somebody()).arrive()
    request = person.submit("MUN-010", BUILDING)
    person.sign_in()

    refused = person.post(f"{ME}/closing")

    assert (refused.status_code, refused.json()["code"]) == (409, "requests_open")
    assert request["reference"] in refused.json()["detail"]
    assert person.get(ME).status_code == 200


def test_an_account_whose_requests_are_decided_is_closed(platform: Platform) -> None:
    person = Person(platform, somebody(decile=2)).arrive()
    request_id = person.submit("INET-001", internet_form(person.about))["request_id"]
    person.wait_for(request_id, "decided")
    person.sign_in()

    assert person.post(f"{ME}/closing").status_code == 204

    until(lambda: person.get(ME).status_code, lambda status: status == 401, seconds=5)
    stored = "SELECT count(*) FROM request WHERE request_id = %s AND status = 'decided'"
    assert value(platform, "requests", stored, request_id) == 1


def test_whoever_closed_the_account_comes_in_no_more(closed: Person) -> None:
    credentials = {"national_id": closed.about.national_id, "password": PASSWORD}

    assert closed.post("/api/v1/sessions", credentials).status_code == 401
    until(lambda: closed.get(ME).status_code, lambda status: status == 401, seconds=5)


def canaries(closed: Person) -> list[bytes]:
    about = closed.about
    assert closed.token is not None
    private = [
        about.national_id,
        about.mobile,
        about.given_name,
        about.family_name,
        closed.email,  # type: ignore[attr-defined]
        closed.token,
    ]
    return [text.encode() for text in private]


def test_no_dump_of_any_database_says_who_it_was(platform: Platform, closed: Person) -> None:
    for service in SERVICES:
        url = database_url(platform, service)
        dump = subprocess.run(["pg_dump", url], check=True, capture_output=True).stdout
        assert len(dump) > 10_000
        found = [canary for canary in canaries(closed) if canary in dump]
        assert found == [], service
        for table, content in whole_tables(url):
            found = [canary for canary in canaries(closed) if canary in content]
            assert found == [], (service, table)


def test_no_log_and_no_queue_says_who_it_was(platform: Platform, closed: Person) -> None:
    logs = [path for path in platform.home.rglob("*.log") if path.is_file()]
    assert len(logs) > 10
    for path in logs:
        content = path.read_bytes()
        assert [canary for canary in canaries(closed) if canary in content] == [], path.name
    with Connection(platform.servers.amqp_url) as connection:
        channel = connection.channel()
        for name in ["panjareh.unrouted", *(f"{service}.dead" for service in SERVICES)]:
            while message := channel.basic_get(name):
                body = message.body if isinstance(message.body, bytes) else message.body.encode()
                assert [canary for canary in canaries(closed) if canary in body] == [], name
        channel.close()  # nothing was acknowledged, so it all goes back


def test_nobody_who_is_gone_is_found_again_by_their_id(platform: Platform, closed: Person) -> None:
    left = """
    SELECT (SELECT count(*) FROM credential WHERE person_id = %(p)s)
         + (SELECT count(*) FROM contact_change WHERE person_id = %(p)s)
         + (SELECT count(*) FROM recovery WHERE person_id = %(p)s)
         + (SELECT count(*) FROM pending_code WHERE person_id = %(p)s)
         + (SELECT count(*) FROM session WHERE person_id = %(p)s)
    """
    with psycopg.connect(database_url(platform, "identity")) as connection:
        row = connection.execute(left, {"p": closed.id}).fetchone()  # type: ignore[attr-defined]
    assert row == (0,)
