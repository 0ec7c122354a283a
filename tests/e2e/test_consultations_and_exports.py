"""Over public HTTP: a draft before people and what became of their opinions (C5), and the catalogue for programs (C1)."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml
from pyshacl import validate
from rdflib import RDF, Graph, Namespace
from rdflib.compare import isomorphic

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo import services_dir
from tests.people import Officer, Person, officer, somebody, until

CODE = "TALK-101"
CPSV = Namespace("http://purl.org/vocab/cpsv#")
SHAPES = (
    Path(os.environ.get("PANJAREH_SPECS_DIR", Path(__file__).parents[3] / "shared/specs"))
    / "cpsv-ap-3.2.0-shacl.ttl"
)
WHY = {"fa": "گامی که گفتید برداشته شد.", "en": "The step that you named is gone."}


def a_card(**changes: Any) -> dict[str, Any]:
    text = (services_dir() / "INET-001.yaml").read_text(encoding="utf-8")
    name = {"fa": "خدمتی برای نظرخواهی", "en": "A service to talk about"}
    return (
        dict(yaml.safe_load(text))
        | {"code": CODE, "name": name, "keywords": {"fa": [], "en": []}}
        | changes
    )


def done(answer: httpx.Response, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def save_draft(publisher: Officer, revision: int, **changes: Any) -> dict[str, Any]:
    body = {"revision": revision, "card": a_card(**changes)}
    path = f"/agency/v1/services/{CODE}/draft"
    return done(publisher.request("PUT", path, json=body, key=str(uuid4())))


@pytest.fixture(scope="module")
def mcit(platform: Platform) -> Officer:
    return officer(platform, "mcit")


@pytest.fixture(scope="module")
def people(platform: Platform) -> tuple[Person, Person]:
    return Person(platform, somebody()).arrive(), Person(platform, somebody()).arrive()


@pytest.fixture(scope="module")
def talk(mcit: Officer, people: tuple[Person, Person]) -> dict[str, Any]:
    """A consultation from its opening to the publication of what came of it."""
    first, second = people
    draft = save_draft(mcit, 0)
    opening = {
        "service_code": CODE,
        "number": draft["number"],
        "about": {"fa": "پیش از ساختن", "en": "Before it is built"},
        "questions": [{"fa": "چه گامی زیادی است؟", "en": "Which step is too much?"}],
        "until": (datetime.now(UTC) + timedelta(seconds=6)).isoformat(),
    }
    opened = done(mcit.post("/agency/v1/consultations", opening, key="open"), 201)
    here = f"/api/v1/consultations/{opened['consultation_id']}"
    agency = f"/agency/v1/consultations/{opened['consultation_id']}"
    said = done(
        first.post(f"{here}/opinions", {"answers": {"1": "گام آخر"}}, key=str(uuid4())), 201
    )
    other = done(second.post(f"{here}/opinions", {"remark": "هیچ."}, key=str(uuid4())), 201)
    meanwhile = done(first.get(here))
    early = mcit.post(f"{agency}/publication", key=str(uuid4()))
    until(lambda: done(first.get(here)), lambda told: told["standing"] == "ended")
    late = second.post(f"{here}/opinions", {"remark": "دیر"}, key=str(uuid4()))

    fewer = a_card()["steps"][:-1]
    save_draft(mcit, draft["revision"], steps=fewer)
    outcome = {"opinions": [said["opinion_id"]], "outcome": "applied", "pointers": ["/steps"]}
    done(mcit.post(f"{agency}/outcomes", outcome | {"reason": WHY}, key=str(uuid4())))
    undecided = mcit.post(f"{agency}/publication", key=str(uuid4()))
    outcome = {"opinions": [other["opinion_id"]], "outcome": "refused", "reason": WHY}
    done(mcit.post(f"{agency}/outcomes", outcome, key=str(uuid4())))
    closed = done(mcit.post(f"{agency}/publication", key=str(uuid4())))
    return {
        "here": here,
        "said": said,
        "meanwhile": meanwhile,
        "early": early,
        "late": late,
        "undecided": undecided,
        "closed": closed,
    }


# Consultations


def test_a_draft_is_before_people_while_they_may_speak(talk: dict[str, Any]) -> None:
    told = talk["meanwhile"]

    assert (told["standing"], told["service"]["code"], told["number"]) == ("open", CODE, 1)
    assert told["questions"] == [{"question": 1, "text": "Which step is too much?"}]
    assert told["card"]["steps"] == a_card()["steps"]


def test_it_goes_on_in_its_order_or_not_at_all(talk: dict[str, Any]) -> None:
    refused = {name: talk[name].json()["code"] for name in ("early", "late", "undecided")}

    assert refused == {
        "early": "consultation_under_way",
        "late": "consultation_over",
        "undecided": "opinions_undecided",
    }


def test_anyone_reads_what_became_of_the_opinions(
    talk: dict[str, Any], people: tuple[Person, Person], platform: Platform
) -> None:
    stranger = Person(platform, None)

    told = done(stranger.get(talk["here"]))
    opinions = done(stranger.get(f"{talk['here']}/opinions"))["items"]

    assert (told["standing"], told["ending"], told["published_number"]) == (
        "closed",
        "published",
        2,
    )
    assert told["opinions"] == {
        "given": 2,
        "applied": 1,
        "partly": 0,
        "refused": 1,
        "undecided": 0,
    }
    by_outcome = {opinion["outcome"]: opinion for opinion in opinions}
    assert by_outcome["applied"]["answers"] == {"1": "گام آخر"}
    assert by_outcome["applied"]["pointers"] == ["/steps"]
    text = json.dumps(opinions)
    for person in people:
        assert person_id(person) not in text


def test_the_changes_that_outcomes_point_at_can_be_read(
    talk: dict[str, Any], platform: Platform
) -> None:
    told = talk["closed"]
    path = f"/api/v1/services/{CODE}/diff"
    asked = {"from": told["number"], "to": told["published_number"]}

    diff = Person(platform, None).get(path, params=asked)

    assert diff.status_code == 200, diff.text
    assert '"/steps' in diff.text


def test_each_sees_their_own_opinion_and_nobody_elses(
    talk: dict[str, Any], people: tuple[Person, Person], mcit: Officer
) -> None:
    first, second = people

    assert done(first.get(f"{talk['here']}/my-opinion"))["answers"] == {"1": "گام آخر"}
    assert done(second.get(f"{talk['here']}/my-opinion"))["remark"] == "هیچ."
    assert mcit.get(f"{talk['here']}/my-opinion").status_code == 403


def person_id(person: Person) -> str:
    assert person.token
    body = person.token.split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return str(told["sub"])


def test_the_words_of_who_is_erased_are_gone_and_the_outcome_stays(
    talk: dict[str, Any], people: tuple[Person, Person], platform: Platform
) -> None:
    _, second = people
    subprocess.run(
        [sys.executable, "-m", "panjareh_identity", "erase", person_id(second)],
        env=platform.environment_for("identity"),
        check=True,
        capture_output=True,
    )
    stranger = Person(platform, None)

    told = until(
        lambda: done(stranger.get(f"{talk['here']}/opinions?outcome=refused"))["items"],
        lambda opinions: opinions[0]["erased"],
    )

    assert (told[0]["remark"], told[0]["outcome"]) == ("", "refused")


# Exports


@pytest.fixture(scope="module")
def turtle(platform: Platform, talk: dict[str, Any]) -> httpx.Response:
    return Person(platform, None).get("/api/v1/catalogue.ttl")


@pytest.fixture(scope="module")
def graph(turtle: httpx.Response) -> Graph:
    return Graph().parse(data=turtle.text, format="turtle")


def test_the_catalogue_that_is_served_conforms_to_the_official_shapes(
    graph: Graph, platform: Platform
) -> None:
    if not SHAPES.exists():
        pytest.skip(f"{SHAPES} is not there (PANJAREH_SPECS_DIR)")
    services = {str(service) for service in graph.subjects(RDF.type, CPSV.PublicService)}
    assert f"{platform.url}/api/v1/services/{CODE}" in services
    assert len(services) >= len(list(services_dir().glob("*.yaml")))

    conforms, _, said = validate(graph, shacl_graph=Graph().parse(SHAPES), inference="none")

    assert conforms, said


def test_both_syntaxes_are_served_and_say_the_same(graph: Graph, platform: Platform) -> None:
    served = Person(platform, None).get("/api/v1/catalogue.jsonld")

    assert served.headers["content-type"] == "application/ld+json"
    assert isomorphic(graph, Graph().parse(data=served.text, format="json-ld"))


def test_the_catalogue_is_sent_once_while_it_stays_as_it_is(
    turtle: httpx.Response, platform: Platform
) -> None:
    again = Person(platform, None).get(
        "/api/v1/catalogue.ttl", headers={"If-None-Match": turtle.headers["etag"]}
    )

    assert turtle.headers["content-type"].startswith("text/turtle")
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(("ending", "form"), [("ttl", "turtle"), ("jsonld", "json-ld")])
def test_one_service_is_served_alone(
    graph: Graph, platform: Platform, ending: str, form: str
) -> None:
    served = Person(platform, None).get(f"/api/v1/services/{CODE}.{ending}")

    alone = Graph().parse(data=served.text, format=form)
    assert len(list(alone.subjects(RDF.type, CPSV.PublicService))) == 1
    assert set(alone) <= set(graph)
    missing = Person(platform, None).get(f"/api/v1/services/NONE-001.{ending}")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_service")


def test_the_portal_reads_on_from_where_it_was(
    platform: Platform, talk: dict[str, Any], mcit: Officer
) -> None:
    portal = Person(platform, None)
    seen: dict[str, Any] = {}
    resume = None
    while True:
        asked = {"limit": 10} | ({"after": resume} if resume else {})
        page = done(portal.get("/api/v1/catalogue", params=asked))
        seen |= {item["code"]: item for item in page["items"]}
        resume = page["resume"]
        if page["next"] is None:
            break
    assert seen[CODE]["card"]["steps"] == a_card()["steps"][:-1]
    assert seen[CODE]["satisfaction"]["suppressed"] is False

    retirement = {"reason": WHY, "successor": "INET-001"}
    done(mcit.post(f"/agency/v1/services/{CODE}/retirement", retirement, key=str(uuid4())))
    page = until(
        lambda: done(portal.get("/api/v1/catalogue", params={"after": resume})),
        lambda page: any(item["code"] == CODE for item in page["items"]),
    )

    [told] = [item for item in page["items"] if item["code"] == CODE]
    assert (told["standing"], told["card"], told["successor"]) == ("retired", None, "INET-001")
    left = Person(platform, None).get("/api/v1/catalogue.ttl")
    assert f"services/{CODE}>" not in left.text
