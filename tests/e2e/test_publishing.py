"""A publisher at work over public HTTP: from draft to retirement, with a person who asks meanwhile (C1, C5, C8)."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo import services_dir
from tests.e2e.minted import browser, claims_of, token_of
from tests.e2e.test_acting_tokens import system_of
from tests.people import until

REASON = {"fa": "سامانه به‌روز می‌شود.", "en": "The system is being renewed."}
OWN, ALL = "/agency/v1/services", "/api/v1/services"
TEXT = {"fa": "متن", "en": "text"}


class Desk:
    """Somebody over public HTTP, with the claims that they signed in with."""

    def __init__(self, platform: Platform, http: httpx.Client, **claims: Any) -> None:
        self._http = http
        self._headers = {
            "Authorization": f"Bearer {token_of(platform, claims_of(3, **claims))}",
            "Accept-Language": "en",
        }

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self._http.get(path, params=query, headers=self._headers)

    def send(self, method: str, path: str, body: Any = None, key: str = "") -> httpx.Response:
        headers = self._headers | {"Idempotency-Key": key or uuid4().hex}
        return self._http.request(method, path, json=body, headers=headers)


@pytest.fixture
def http(platform: Platform) -> Iterator[httpx.Client]:
    with browser(platform) as client:
        yield client


@pytest.fixture
def publisher(platform: Platform, http: httpx.Client) -> Desk:
    return Desk(platform, http, authority="mcit", roles=["publisher"])


@pytest.fixture
def person(platform: Platform, http: httpx.Client) -> Desk:
    return Desk(platform, http)


def a_card(code: str, **changes: Any) -> dict[str, Any]:
    """A service that officers decide, without a form and without evidence."""
    text = (services_dir() / "INET-001.yaml").read_text(encoding="utf-8")
    card = copy.deepcopy(yaml.safe_load(text))
    card["output"].pop("shows", None)  # facts that no evidence brings then
    form = {"type": "object", "additionalProperties": False, "properties": {}}
    return (
        card
        | {"code": code, "decision_mode": "officers", "rules": None, "evidence": [], "form": form}
        | {"sample": True, "name": TEXT}
        | changes
    )


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    told: dict[str, Any] = response.json()
    assert told["code"] == code
    return told


def ask(person: Desk, code: str) -> httpx.Response:
    return person.send("POST", f"{ALL}/{code}/requests", {"form": {}})


def test_a_service_lives_from_its_draft_to_its_retirement(
    http: httpx.Client, publisher: Desk, person: Desk
) -> None:
    code = "LIFE-901"
    # A draft is nobody's business yet.
    saved = publisher.send("PUT", f"{OWN}/{code}/draft", {"revision": 0, "card": a_card(code)})
    assert saved.json()["faults"] == []
    assert http.get(f"{ALL}/{code}").status_code == 404
    assert http.get(f"{ALL}/{code}/versions").status_code == 404
    listed = publisher.get(OWN, limit=100).json()["items"]
    assert [row["draft"] for row in listed if row["code"] == code] == [1]

    # Published, it is asked for; the request runs under version 1.
    published = publisher.send("POST", f"{OWN}/{code}/drafts/1/publication")
    assert published.json()["version"] == 1, published.text
    first = until(lambda: ask(person, code), lambda said: said.status_code == 201).json()

    # Changed, it is asked for under version 2, and what differs is told in words.
    changed = a_card(code, time_limit_days=3)
    assert publisher.send("POST", OWN, {"card": changed}).json()["version"] == 2
    until(lambda: ask(person, code).json(), lambda said: version_of(person, said) == 2)
    assert version_of(person, first) == 1
    told = http.get(
        f"{ALL}/{code}/diff", params={"from": 1, "to": 2}, headers={"Accept-Language": "fa"}
    )
    [section] = told.json()["sections"]
    assert section["title"] == "زمان"
    assert (
        section["changes"][0] | {"pointer": "/time_limit_days", "after": "۳"}
        == section["changes"][0]
    )
    versions = http.get(f"{ALL}/{code}/versions").json()["items"]
    assert [(row["number"], row["state"]) for row in versions] == [
        (2, "published"),
        (1, "superseded"),
    ]
    assert http.get(f"{ALL}/{code}/versions/1").json()["card"]["time_limit_days"] != 3

    # Suspended, it takes no requests and says why; those that run go on.
    assert publisher.send("POST", f"{OWN}/{code}/suspension", {"reason": REASON}).status_code == 200
    refused = until(lambda: ask(person, code), lambda said: said.status_code == 409)
    assert REASON["en"] in problem(refused, 409, "service_suspended")["detail"]
    assert http.get(f"{ALL}/{code}").json()["status"] == "suspended"
    assert person.get(f"/api/v1/requests/{first['request_id']}").status_code == 200
    assert publisher.send("POST", f"{OWN}/{code}/resumption").json()["standing"] == "published"
    until(lambda: ask(person, code), lambda said: said.status_code == 201)

    # Retired, it names what takes its place, for good.
    gone = {"reason": REASON, "successor": "INET-001"}
    assert (
        publisher.send("POST", f"{OWN}/{code}/retirement", gone).json()["successor"] == "INET-001"
    )
    refused = until(lambda: ask(person, code), lambda said: said.status_code == 409)
    assert "INET-001" in problem(refused, 409, "service_replaced")["detail"]
    problem(publisher.send("POST", OWN, {"card": a_card(code)}), 409, "service_retired")


def version_of(person: Desk, submitted: dict[str, Any]) -> int:
    request = person.get(f"/api/v1/requests/{submitted['request_id']}").json()
    return int(request["service_version"])


def test_every_fault_of_a_card_is_told_at_once_and_in_the_readers_language(
    http: httpx.Client, publisher: Desk
) -> None:
    faulty = a_card("LIFE-902", parent="NO-999", life_events=["wedding_of_a_cat"])

    told = problem(publisher.send("POST", OWN, {"card": faulty}), 422, "invalid_input")
    checked = publisher.send("POST", f"{OWN}/check", {"card": faulty}).json()

    assert {error["pointer"] for error in told["errors"]} == {"/card/parent", "/card/life_events/0"}
    assert {fault["pointer"] for fault in checked["faults"]} == {"/parent", "/life_events/0"}
    assert http.get(f"{ALL}/LIFE-902").status_code == 404


def test_who_may_not_publish_is_told_so(
    platform: Platform, http: httpx.Client, publisher: Desk
) -> None:
    officer = Desk(platform, http, authority="mcit", roles=["officer"])
    stranger = Desk(platform, http, authority="police", roles=["publisher"])

    problem(officer.send("POST", OWN, {"card": a_card("LIFE-903")}), 403, "not_allowed")
    problem(
        stranger.send("POST", f"{OWN}/INET-001/suspension", {"reason": REASON}),
        404,
        "unknown_service",
    )
    problem(
        stranger.send("POST", OWN, {"card": a_card("INET-001", authority="police")}),
        409,
        "service_code_taken",
    )
    assert http.get(OWN).status_code == 401
    assert http.get(f"{ALL}/INET-001").json()["status"] == "published"


def test_an_authoritys_own_system_publishes_for_it(platform: Platform, http: httpx.Client) -> None:
    """C8: with the scope of its client, and nothing without it."""
    card = {"card": a_card("LIFE-904")}
    key = {"Idempotency-Key": uuid4().hex}
    without = system_of(platform, "mcit", "import_cases") | key | {"Accept-Language": "en"}
    allowed = system_of(platform, "mcit", "publish_services") | key

    problem(http.post(OWN, json=card, headers=without), 403, "scope_missing")
    made = http.post(OWN, json=card, headers=allowed)
    assert made.status_code == 200, made.text
    assert made.json()["version"] == 1
    assert http.post(OWN, json=card, headers=allowed).json() == made.json()


def test_an_import_is_stored_whole_or_not_at_all(http: httpx.Client, publisher: Desk) -> None:
    good = {"name": "good.json", "content": json.dumps(a_card("LIFE-905"), ensure_ascii=False)}
    text = yaml.safe_dump(a_card("LIFE-906"), allow_unicode=True, sort_keys=False)
    bad = {"name": "bad.yaml", "content": text.replace("required_loa: 2", "required_loa: 7")}
    line = next(
        n for n, row in enumerate(bad["content"].splitlines(), 1) if row == "required_loa: 7"
    )

    told = publisher.send("POST", f"{OWN}/import", {"files": [good, bad]})
    [error] = problem(told, 422, "invalid_input")["errors"]
    assert (error["file"], error["line"], error["place"]) == (
        "bad.yaml",
        str(line),
        "/required_loa",
    )
    assert http.get(f"{ALL}/LIFE-905").status_code == 404

    fine = {"name": "fine.yaml", "content": text}
    done = publisher.send("POST", f"{OWN}/import", {"files": [good, fine]}, key := uuid4().hex)
    again = publisher.send("POST", f"{OWN}/import", {"files": [good, fine]}, key)
    assert [item["is_new"] for item in done.json()["items"]] == [True, True]
    assert again.json() == done.json()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("l0: &l0 ha\nl1: &l1 [*l0, *l0]\n", "Aliases"),
        ("a: " + "[" * 2000, "nest"),
        ("name: {fa: 'a\u202eb', en: x}\ncode: LIFE-907\n", "invisible"),
        ("code: [\n", "no YAML"),
    ],
)
def test_a_hostile_file_is_refused_with_its_reason(
    publisher: Desk, content: str, said: str
) -> None:
    body = {"files": [{"name": "card.yaml", "content": content}]}

    told = problem(publisher.send("POST", f"{OWN}/import", body), 422, "invalid_input")

    assert any(said in error["detail"] for error in told["errors"]), told


def test_ten_megabytes_are_refused_at_the_door(publisher: Desk) -> None:
    body = {"files": [{"name": "card.yaml", "content": "a" * 10_000_000}]}

    told = problem(publisher.send("POST", f"{OWN}/import", body), 413, "too_large")

    assert "1048576" in told["detail"]
