"""What is not yours is not there: every way over HTTP and RPC that names a request, tried by everybody else."""

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
from tests.people import Person, somebody
from tests.stored import topics

LICENCE = {"old_licence_number": "1234567890", "licence_class": "class_3", "photo_colour": "colour"}
ABOUT_A_REQUEST = [
    each
    for each in OPERATIONS
    if each.service == "requests" and "{request_id}" in each.path and each.access is not Access.OPEN
]
NOTHING_SAID = {"not_found", "not_allowed", "mandate_too_narrow", "scope_missing"}


def filled(schema: type[Schema]) -> dict[str, Any]:
    """What a shape owes, as small as it may be."""
    return {name: _value(field) for name, field in schema().fields.items() if field.required}


def _value(field: fields.Field) -> Any:
    for rule in field.validators:
        if isinstance(rule, validate.OneOf):
            return next(iter(rule.choices))
    least = [rule.min for rule in field.validators if isinstance(rule, validate.Range)]
    match field:
        case fields.Nested():
            small: Any = filled(type(field.schema))
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
        case _, "uuid":
            small = str(uuid4())
        case _:
            small = "x"
    return small


@pytest.fixture(scope="module")
def owner(platform: Platform) -> Person:
    return Person(platform, somebody()).arrive()


@pytest.fixture(scope="module")
def request_id(owner: Person) -> str:
    """A request to the police, which waits for an officer."""
    submitted: str = owner.submit("DRV-002", LICENCE)["request_id"]
    owner.wait_for(submitted, "under_review")
    return submitted


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
            sub=client, client_id=client, authority="welfare", scope="answer import_cases"
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


@pytest.mark.parametrize("operation", ABOUT_A_REQUEST, ids=lambda operation: operation.id)
def test_nobody_reaches_anothers_request_over_http(
    platform: Platform,
    http: httpx.Client,
    request_id: str,
    strangers: dict[str, str],
    operation: Operation,
) -> None:
    before = topics(platform, "requests", request_id)
    body = filled(operation.body) if operation.body is not None else None
    wrong = []

    for who, token in strangers.items():
        headers = {
            "Authorization": f"Bearer {token}",
            "Idempotency-Key": uuid4().hex,
            "If-Match": "*",
        }
        path = operation.path.replace("{request_id}", request_id)
        path = "/".join(str(uuid4()) if p.startswith("{") else p for p in path.split("/"))
        answer = http.request(operation.method, path, headers=headers, json=body)
        said = answer.json().get("code") if answer.content else None
        if said not in NOTHING_SAID:
            wrong.append((who, answer.status_code, answer.text))

    assert wrong == []
    assert topics(platform, "requests", request_id) == before


def test_nobody_reaches_anothers_request_over_rpc(
    platform: Platform, request_id: str, strangers: dict[str, str]
) -> None:
    command = [sys.executable, str(ROOT / "scripts" / "read_doors.py")]
    read = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout)
    components = read["schemas"]
    doors = {
        method: components[door["takes"]]
        for method, door in read["doors"]["requests"].items()
        if door["takes"] and "request_id" in components[door["takes"]].get("properties", {})
    }
    assert len(doors) > 10
    before = topics(platform, "requests", request_id)
    wrong = []

    with Caller(platform) as rpc:
        for method, schema in doors.items():
            payload = of_component(schema, components) | {"request_id": request_id}
            for who, token in strangers.items():
                said = rpc.refusal("requests", method, payload, token)
                if said.code not in NOTHING_SAID | {"not_in_own_name"}:
                    wrong.append((method, who, said.code))

    assert wrong == []
    assert topics(platform, "requests", request_id) == before
