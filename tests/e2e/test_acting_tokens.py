"""Acting for another: as far as the mandate goes, in both names, and never about the other's account itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.e2e.minted import acting_for, browser, claims_of, token_of
from tests.people import Person, internet_form, somebody
from tests.stored import rows

BUSINESS = {
    "activity": "software",
    "workers": 1,
    "floor_area_m2": 10,
    "hygiene_training": False,
    "neighbours_undisturbed": True,
}


class Pair:
    """Whoever acts, and for whom; each with a token of their own."""

    def __init__(self, platform: Platform, http: httpx.Client, *scope: str) -> None:
        self.platform = platform
        self._http = http
        self.actor = uuid4()
        self.about = Person(platform, somebody(decile=2)).arrive()
        self.represented = UUID(_subject(self.about))
        self.token = token_of(platform, acting_for(self.represented, self.actor, *scope))

    def ask(
        self, method: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        if key:
            headers["Idempotency-Key"] = key
        return self._http.request(method, path, json=body, headers=headers)

    def submit(self, service: str, form: Any, key: str | None = None) -> httpx.Response:
        path = f"/api/v1/services/{service}/requests"
        return self.ask("POST", path, {"form": form}, key or str(uuid4()))


def _subject(person: Person) -> str:
    from tests.e2e.test_bad_input import parts

    assert person.token is not None
    return str(parts(person.token)[1]["sub"])


@pytest.fixture(scope="module")
def http(platform: Platform) -> Iterator[httpx.Client]:
    with browser(platform) as client:
        yield client


@pytest.fixture(scope="module")
def pair(platform: Platform, http: httpx.Client) -> Pair:
    return Pair(platform, http, "INET-001")


def test_a_request_made_under_a_mandate_is_the_others_and_names_both(
    platform: Platform, pair: Pair
) -> None:
    answer = pair.submit("INET-001", internet_form(pair.about.about))

    assert answer.status_code == 201, answer.text
    request_id = answer.json()["request_id"]
    metadata = rows(
        platform,
        "requests",
        "SELECT metadata FROM event WHERE stream = %s ORDER BY version",
        request_id,
    )
    first = metadata[0][0]
    assert (first["actor"], first["role"]) == (str(pair.actor), "representative")
    assert first["represented"] == str(pair.represented)
    decided = pair.about.wait_for(request_id, "decided")
    assert decided["outcome"] == "granted"
    whole = rows(
        platform,
        "requests",
        "SELECT metadata ->> 'represented' FROM event WHERE stream = %s",
        request_id,
    )
    assert {name for (name,) in whole} == {str(pair.represented)}, "also after the person has gone"


def test_each_look_under_a_mandate_is_on_record(platform: Platform, pair: Pair) -> None:
    request_id = pair.submit("INET-001", internet_form(pair.about.about)).json()["request_id"]
    seen = pair.ask("GET", f"/api/v1/requests/{request_id}")
    steps = pair.ask("GET", f"/api/v1/requests/{request_id}/timeline")
    listed = pair.ask("GET", "/api/v1/requests")
    own = pair.about.look(request_id)

    assert (seen.status_code, steps.status_code, listed.status_code) == (200, 200, 200)
    assert seen.json()["form"] == own["form"]
    assert request_id in [row["request_id"] for row in listed.json()["items"]]
    looks = rows(
        platform,
        "requests",
        "SELECT reader, role, purpose FROM person_data_read WHERE about = %s",
        request_id,
    )
    assert looks == [(str(pair.actor), "representative", "act_under_mandate")] * 3


def test_what_the_mandate_leaves_out_is_refused_and_looks_like_none_at_all(
    platform: Platform, http: httpx.Client, pair: Pair
) -> None:
    other = pair.about.submit("BIZ-005", BUSINESS)["request_id"]

    refused = pair.submit("BIZ-005", BUSINESS)
    assert (refused.status_code, refused.json()["code"]) == (403, "mandate_too_narrow")
    assert "BIZ-005" in refused.json()["detail"]
    for path in (f"/api/v1/requests/{other}", f"/api/v1/requests/{other}/timeline"):
        hidden = pair.ask("GET", path)
        assert (hidden.status_code, hidden.json()["code"]) == (404, "not_found")
    listed = pair.ask("GET", "/api/v1/requests?limit=100").json()["items"]
    assert {row["service_code"] for row in listed} <= {"INET-001"}
    rated = pair.ask(
        "POST",
        "/api/v1/services/BIZ-005/feedback",
        {"request_id": other, "rating": 5},
        str(uuid4()),
    )
    assert (rated.status_code, rated.json()["code"]) == (403, "mandate_too_narrow")
    looks = "SELECT 1 FROM person_data_read WHERE about = %s AND role = 'representative'"
    assert rows(platform, "requests", looks, other) == []


def test_a_mandate_for_everything_shows_everything(platform: Platform, http: httpx.Client) -> None:
    pair = Pair(platform, http, "*")
    mine = pair.about.submit("BIZ-005", BUSINESS)["request_id"]

    listed = pair.ask("GET", "/api/v1/requests").json()["items"]

    assert [row["request_id"] for row in listed] == [mine]
    assert pair.ask("GET", f"/api/v1/requests/{mine}").status_code == 200


def test_somebody_elses_requests_stay_hidden_whatever_the_mandate_covers(
    platform: Platform, http: httpx.Client, pair: Pair
) -> None:
    stranger = Pair(platform, http, "*")
    request_id = pair.submit("INET-001", internet_form(pair.about.about)).json()["request_id"]

    assert stranger.ask("GET", f"/api/v1/requests/{request_id}").status_code == 404


def test_the_keys_of_who_acts_and_of_the_other_do_not_meet(pair: Pair) -> None:
    key, form = str(uuid4()), internet_form(pair.about.about)
    own = pair.about.submit("INET-001", form, key=key)

    acted = pair.submit("INET-001", form, key=key)

    assert acted.status_code == 201
    assert acted.json()["request_id"] != own["request_id"]
    again = pair.submit("INET-001", form, key=key)
    assert again.json() == acted.json()


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/sessions/step-up", {"method": "civil_registry"}),
        ("GET", "/api/v1/sessions", None),
        ("DELETE", "/api/v1/sessions", None),
    ],
)
def test_nobody_touches_the_account_of_whom_they_act_for(
    pair: Pair, method: str, path: str, body: Any
) -> None:
    answer = pair.ask(method, path, body)

    assert (answer.status_code, answer.json()["code"]) == (403, "not_in_own_name")


def test_an_officers_doors_stay_shut_for_who_acts_for_another(pair: Pair) -> None:
    answer = pair.ask("GET", "/agency/v1/requests")

    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def test_an_authoritys_system_is_no_person(platform: Platform, http: httpx.Client) -> None:
    headers = system_of(platform, "welfare", "answer")

    for path in ("/api/v1/requests", "/agency/v1/requests"):
        answer = http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


def system_of(platform: Platform, authority: str, scope: str) -> dict[str, str]:
    """The header that an authority's own system sends."""
    client = str(uuid4())
    claims = claims_of(sub=client, client_id=client, authority=authority, scope=scope)
    for name in ("acr", "auth_time", "amr"):
        del claims[name]
    return {"Authorization": f"Bearer {token_of(platform, claims)}"}


