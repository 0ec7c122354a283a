"""The work of officers over public HTTP: their queue in its order, skills, two officers, and what is out of order."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.e2e.minted import browser
from tests.e2e.test_publishing import OWN, Desk, a_card, problem
from tests.people import Officer, Person, officer, somebody, until

WHY = "The applicant is in hospital and travels tomorrow."
TWO, FAST = "TST-701", "TST-702"


@pytest.fixture(scope="module")
def http(platform: Platform) -> Iterator[httpx.Client]:
    with browser(platform) as client:
        yield client


@pytest.fixture(scope="module")
def desks(platform: Platform, http: httpx.Client) -> dict[str, Desk]:
    """People of the ministry: one who publishes, one who supervises, and officers beside the appointed one."""
    roles = {"publisher": ["publisher"], "supervisor": ["supervisor"]}
    roles |= {"colleague": ["officer"], "unskilled": ["officer"]}
    return {
        name: Desk(platform, http, authority="mcit", roles=held) for name, held in roles.items()
    }


@pytest.fixture(scope="module")
def narges(platform: Platform) -> Officer:
    return officer(platform, "mcit")


@pytest.fixture(scope="module")
def published(desks: dict[str, Desk], narges: Officer) -> str:
    """Two services that need a skill of their own, so that no other test's requests stand in this queue."""
    for code, days, review in (
        (TWO, 20, {"skill": "spectrum", "four_eyes": True}),
        (FAST, 3, {"skill": "spectrum"}),
    ):
        card = a_card(code, output=None, review=review, time_limit_days=days)
        answer = desks["publisher"].send("POST", OWN, {"card": card})
        assert answer.status_code in (200, 201), answer.text
    told = desks["publisher"].get(f"/api/v1/services/{TWO}").json()
    assert told["review"] == {"skill": "spectrum", "four_eyes": True}
    given = give_skills(desks["supervisor"], me(narges), "spectrum")
    assert given["skills"] == ["spectrum"]
    return TWO


def me(who: Officer) -> str:
    assert who.token is not None
    body = who.token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return str(claims["sub"])


