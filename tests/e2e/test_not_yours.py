"""What is not yours is not there: every way over HTTP and RPC that names a request or anything of one, tried by everybody else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from marshmallow import Schema, fields, validate

from panjareh_cli.local.platform import Platform
from panjareh_gateway.api.table import OPERATIONS
from panjareh_gateway.operations import Access, Operation
from tests.e2e.minted import Caller, acting_for, browser, claims_of, token_of
from tests.inventory import ROOT
from tests.people import Person, officer, somebody, until
from tests.stored import topics

LICENCE = {"old_licence_number": "1234567890", "licence_class": "class_3", "photo_colour": "colour"}
THINGS = ("request_id", "draft_id", "number", "id", "delivery_id", "opinion_id")
"""What has a name of its own and belongs to a request; `id` is a receipt's, `number` a document's."""
NAMED = [
    each
    for each in OPERATIONS
    if each.service == "requests"
    and any(f"{{{thing}}}" in each.path for thing in THINGS)
    and each.access is not Access.OPEN
]
LISTS = [
    each
    for each in OPERATIONS
    if each.service == "requests"
    and each.method == "GET"
    and each not in NAMED
    and each.access is not Access.OPEN
]
NOTHING_SAID = {"not_found", "not_allowed", "mandate_too_narrow", "scope_missing"}

WRITTEN = {"date": "2027-01-02", "date-time": "2027-01-02T08:00:00Z"}
"""Texts of a certain form."""


def filled(schema: type[Schema]) -> dict[str, Any]:
    """What a shape owes, as small as it may be."""
    return {name: _value(field) for name, field in schema().fields.items() if field.required}


def _value(field: fields.Field) -> Any:
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return next(iter(rule.choices))
    least = [rule.min for rule in field.validators if isinstance(rule, validate.Range)]
    if (written := WRITTEN.get(field.metadata.get("format", ""))) is not None:
        return written
    match field:
        case fields.Boolean():
            small: Any = True
        case fields.Date():
            small = WRITTEN["date"]
        case fields.Nested():
            small = filled(type(field.schema))
        case fields.List():
            small = [_value(field.inner)]
        case fields.Dict():
            small = {}
        case fields.UUID():
            small = str(uuid4())
        case fields.Integer():
            small = next(iter(least), 1)
        case _:
            small = "x"
    return small


def of_component(schema: Mapping[str, Any], components: Mapping[str, Any]) -> Any:
    """The same for a remote method's schema, which another process tells as JSON Schema."""
    if "$ref" in schema:
        return of_component(components[schema["$ref"].rpartition("/")[2]], components)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"), schema.get("format"):
        case "object", _:
            owed, told = schema.get("required", []), schema.get("properties", {})
            small: Any = {name: of_component(told[name], components) for name in owed}
        case "array", _:
            small = [of_component(schema["items"], components)]
        case "integer", _:
            small = schema.get("minimum", 1)
        case "boolean", _:
            small = True
        case _, "date" | "date-time" as form:
            small = WRITTEN[form]
        case _, "uuid":
            small = str(uuid4())
        case _:
            small = "x"
    return small


@pytest.fixture(scope="module")
def owner(platform: Platform) -> Person:
    return Person(platform, somebody()).arrive()


@pytest.fixture(scope="module")
def things(platform: Platform, owner: Person) -> dict[str, str]:
    """One of each, of three requests to the police: one waits, one is asked about, one has its document."""
    waiting, asked, granted = (
        str(owner.submit("DRV-002", LICENCE)["request_id"]) for _ in range(3)
    )
    police, school = officer(platform, "police"), officer(platform, "education")
    for request_id in (waiting, asked, granted):
        owner.wait_for(request_id, "under_review")
    for request_id in (asked, granted):
        done(police.post(f"/agency/v1/requests/{request_id}/review", key=str(uuid4())))
    question = {"authority": "municipality", "question": "Is it so?"}
    path = f"/agency/v1/requests/{asked}/opinions"
    opinion = done(police.post(path, question, key=str(uuid4())))
    path = f"/agency/v1/requests/{granted}/decision"
    done(police.post(path, {"outcome": "granted", "reason": "It is."}, key=str(uuid4())))
    number = until(lambda: owner.look(granted)["output"], bool)["number"]
    path = f"/api/v1/documents/{number}/deliveries"
    done(owner.post(path, {"receiver": "education"}, key=str(uuid4())))
    inbox = school.get("/agency/v1/documents?limit=100").json()["items"]
    draft = {"form": LICENCE}
    return {
        "request_id": waiting,
        "asked": asked,
        "granted": granted,
        "opinion_id": opinion["opinion_id"],
        "number": number,
        "delivery_id": next(row["delivery_id"] for row in inbox if row["number"] == number),
        "id": owner.get(f"/api/v1/requests/{granted}/receipts").json()["items"][0]["id"],
        "draft_id": done(owner.post("/api/v1/services/DRV-002/drafts", draft, key=str(uuid4())))[
            "draft_id"
        ],
    }