CASES = {
    "source": "a-system-of-2012",
    "service_code": "DRV-002",
    "cases": [
        {
            "case": uuid4().hex,
            "channel": "counter",
            "started_at": "2012-03-21T08:00:00Z",
            "ended_at": "2012-03-28T08:00:00Z",
            "steps": [],
        }
    ],
}


def test_an_authoritys_system_does_what_it_was_given_for_its_own_authority(
    platform: Platform, http: httpx.Client
) -> None:
    headers = system_of(platform, "police", "answer import_cases")

    answer = http.post("/agency/v1/cases", json=CASES, headers=headers)

    assert answer.status_code == 200, answer.text
    (case,) = answer.json()["items"]
    assert case["change"] == "created"
    ((metadata,),) = rows(
        platform,
        "requests",
        "SELECT metadata FROM event WHERE stream = %s AND version = 1",
        case["request_id"],
    )
    assert metadata["role"] == "agency"
    assert metadata["actor"] == token_claims(headers)["client_id"]


def token_claims(headers: dict[str, str]) -> dict[str, Any]:
    from tests.e2e.test_bad_input import parts

    return parts(headers["Authorization"].partition(" ")[2])[1]


def test_an_authoritys_system_without_the_scope_is_told_which(
    platform: Platform, http: httpx.Client
) -> None:
    answer = http.post(
        "/agency/v1/cases", json=CASES, headers=system_of(platform, "police", "answer")
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    challenge = answer.headers["www-authenticate"]
    assert challenge == 'Bearer error="insufficient_scope", scope="import_cases"'


def test_another_authoritys_system_finds_nothing(platform: Platform, http: httpx.Client) -> None:
    headers = system_of(platform, "welfare", "import_cases")

    answer = http.post("/agency/v1/cases", json=CASES, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