def give_skills(supervisor: Desk, whom: str, *skills: str) -> dict[str, Any]:
    answer: httpx.Response = until(
        lambda: supervisor.send(
            "PUT", f"/agency/v1/officers/{whom}/skills", {"skills": list(skills)}
        ),
        lambda response: response.status_code != 422,  # until requests has heard of the office
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def asked(person: Person, service: str) -> str:
    answer = until(
        lambda: person.post(f"/api/v1/services/{service}/requests", {"form": {}}, key=str(uuid4())),
        lambda response: response.status_code == 201,  # until requests has heard of the service
    )
    request_id = str(answer.json()["request_id"])
    person.wait_for(request_id, "under_review")
    return request_id


@pytest.fixture
def person(platform: Platform) -> Person:
    return Person(platform, somebody()).arrive()


def act(who: Any, path: str, **body: Any) -> httpx.Response:
    return (
        who.send("POST", path, body)
        if isinstance(who, Desk)
        else who.request("POST", path, json=body, key=str(uuid4()))
    )


def one(request_id: str, what: str) -> str:
    return f"/agency/v1/requests/{request_id}/{what}"


def queue(who: Any, **query: Any) -> list[str]:
    answer = (
        who.get("/agency/v1/queue", **query)
        if isinstance(who, Desk)
        else who.get("/agency/v1/queue", params=query)
    )
    assert answer.status_code == 200, answer.text
    return [row["request_id"] for row in answer.json()["items"]]


def test_officers_take_the_first_in_order_and_owe_a_reason_for_any_other(
    platform: Platform,
    desks: dict[str, Desk],
    narges: Officer,
    person: Person,
    published: str,
) -> None:
    slow, fast, faster = asked(person, TWO), asked(person, FAST), asked(person, FAST)
    assert queue(narges, skill="spectrum", unassigned="true") == [fast, faster, slow]
    assert queue(desks["unskilled"], skill="spectrum") == []
    problem(act(desks["unskilled"], one(fast, "review")), 403, "skill_missing")
    hidden = narges.get(f"/agency/v1/requests/{fast}").json()
    assert (hidden["reference"] != "", hidden["form"]) == (True, None)

    refused = act(narges, one(faster, "review"))

    told = problem(refused, 422, "out_of_order")
    assert "ahead" in told["detail"]
    early = act(narges, one(faster, "review"), out_of_order=WHY)
    assert early.status_code == 200, early.text
    step = next(s for s in person.timeline(faster) if s["kind"] == "TakenOutOfOrder")
    assert WHY in step["text"]
    assert step["actor_role"] == "officer"
    listed = desks["supervisor"].get("/agency/v1/out-of-order").json()["items"]
    [row] = [row for row in listed if row["request_id"] == faster]
    assert (row["doing"], row["ahead"], row["reason"]) == ("review", 1, WHY)
    problem(desks["colleague"].get("/agency/v1/out-of-order"), 403, "not_allowed")
    taken = act(narges, "/agency/v1/queue/next", skill="spectrum").json()["request"]
    assert taken["request_id"] == fast
    assert narges.get(f"/agency/v1/requests/{fast}").json()["form"] == {}
    answer = act(
        narges,
        "/agency/v1/queue/actions",
        action="decision",
        request_ids=[faster, fast],
        outcome="granted",
        reason="All is there.",
    )
    assert answer.status_code == 200, answer.text
    both = answer.json()
    assert (both["done"], both["refused"]) == (2, 0), both
    assert person.look(fast)["outcome"] == person.look(faster)["outcome"] == "granted"
    act(narges, one(slow, "conflict"), reason="I know the applicant.")
    assert slow not in queue(narges, skill="spectrum")
    assert slow in queue(desks["supervisor"], skill="spectrum")


def test_two_officers_decide_where_the_card_says_so(
    desks: dict[str, Desk], narges: Officer, person: Person, published: str
) -> None:
    request_id = asked(person, TWO)
    started = act(narges, one(request_id, "review"), out_of_order=WHY)
    assert started.status_code == 200, started.text
    problem(
        act(narges, one(request_id, "decision"), outcome="granted"), 409, "second_officer_needed"
    )

    proposed = act(narges, one(request_id, "proposal"), outcome="refused", reason="It is forged.")
    assert proposed.status_code == 200, proposed.text

    problem(act(narges, one(request_id, "proposal/confirmation")), 409, "own_proposal")
    problem(act(desks["unskilled"], one(request_id, "proposal/confirmation")), 403, "skill_missing")
    seen = person.look(request_id)
    assert (seen["status"], seen["outcome"]) == ("under_review", None)
    assert "forged" not in " ".join(step["text"] for step in person.timeline(request_id))
    work = narges.get(one(request_id, "work")).json()
    assert (work["four_eyes"], work["proposal"]["reason"]) == (True, "It is forged.")
    # The second officer of the ministry is appointed, and has the skill.
    problem(
        act(
            desks["supervisor"],
            one(request_id, "reassignment"),
            officer_id=str(uuid4()),
            reason="Leave.",
        ),
        422,
        "not_your_officer",
    )
    returned = act(narges, one(request_id, "proposal/return"), reason="I have to look again.")
    assert returned.status_code == 200, returned.text
    released = act(narges, one(request_id, "release"), reason="")
    assert released.status_code == 200, released.text
    kinds = [step["kind"] for step in person.timeline(request_id)]
    assert kinds[-3:] == ["DecisionProposed", "ProposalReturned", "ReviewReleased"]
    handed = act(
        desks["supervisor"],
        one(request_id, "reassignment"),
        officer_id=me(narges),
        reason="Nobody else is there.",
    )
    assert handed.status_code == 200, handed.text
    assert "Nobody else is there." in person.timeline(request_id)[-1]["text"]
    people = desks["supervisor"].get("/agency/v1/officers").json()["items"]
    [row] = [each for each in people if each["officer_id"] == me(narges)]
    assert row["skills"] == ["spectrum"]
    assert row["reviews"] >= 1
