"""An authority announces outages and connects; everybody sees it, other services are told (C3, C7)."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.e2e.minted import Caller, browser, claims_of, identity_of, token_of
from tests.people import until

WHY = {"fa": "نگهداری سالانهٔ سامانه", "en": "Yearly maintenance"}
OUTAGES = "/agency/v1/outages"


class Office:
    """Somebody with roles in an authority, over public HTTP."""

    def __init__(self, platform: Platform, http: httpx.Client, authority: str, *roles: str) -> None:
        claims = claims_of(3, authority=authority, roles=list(roles))
        self._http = http
        self._headers = {"Authorization": f"Bearer {token_of(platform, claims)}"}

    def send(
        self, method: str, path: str, body: Any = None, key: str | None = None
    ) -> httpx.Response:
        headers = self._headers | {"Idempotency-Key": key or uuid4().hex}
        return self._http.request(method, path, json=body, headers=headers)


@pytest.fixture
def http(platform: Platform) -> Iterator[httpx.Client]:
    with browser(platform) as client:
        yield client


@pytest.fixture
def publisher(platform: Platform, http: httpx.Client) -> Office:
    return Office(platform, http, "mcit", "publisher")


def told(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def planned(**changes: Any) -> dict[str, Any]:
    begins = datetime.now(UTC) + timedelta(hours=2)
    return {
        "kind": "planned",
        "services": ["INET-001"],
        "starts_at": told(begins),
        "ends_at": told(begins + timedelta(hours=3)),
        "explanation": WHY,
    } | changes


def test_a_planned_outage_is_seen_everywhere_until_it_is_withdrawn(
    http: httpx.Client, publisher: Office
) -> None:
    key = uuid4().hex
    announced = publisher.send("POST", OUTAGES, body := planned(), key)
    assert announced.status_code == 201, announced.text
    outage_id = announced.json()["outage_id"]
    assert publisher.send("POST", OUTAGES, body, key).json() == announced.json()

    one = http.get(announced.headers["Location"]).json()
    assert (one["state"], one["said_by"], one["explanation"]) == ("announced", "mcit", WHY["en"])
    persian = http.get(f"/api/v1/outages/{outage_id}", headers={"Accept-Language": "fa"}).json()
    assert persian["explanation"] == WHY["fa"]
    listed = http.get("/api/v1/outages", params={"service": "INET-001", "state": "announced"})
    assert outage_id in [each["outage_id"] for each in listed.json()["items"]]
    beside = http.get("/api/v1/services/INET-001/availability").json()
    assert outage_id in [each["outage_id"] for each in beside["outages"]]
    coming = http.get("/api/v1/discovery/outages").json()
    assert {"duration": "PT3H", "isPartial": True}.items() <= coming["data"]["outages"][0].items()
    assert coming["links"]["self"].endswith("/api/v1/discovery/outages")

    feed = http.get("/api/v1/outages.atom")
    assert feed.headers["Content-Type"].startswith("application/atom+xml")
    ids = [e.text for e in ElementTree.fromstring(feed.content).iter() if e.tag.endswith("}id")]
    assert f"urn:uuid:{outage_id}" in ids
    again = http.get("/api/v1/outages.atom", headers={"If-None-Match": feed.headers["ETag"]})
    assert again.status_code == 304

    gone = publisher.send("POST", f"{OUTAGES}/{outage_id}/withdrawal", {"because": WHY})
    assert gone.json()["state"] == "withdrawn"
    assert http.get(f"/api/v1/outages/{outage_id}").json()["because"] == WHY["en"]


def test_the_clock_tells_other_services_when_it_begins_and_ends(
    platform: Platform, publisher: Office
) -> None:
    begins = datetime.now(UTC) + timedelta(seconds=1)
    body = planned(starts_at=told(begins), ends_at=told(begins + timedelta(seconds=2)))
    outage_id = publisher.send("POST", OUTAGES, body).json()["outage_id"]
    assertion = identity_of(platform, "requests").assertion(purpose="catching_up")

    with Caller(platform) as caller:

        def types() -> list[str]:
            query = {"position": 0, "types": None, "limit": 200}
            messages = caller.call("catalog", "events_after", query, assertion)["messages"]
            return [each["type"] for each in messages if each["subject"] == outage_id]

        seen = until(types, lambda seen: "outage_ended.v1" in seen)

    assert seen == ["outage_announced.v1", "outage_started.v1", "outage_ended.v1"]


def test_the_status_says_what_goes_on(
    platform: Platform, http: httpx.Client, publisher: Office
) -> None:
    body = planned(kind="incident", starts_at=told(datetime.now(UTC))) | {"ends_at": None}
    del body["ends_at"]
    outage_id = publisher.send("POST", OUTAGES, body).json()["outage_id"]

    status = http.get("/api/v1/discovery/status").json()["data"]
    assert status["status"] == "PARTIAL_FAILURE"
    assert WHY["en"] in status["explanation"]

    assert publisher.send("POST", f"{OUTAGES}/{outage_id}/end").json()["state"] == "ended"
    assert publisher.send("POST", f"{OUTAGES}/{outage_id}/end").json()["code"] == "outage_over"


def test_what_does_not_fit_is_refused_with_its_place_and_nothing_is_stored(
    platform: Platform, http: httpx.Client, publisher: Office
) -> None:
    past = told(datetime.now(UTC) - timedelta(days=1))
    police = Office(platform, http, "police", "publisher")
    officer = Office(platform, http, "mcit", "officer")
    before = http.get("/api/v1/outages").json()
    deceiving = {"fa": "نگهداری\u202e", "en": "x"}

    answers = [
        (publisher.send("POST", OUTAGES, planned(starts_at=past)), 422, "outage_in_past"),
        (publisher.send("POST", OUTAGES, planned(services=[])), 403, "outage_of_others"),
        (publisher.send("POST", OUTAGES, planned(services=["NO-999"])), 404, "unknown_service"),
        (police.send("POST", OUTAGES, planned()), 403, "outage_of_others"),
        (officer.send("POST", OUTAGES, planned()), 403, "not_allowed"),
    ]
    for answer, status, code in answers:
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    for changes, pointer in (
        ({"explanation": deceiving}, "/explanation/fa"),
        ({"starts_at": "tomorrow"}, "/starts_at"),
        ({"channels": ["telepathy"]}, "/channels/0"),
        ({"services": ["x"]}, "/services/0"),
    ):
        answer = publisher.send("POST", OUTAGES, planned(**changes))
        assert answer.status_code == 422
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert http.post(OUTAGES, json=planned()).status_code == 401
    assert http.get("/api/v1/outages").json() == before


def test_an_authority_records_how_it_connects_and_all_can_see_it(
    platform: Platform, http: httpx.Client, publisher: Office
) -> None:
    path, today = "/agency/v1/authorities/mcit/connection", datetime.now(UTC).date().isoformat()
    step = {"step": "window_opened", "on": "2026-01-01", "window": "https://window.example"}

    assert (
        publisher.send("POST", path, step | {"step": "joined"}).json()["code"] == "steps_in_order"
    )
    assert publisher.send("POST", path, step).status_code == 200
    offered = {"step": "services_offered", "on": "2026-02-01"}
    assert publisher.send("POST", path, offered).status_code == 200
    joined = publisher.send("POST", path, {"step": "joined", "on": today})
    assert list(joined.json()["steps"]) == ["window_opened", "services_offered", "joined"]

    one = http.get("/api/v1/authorities/mcit").json()
    assert [each["said_by"] for each in one["steps"]] == ["mcit"] * 3
    assert one["window_url"] == "https://window.example"
    assert {each["measure"]: each["count"] for each in one["progress"]["done"]}["connected"] >= 1
    board = http.get("/api/v1/connection-board", params={"limit": 100}).json()
    assert "mcit" in [each["code"] for each in board["items"]]
    # Not theirs looks like not there.
    police = Office(platform, http, "police", "publisher")
    withdrawal = {"step": "joined", "because": WHY}
    assert police.send("POST", f"{path}/withdrawal", withdrawal).status_code == 404
    for step_name in ("joined", "services_offered", "window_opened"):
        withdrawal = {"step": step_name, "because": WHY}
        assert publisher.send("POST", f"{path}/withdrawal", withdrawal).status_code == 200


def test_authorities_are_found_by_their_place_in_the_tree(http: httpx.Client) -> None:
    below = http.get("/api/v1/authorities", params={"parent": "interior"}).json()["items"]
    assert "municipality" in [each["code"] for each in below]
    above = http.get("/api/v1/authorities/municipality").json()["above"]
    assert [each["code"] for each in above] == ["interior"]
    assert http.get("/api/v1/authorities/nobody").json()["code"] == "no_such_authority"
    assert http.get("/api/v1/authorities", params={"kind": "castle"}).status_code == 422


def test_an_authority_closes_for_a_day_and_holidays_are_told(
    http: httpx.Client, publisher: Office
) -> None:
    day = (datetime.now(UTC) + timedelta(days=40)).date()
    announced = publisher.send(
        "POST", "/agency/v1/days", {"day": day.isoformat(), "closed": True, "name": WHY}
    )
    assert announced.json() == {"scope": "mcit", "day": day.isoformat(), "changed": True}

    def days(**more: str) -> dict[str, Any]:
        asked = {"year": str(day.year), **more}
        items = http.get("/api/v1/holidays", params=asked).json()["items"]
        return {each["day"]: each for each in items}

    assert days(authority="mcit")[day.isoformat()]["announced"]
    assert not days().get(day.isoformat(), {"announced": False})["announced"]
    assert any(each["name"].startswith("Nowruz") for each in days().values())
    withdrawn = publisher.send("POST", "/agency/v1/days", {"day": day.isoformat()})
    assert withdrawn.status_code == 200
    assert publisher.send("POST", "/agency/v1/days", {"day": day.isoformat()}).status_code == 409


def door(platform: Platform, *arguments: str) -> subprocess.CompletedProcess[str]:
    """As an operator does."""
    return subprocess.run(
        [sys.executable, "-m", "panjareh_catalog", *arguments],
        env=platform.environment_for("catalog"),
        capture_output=True,
        text=True,
        check=False,
    )


def test_operators_announce_days_of_the_whole_country_all_or_none(
    platform: Platform, http: httpx.Client, tmp_path: Path
) -> None:
    day = (datetime.now(UTC) + timedelta(days=41)).date()
    file = tmp_path / "days.yaml"
    said = f"{{day: {day}, name: {{fa: گرما, en: Heat}}}}"

    file.write_text(f"days: [{said}, {{day: {day}, authority: nobody, name: {{fa: x, en: x}}}}]")
    refused = door(platform, "announce-days", str(file))
    assert (refused.returncode, "nobody" in refused.stderr) == (1, True)

    file.write_text(f"days: [{said}]", encoding="utf-8")
    done = door(platform, "announce-days", str(file))
    assert done.stdout == f"announced {day} everywhere\n", done.stderr
    assert door(platform, "announce-days", str(file)).stdout == f"unchanged {day} everywhere\n"
    items = http.get("/api/v1/holidays", params={"year": str(day.year)}).json()["items"]
    assert {"day": str(day), "name": "Heat"}.items() <= next(
        each for each in items if each["announced"] and each["day"] == str(day)
    ).items()
    file.write_text(f"days: [{{day: {day}, withdrawn: true, name: {{fa: x, en: x}}}}]")
    assert door(platform, "announce-days", str(file)).returncode == 0


def test_operators_announce_an_outage_without_the_window(
    platform: Platform, http: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "outage.yaml"
    began = told(datetime.now(UTC))
    file.write_text(
        f"kind: incident\nstarts_at: {began}\nchannels: [sms]\nexplanation: {{fa: قطع, en: Cable}}\n",
        encoding="utf-8",
    )

    done = door(platform, "announce-outage", str(file))
    state, outage_id = done.stdout.split()
    one = http.get(f"/api/v1/outages/{outage_id}").json()
    assert (state, one["said_by"], one["whole_platform"]) == ("under_way", "panjareh", True)
    assert http.get("/api/v1/discovery/status").json()["data"]["status"] == "PARTIAL_FAILURE"

    assert door(platform, "end-outage", outage_id).stdout == f"ended {outage_id}\n"
    again = door(platform, "end-outage", outage_id)
    assert (again.returncode, again.stderr.startswith("This outage is over")) == (1, True)
    file.write_text("kind: incident\nexplanation: {fa: x}\n", encoding="utf-8")
    refused = door(platform, "announce-outage", str(file))
    assert {line.split(": ")[1] for line in refused.stderr.splitlines()} == {
        "/starts_at",
        "/explanation/en",
    }


def test_the_quotas_that_are_shipped_say_that_they_are_samples(http: httpx.Client) -> None:
    quotas = http.get("/api/v1/connection-board").json()["quotas"]

    assert {quota["share"] for quota in quotas} == {0.05, 0.2, 0.5, 1.0}
    assert all(quota["sample"] for quota in quotas)


@pytest.fixture
def second_clock(platform: Platform) -> Iterator[None]:
    """Another clock process beside the platform's, that looks more often: nobody waits for twenty probes here."""
    env = platform.environment_for("catalog") | {"PANJAREH_PROBE_SECONDS": "0.5"}
    process = subprocess.Popen(
        [sys.executable, "-m", "panjareh_catalog", "clock"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield
    process.terminate()
    process.wait(30)


@pytest.mark.usefixtures("second_clock")
def test_a_shipped_service_shows_how_available_it_was_beside_what_was_promised(
    http: httpx.Client,
) -> None:
    def web() -> dict[str, Any]:
        now = http.get("/api/v1/services/INET-001/availability").json()
        return next(each for each in now["channels"] if each["channel"] == "web")

    told = until(
        web, lambda seen: seen["measured"] and seen["measured"]["share"] is not None, seconds=180
    )

    assert (told["promised_availability"], told["address"]) == (0.995, None)
    measured = told["measured"]
    assert (measured["of"], measured["asked"] >= 20) == ("window", True)
    assert measured["share"] == pytest.approx(measured["answered"] / measured["asked"], abs=1e-4)
    # Everything that is offered at the window shows the same, whosever it is; a counter has no measure.
    card = http.get("/api/v1/services/CERT-003").json()
    channels = {each["channel"]: each for each in card["channel_hours"]}
    assert channels["mobile"]["measured"]["of"] == "window"
    assert channels["web"]["measured"]["asked"] >= measured["asked"]
    assert all(
        each["measured"] is None for name, each in channels.items() if name not in ("web", "mobile")
    )


def test_the_board_shows_shares_of_the_shipped_authorities(http: httpx.Client) -> None:
    board = http.get("/api/v1/connection-board", params={"limit": 100}).json()
    shipped = {each["code"]: each for each in board["items"] if each["progress"]["services_total"]}

    assert {"mcit", "welfare", "police", "civil_registry", "municipality"} <= set(shipped)
    assert all(each["sample"] for each in shipped.values())
    progress = [each["progress"] for each in shipped.values()]
    assert all(0 <= done["share"] <= 1 for each in progress for done in each["done"])
    connected = {name: each["progress"]["done"][0] for name, each in shipped.items()}
    assert connected["welfare"]["measure"] == "connected"
    assert connected["welfare"]["share"] >= 0.6  # three of five, and what other tests publish
    standings = {quota["standing"] for each in progress for quota in each["quotas"]}
    assert "unknown" not in standings
    assert {"met", "behind"} <= standings


def test_a_card_shows_its_channels_as_they_are_now(http: httpx.Client) -> None:
    card = http.get("/api/v1/services/INET-001").json()

    web = next(each for each in card["channel_hours"] if each["channel"] == "web")
    assert {"open_now", "holiday_today", "measured", "opens_at"} <= web.keys()
