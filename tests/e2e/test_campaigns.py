"""A campaign over public HTTP: a number, a turn, one request a person, a waiting list, and daily services beside it (R7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.e2e.minted import browser
from tests.e2e.test_publishing import ALL, OWN, Desk, a_card, problem
from tests.people import until


@pytest.fixture(scope="module")
def http(platform: Platform) -> Iterator[httpx.Client]:
    with browser(platform) as client:
        yield client


@pytest.fixture(scope="module")
def publisher(platform: Platform, http: httpx.Client) -> Desk:
    return Desk(platform, http, authority="mcit", roles=["publisher"])


def open_campaign(publisher: Desk, http: httpx.Client, code: str, **campaign: Any) -> None:
    """Published, and known at the gateway's door."""
    now = datetime.now(UTC)
    told = {
        "opens_at": (now - timedelta(minutes=1)).isoformat(),
        "closes_at": (now + timedelta(hours=2)).isoformat(),
        "rate": 50,
    }
    card = a_card(code, output=None, campaign=told | campaign)
    published = publisher.send("POST", OWN, {"card": card})
    assert published.status_code in (200, 201), published.text
    until(lambda: http.get(f"{ALL}/{code}/queue").status_code, (200).__eq__)


def draw(desk: Desk, code: str) -> dict[str, Any]:
    answer = desk.send("PUT", f"{ALL}/{code}/ticket")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def ask(desk: Desk, code: str, ticket: str | None, key: str = "") -> httpx.Response:
    body: dict[str, Any] = {"form": {}} | ({"ticket": ticket} if ticket else {})
    return desk.send("POST", f"{ALL}/{code}/requests", body, key)


def test_a_number_a_turn_and_one_request(
    platform: Platform, http: httpx.Client, publisher: Desk
) -> None:
    code = "CAMP-901"
    open_campaign(publisher, http, code)
    card = http.get(f"{ALL}/{code}").json()
    assert card["campaign"]["rate"] == 50
    person, phone = Desk(platform, http), Desk(platform, http)

    problem(ask(person, code, None), 422, "campaign_ticket_needed")
    mine, again = draw(person, code), draw(person, code)
    assert (mine["number"], mine["turn_at"]) == (again["number"], again["turn_at"])
    look = until(
        lambda: http.get(f"{ALL}/{code}/queue", params={"ticket": mine["ticket"]}).json(),
        lambda told: told["yours"]["state"] == "your_turn",
    )
    assert (look["state"], look["yours"]["ahead"]) == ("open", 0)

    made = ask(person, code, mine["ticket"], key="one")
    assert made.status_code == 201, made.text
    assert ask(person, code, mine["ticket"], key="one").json() == made.json()
    problem(ask(person, code, mine["ticket"]), 409, "campaign_already_signed_up")
    # Another's ticket is worth nothing to who has none of their own.
    problem(ask(phone, code, mine["ticket"]), 422, "campaign_ticket_needed")
    request_id = made.json()["request_id"]
    until(
        lambda: person.get(f"/api/v1/requests/{request_id}").json()["status"],
        "under_review".__eq__,
    )


def test_nobody_comes_before_their_turn_or_with_a_ticket_of_another_line(
    platform: Platform, http: httpx.Client, publisher: Desk
) -> None:
    code, other = "CAMP-902", "CAMP-903"
    open_campaign(publisher, http, code, rate=0.02)
    open_campaign(publisher, http, other)
    first, second = Desk(platform, http), Desk(platform, http)
    draw(first, code)
    mine = draw(second, code)

    early = ask(second, code, mine["ticket"])
    problem(early, 429, "campaign_turn_not_come")
    assert 40 <= int(early.headers["retry-after"]) <= 60
    look = http.get(f"{ALL}/{code}/queue", params={"ticket": mine["ticket"]})
    yours = look.json()["yours"]
    assert (yours["state"], yours["number"]) == ("waiting", 2)
    assert yours["from"] == mine["turn_at"] <= yours["to"]
    assert look.headers["retry-after"] == str(look.json()["retry_after"])

    for unfit in (draw(second, other)["ticket"], mine["ticket"][:-4] + "AAAA", "x"):
        problem(ask(second, code, unfit), 422, "campaign_ticket_unreadable")
        told = http.get(f"{ALL}/{code}/queue", params={"ticket": unfit})
        problem(told, 422, "campaign_ticket_unreadable")


def test_beyond_the_places_people_are_told_where_on_the_list_they_stand(
    platform: Platform, http: httpx.Client, publisher: Desk
) -> None:
    code = "CAMP-904"
    open_campaign(publisher, http, code, capacity=1)
    first, second = Desk(platform, http), Desk(platform, http)
    mine, late = draw(first, code), draw(second, code)
    assert late["turn_at"] is None
    until(
        lambda: http.get(f"{ALL}/{code}/queue", params={"ticket": late["ticket"]}).json(),
        lambda told: (
            (told["yours"]["state"], told["yours"]["place_on_list"]) == ("on_list", 1)
            and told["places_left"] == 0
        ),
    )
    problem(ask(second, code, late["ticket"]), 429, "campaign_turn_not_come")

    made = ask(first, code, mine["ticket"])
    assert made.status_code == 201, made.text
    withdrawn = first.send("POST", f"/api/v1/requests/{made.json()['request_id']}/withdrawal", {})
    assert withdrawn.status_code == 200, withdrawn.text
    until(lambda: draw(second, code)["turn_at"], lambda turn_at: turn_at is not None)
    assert ask(second, code, draw(second, code)["ticket"]).status_code == 201


def test_before_it_opens_and_where_there_is_none_people_are_told_so(
    platform: Platform, http: httpx.Client, publisher: Desk
) -> None:
    code, now = "CAMP-905", datetime.now(UTC)
    opens, closes = now + timedelta(hours=1), now + timedelta(hours=2)
    open_campaign(publisher, http, code, opens_at=opens.isoformat(), closes_at=closes.isoformat())
    person = Desk(platform, http)

    early = person.send("PUT", f"{ALL}/{code}/ticket")
    problem(early, 429, "campaign_not_open")
    assert int(early.headers["retry-after"]) > 3000
    problem(ask(person, code, None), 429, "campaign_not_open")
    assert http.get(f"{ALL}/{code}/queue").json()["state"] == "not_open"

    problem(person.send("PUT", f"{ALL}/INET-001/ticket"), 404, "no_campaign")
    problem(http.get(f"{ALL}/INET-001/queue"), 404, "no_campaign")


def test_a_card_that_cannot_keep_its_word_is_not_published(publisher: Desk) -> None:
    now = datetime.now(UTC)
    campaign = {"opens_at": now.isoformat(), "rate": 1, "capacity": 100_000}
    too_short = campaign | {"closes_at": (now + timedelta(hours=1)).isoformat()}
    told = publisher.send(
        "POST", OWN, {"card": a_card("CAMP-906", output=None, campaign=too_short)}
    )
    assert told.status_code == 422
    assert "/campaign/rate" in told.text
    backwards = campaign | {"closes_at": (now - timedelta(hours=1)).isoformat()}
    told = publisher.send(
        "POST", OWN, {"card": a_card("CAMP-906", output=None, campaign=backwards)}
    )
    assert "/campaign/closes_at" in told.text