def done(answer: httpx.Response) -> Any:
    assert answer.is_success, answer.text
    return answer.json()


@pytest.fixture
def nothing_happens(platform: Platform, owner: Person, things: dict[str, str]) -> Iterator[None]:
    """No event of the three requests, and the draft as it was."""

    def stored() -> list[Any]:
        requests = (things[name] for name in ("request_id", "asked", "granted"))
        draft = owner.get(f"/api/v1/drafts/{things['draft_id']}").json()
        return [draft, *(topics(platform, "requests", each) for each in requests)]

    before = stored()
    yield
    assert stored() == before


@pytest.fixture(scope="module")
def applicant(platform: Platform, owner: Person) -> UUID:
    from joserfc import jws

    assert owner.token is not None
    return UUID(json.loads(jws.extract_compact(owner.token.encode()).payload)["sub"])


@pytest.fixture(scope="module")
def strangers(platform: Platform, applicant: UUID) -> dict[str, str]:
    """Everybody who has a good token at the highest level, and no business with that request."""
    client = str(uuid4())
    system = {
        name: value
        for name, value in claims_of(
            sub=client,
            client_id=client,
            authority="welfare",
            scope="answer import_cases report_steps export_cases read_documents",
        ).items()
        if name not in ("acr", "auth_time", "amr")
    }
    claims = {
        "a person": claims_of(4),
        "an officer of another authority": claims_of(4, authority="welfare", roles=["officer"]),
        "a head of another authority": claims_of(
            4, authority="welfare", roles=["officer", "supervisor", "head"]
        ),
        "somebody with a mandate for another service": acting_for(
            applicant, uuid4(), "SUB-003", loa=4
        ),
        "somebody with a mandate of another person": acting_for(uuid4(), uuid4(), "*", loa=4),
        "another authority's system": system,
        "one of their own authority who is no officer": claims_of(
            4, authority="police", roles=["publisher"]
        ),
    }
    return {who: token_of(platform, each) for who, each in claims.items()}


@pytest.fixture(scope="module")
def http(platform: Platform) -> Iterator[httpx.Client]:
    with browser(platform) as client:
        yield client


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize("operation", NAMED, ids=lambda operation: operation.id)
def test_nobody_reaches_what_is_anothers_over_http(
    http: httpx.Client, things: dict[str, str], strangers: dict[str, str], operation: Operation
) -> None:
    # An opinion is withdrawn at the request for which it was asked.
    names = things | {"request_id": things["asked"]} if "{opinion_id}" in operation.path else things
    wrong = []

    for who, token in strangers.items():
        answer = ask(http, operation, names, token)
        said = answer.json().get("code") if answer.content else None
        if said not in NOTHING_SAID:
            wrong.append((who, answer.status_code, answer.text))

    assert wrong == []


@pytest.mark.usefixtures("nothing_happens")
@pytest.mark.parametrize("operation", LISTS, ids=lambda operation: operation.id)
def test_no_list_names_what_is_anothers(
    http: httpx.Client, things: dict[str, str], strangers: dict[str, str], operation: Operation
) -> None:
    names = {"section": "history"}

    for who, token in strangers.items():
        answer = ask(http, operation, names, token)

        assert answer.status_code in (200, 403, 404), (who, answer.text)
        assert [each for each in things.values() if each in answer.text] == [], who


def ask(
    http: httpx.Client, operation: Operation, names: Mapping[str, str], token: str
) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": uuid4().hex,
        "If-Match": "*",
    }
    names = {"party": "buyer", **names}
    parts = (
        names.get(part.strip("{}"), str(uuid4())) if part.startswith("{") else part
        for part in operation.path.split("/")
    )
    return http.request(
        operation.method,
        "/".join(parts),
        headers=headers,
        json=filled(operation.body) if operation.body is not None else None,
        params=filled(operation.query) if operation.query is not None else None,
    )


@pytest.mark.usefixtures("nothing_happens")
def test_nobody_reaches_what_is_anothers_over_rpc(
    platform: Platform, things: dict[str, str], strangers: dict[str, str]
) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "read_doors.py")]
    read = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout)
    components = read["schemas"]
    takes = {
        method: components[door["takes"]]
        for method, door in read["doors"]["requests"].items()
        if door["takes"]
    }
    # Submitting says `draft_id`, too, and is for everybody; what anyone may check is no secret.
    open_to_all = {"submit", "submit_in_campaign", "verify_document"}
    doors = {
        method: named
        for method, schema in takes.items()
        if (named := set(THINGS) & set(schema.get("properties", {}))) and method not in open_to_all
    }
    assert len(doors) > 50
    wrong = []

    with Caller(platform) as rpc:
        for method, named in doors.items():
            names = things | {"request_id": things["asked"]} if "opinion_id" in named else things
            payload = of_component(takes[method], components) | {n: names[n] for n in named}
            for who, token in strangers.items():
                said = rpc.refusal("requests", method, payload, token)
                if said.code not in NOTHING_SAID | {"not_in_own_name"}:
                    wrong.append((method, who, said.code))

    assert wrong == []
