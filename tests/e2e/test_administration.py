"""From the first administrator to an officer's queue, and from a lost phone to a session nobody takes any more."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jws

from panjareh_cli.local.platform import Platform
from tests.people import PASSWORD, Person, somebody, until

HERE = "/agency/v1/administration"
REASON = "Said in letter 112 of the ministry."
LIBRARY = {"fa": "کتابخانهٔ ملی", "en": "National Library"}


class Staff(Person):
    """Somebody who has arrived, and may come to an office; signed in with two factors."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform, somebody())
        self.arrive()
        self.id = str(json.loads(jws.extract_compact(str(self.token).encode()).payload)["sub"])

    def again(self) -> Staff:
        """With a token that says the roles of now."""
        self.sign_in()
        self.step_up_by_code()
        return self

    def do(self, path: str, **body: Any) -> httpx.Response:
        return self.post(f"{HERE}{path}", body, key=str(uuid4()))

    def ask(self, officer: Staff, *roles: str, **of: Any) -> str:
        answer = self.do(
            "/office-changes", person_id=officer.id, gives=list(roles), because=REASON, **of
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["change_id"])

    def confirm(self, change: str) -> httpx.Response:
        return self.do(f"/office-changes/{change}/confirmation")


def begin(platform: Platform, person_id: str) -> subprocess.CompletedProcess[str]:
    """As an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "panjareh_identity", "first-administrator", person_id],
        env=platform.environment_for("identity"),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def administrators(platform: Platform) -> tuple[Staff, Staff]:
    first, second = Staff(platform), Staff(platform)
    begun = begin(platform, first.id)
    assert begun.returncode == 0, begun.stderr
    first.again()
    change = first.ask(second, "administrator", authority="panjareh")
    (waiting,) = second.get(f"{HERE}/office-changes").json()["items"]
    assert waiting["change_id"] == change
    assert first.confirm(change).json()["code"] == "four_eyes_needed"
    assert second.confirm(change).json()["status"] == "done"
    return first, second.again()


def test_the_first_administrator_is_named_once(
    platform: Platform, administrators: tuple[Staff, Staff]
) -> None:
    tried = begin(platform, administrators[1].id)

    assert tried.returncode != 0
    assert "first administrator before" in tried.stderr


def test_an_authority_comes_on_board_and_its_officer_sees_the_queue(
    platform: Platform, administrators: tuple[Staff, Staff]
) -> None:
    first, second = administrators
    asked = first.do("/authorities", code="national_library", name=LIBRARY, because=REASON)
    alone = first.do("/authorities/national_library/confirmation")
    confirmed = second.do("/authorities/national_library/confirmation")
    assert (asked.status_code, alone.status_code, confirmed.status_code) == (201, 403, 200)

    supervisor, officer = Staff(platform), Staff(platform)
    # The catalogue hears of it, and shows it to everybody.
    entered = until(
        lambda: first.get("/api/v1/authorities/national_library"), lambda it: it.status_code == 200
    ).json()
    assert entered["name"] in LIBRARY.values()
    assert entered["on_board_at"]

    change = first.ask(supervisor, "supervisor", authority="national_library")
    second.confirm(change).raise_for_status()
    supervisor.again()
    change = supervisor.ask(officer, "officer")
    assert officer.get("/agency/v1/requests").status_code == 403
    second.confirm(change).raise_for_status()

    assert officer.again().get("/agency/v1/requests").json()["items"] == []
    (listed,) = [
        item
        for item in supervisor.get(f"{HERE}/officers").json()["items"]
        if item["person_id"] == officer.id
    ]
    assert listed["roles"] == ["officer"]

    # Taken by one hand, and refused by every service within five seconds.
    taken = supervisor.do(
        "/office-changes", person_id=officer.id, takes=["officer"], because=REASON
    )
    assert taken.json()["status"] == "done"
    until(lambda: officer.get("/agency/v1/requests").status_code, lambda s: s == 401, 5)


def test_auditors_read_what_was_done_and_nobody_else_does(
    platform: Platform, administrators: tuple[Staff, Staff]
) -> None:
    first, second = administrators
    auditor = Staff(platform)
    second.confirm(first.ask(auditor, "auditor", authority="panjareh")).raise_for_status()
    auditor.again()

    def looks() -> list[dict[str, Any]]:
        answer = auditor.get(f"{HERE}/acts", params={"limit": 100})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])

    acts = until(looks, lambda found: any(act["officer"] == auditor.id for act in found))

    (confirmed,) = [
        act for act in acts if act["kind"] == "roles_confirmed" and act["officer"] == auditor.id
    ]
    assert (confirmed["actor"], confirmed["channel"]) == (second.id, "web")
    begun = auditor.get(f"{HERE}/acts", params={"kind": "administration_begun"}).json()["items"]
    assert [act["officer"] for act in begun] == [first.id]
    assert first.get(f"{HERE}/acts").status_code == 403


def test_a_system_of_an_authority_is_registered_and_suspended(
    administrators: tuple[Staff, Staff],
) -> None:
    first, _ = administrators
    answer = first.do(
        "/clients",
        name=LIBRARY,
        authority="panjareh",
        scopes=["requests"],
        grant_types=["client_credentials"],
        auth_method="client_secret_basic",
        because=REASON,
    )
    assert answer.status_code == 201, answer.text
    client = answer.json()["client_id"]

    suspended = first.do(f"/clients/{client}/suspension", because=REASON)

    assert suspended.json() == {"client_id": client, "suspended": True}
    (listed,) = [
        each for each in first.get(f"{HERE}/clients").json()["items"] if each["client_id"] == client
    ]
    assert listed["suspended"]
    assert answer.json()["client_secret"] not in str(listed)


def test_a_password_alone_opens_no_power(
    administrators: tuple[Staff, Staff],
) -> None:
    first, _ = administrators
    held = first.token
    first.sign_in()

    answer = first.do("/authorities", code="a_password", name=LIBRARY, because=REASON)

    assert answer.status_code == 403
    first.token = held


def test_a_lost_phone_is_signed_out_and_refused_by_every_service(platform: Platform) -> None:
    mine = Person(platform, somebody()).arrive()
    phone = Person(platform, mine.about)
    agent = "Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0"
    credentials = {"national_id": mine.about.national_id, "password": PASSWORD}
    answer = phone.post("/api/v1/sessions", credentials, headers={"User-Agent": agent})
    phone.token = answer.json()["access_token"]
    assert phone.get("/api/v1/requests").status_code == 200

    items = mine.get("/api/v1/sessions").json()["items"]
    (lost,) = [item for item in items if not item["current"]]
    assert (lost["browser"], lost["system"]) == ("Firefox", "Android")
    ended = mine.delete(f"/api/v1/sessions/{lost['session_id']}")

    assert ended.status_code == 204
    until(lambda: phone.get("/api/v1/requests").status_code, lambda s: s == 401, 5)
    assert mine.get("/api/v1/requests").status_code == 200
    assert mine.delete(f"/api/v1/sessions/{lost['session_id']}").status_code == 404


def test_signing_out_everywhere_ends_this_device_too(platform: Platform) -> None:
    mine = Person(platform, somebody()).arrive()
    other = Person(platform, mine.about)
    other.sign_in()

    kept = mine.delete("/api/v1/sessions", params={"keep_current": "true"})
    assert kept.status_code == 204
    until(lambda: other.get("/api/v1/sessions").status_code, lambda s: s == 401, 5)
    assert mine.get("/api/v1/sessions").status_code == 200

    assert mine.delete("/api/v1/sessions").status_code == 204
    until(lambda: mine.get("/api/v1/sessions").status_code, lambda s: s == 401, 5)
