"""Every door of every service, over RPC and over HTTP: no forged token opens one, and a good one only where it is listed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from joserfc import jwk, jws

from panjareh_cli.local.platform import Platform
from panjareh_common.security import CallerKind, ServiceIdentity
from panjareh_common.security.tokens import ACCESS_TOKEN, ASSERTION
from panjareh_common.settings import SERVICES
from panjareh_gateway.api.table import OPERATIONS
from panjareh_gateway.operations import Access, Operation
from tests.e2e.minted import Caller, acting_for, browser, claims_of, identity_of, token_of
from tests.inventory import ROOT

# No door takes a field of this name, so nothing that is let in is ever done.
UNMEANT = {"no_door_takes_this": 1}
LET_IN = "invalid_input"


def _doors() -> dict[str, dict[str, Any]]:
    """By service and method: which callers each lets in. Nameko's classes are read in another process."""
    read = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "read_doors.py")],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    found: dict[str, dict[str, Any]] = json.loads(read.stdout)["doors"]
    return found


@pytest.fixture(scope="module")
def doors() -> dict[str, dict[str, Any]]:
    return _doors()


@pytest.fixture(scope="module")
def rpc(platform: Platform) -> Iterator[Caller]:
    with Caller(platform) as caller:
        yield caller


@pytest.fixture(scope="module")
def http(platform: Platform) -> Iterator[httpx.Client]:
    with browser(platform) as client:
        yield client


def good_tokens(platform: Platform) -> dict[str, str]:
    """One of each kind of caller, at the highest level."""
    client = str(uuid4())
    system = {
        name: value
        for name, value in claims_of(sub=client, client_id=client).items()
        if name not in ("acr", "auth_time", "amr")
    }
    claims = {
        CallerKind.PERSON: claims_of(4),
        CallerKind.OFFICER: claims_of(4, authority="police", roles=["officer"]),
        CallerKind.REPRESENTATIVE: acting_for(uuid4(), uuid4(), "*", loa=4),
        CallerKind.AGENCY: system | {"authority": "welfare", "scope": "answer"},
    }
    tokens = {str(kind): token_of(platform, each) for kind, each in claims.items()}
    for service in (*SERVICES, "gateway"):
        tokens[service] = identity_of(platform, service).assertion(purpose="a test")
    return tokens


def forged_tokens(platform: Platform) -> list[str]:
    """Of every good token what somebody else could make of it, or what it was once."""
    stranger = jwk.OKPKey.generate_key("Ed25519")
    elliptic = jwk.ECKey.generate_key("P-256")
    made: list[str] = ["", "x", "a.b.c", "..", "null.null.null"]
    kinds = {ACCESS_TOKEN: claims_of(4), ASSERTION: _assertion_claims()}
    for typ, claims in kinds.items():
        by = claims["iss"]
        private = stranger.as_dict(private=True) | {"kid": f"{by}-1"}
        good = identity_of(platform, by).sign(claims, typ)
        head, body, signature = good.split(".")
        made += [
            ServiceIdentity(by, private).sign(claims, typ),
            ServiceIdentity(by, private | {"kid": "identity-0badcafe"}).sign(claims, typ),
            f"{head}.{body}.",
            f"{head}.{body}.{'A' * 86}",
            f"{head}.{body}.{signature[::-1]}",
            good[:-1],
            good + "A",
            f"{good}.{signature}",
            identity_of(platform, by).sign(claims | {"exp": claims["iat"] - 60}, typ),
            identity_of(platform, by).sign(claims | {"aud": "elsewhere"}, typ),
            identity_of(platform, by).sign(claims | {"aud": ["panjareh"]}, typ),
            identity_of(platform, by).sign(claims | {"iss": "feedback"}, typ),
            identity_of(platform, "feedback").sign(claims, typ),
            identity_of(platform, by).sign(claims, "panjareh-document+jws"),
            identity_of(platform, by).sign(claims, "key+jwt"),
            *(_headed(header | {"typ": typ}, claims) for header in _headers(by)),
            jws.serialize_compact(
                {"alg": "ES256", "kid": f"{by}-1", "typ": typ}, json.dumps(claims), elliptic
            ),
            jws.serialize_compact(
                {"alg": "HS256", "kid": f"{by}-1", "typ": typ},
                json.dumps(claims),
                jwk.OctKey.import_key(json.dumps(identity_of(platform, by).public_key).encode()),
                algorithms=["HS256"],
            ),
        ]
    person = claims_of(4)
    made += [
        token_of(platform, {name: value for name, value in person.items() if name != missing})
        for missing in ("acr", "auth_time", "sid", "sub", "exp", "aud", "iss")
    ]
    made += [
        token_of(platform, person | {"acr": "urn:panjareh:loa:5"}),
        token_of(platform, person | {"roles": ["officer"]}),
        token_of(platform, person | {"act": {"sub": str(uuid4())}}),
        identity_of(platform).sign(person, ASSERTION),
    ]
    return made


def _assertion_claims() -> dict[str, Any]:
    person = claims_of()
    times = {name: person[name] for name in ("iat", "exp", "aud")}
    return times | {"iss": "requests", "purpose": "a test", "sub": person["sub"]}


def _headers(by: str) -> Iterator[dict[str, Any]]:
    for algorithm in ("none", "None", "HS256", "RS256", "EdDSA", None):
        yield {"alg": algorithm, "kid": f"{by}-1"}
    for kid in ("../../dev/null", "' OR 1=1 --", "identity-1\0", None, ["identity-1"]):
        yield {"alg": "Ed25519", "kid": kid}
    yield {"alg": "Ed25519", "kid": f"{by}-1", "jku": "http://127.0.0.1:9/keys"}


def _headed(header: dict[str, Any], claims: dict[str, Any]) -> str:
    """Under a header of one's own, with a signature of nothing."""
    from tests.e2e.test_bad_input import encoded

    return f"{encoded(header)}.{encoded(claims)}.{'A' * 86}"


@pytest.mark.parametrize("service", SERVICES)
def test_no_forged_token_opens_a_door_of_a_service(
    platform: Platform, rpc: Caller, doors: dict[str, dict[str, Any]], service: str
) -> None:
    forged = forged_tokens(platform)
    assert len(forged) > 60
    told = {
        (method, rpc.refusal(service, method, UNMEANT, token).code)
        for method in doors[service]
        for token in forged
    }

    assert told == {(method, "not_signed_in") for method in doors[service]}


@pytest.mark.parametrize("service", SERVICES)
def test_a_good_token_opens_the_doors_that_list_its_kind_and_no_other(
    platform: Platform, rpc: Caller, doors: dict[str, dict[str, Any]], service: str
) -> None:
    tokens = good_tokens(platform)
    wrong = []
    for method, door in doors[service].items():
        for kind, token in tokens.items():
            code = rpc.refusal(service, method, UNMEANT, token).code
            if kind in door["callers"]:
                expected = {LET_IN}
            elif kind == CallerKind.REPRESENTATIVE and CallerKind.PERSON in door["callers"]:
                expected = {"not_in_own_name"}
            else:
                expected = {"not_allowed"}
            if code not in expected:
                wrong.append((method, kind, code))

    assert wrong == []


def test_what_is_about_the_account_itself_nobody_does_for_another(
    doors: dict[str, dict[str, Any]],
) -> None:
    """By name, so that a door which is opened to representatives is looked at again here.

    What the gateway asks in its own name is open to all, and is nobody's account.
    """
    open_to_them = {
        f"{service}.{method}"
        for service, found in doors.items()
        for method, door in found.items()
        if CallerKind.REPRESENTATIVE in door["callers"] and "gateway" not in door["callers"]
    }

    assert open_to_them == {
        "feedback.give_feedback",
        "identity.list_representatives",
        "identity.sign_out",
        "requests.appeal",
        "requests.book_appointment",
        "requests.correct",
        "requests.create_draft",
        "requests.decline_invitation",
        "requests.delete_draft",
        "requests.draw_ticket",
        "requests.explain_decision",
        "requests.invite_party",
        "requests.join_request",
        "requests.look_at_invitation",
        "requests.follow_request",
        "requests.get_appointment",
        "requests.get_calendar_file",
        "requests.get_clock",
        "requests.get_credential",
        "requests.get_document",
        "requests.get_draft",
        "requests.get_payment",
        "requests.get_request",
        "requests.get_timeline",
        "requests.give_back_appointment",
        "requests.join_waiting_list",
        "requests.leave_waiting_list",
        "requests.list_drafts",
        "requests.list_messages",
        "requests.list_my_documents",
        "requests.list_receipts",
        "requests.list_request_files",
        "requests.list_requests",
        "requests.list_slots",
        "requests.move_appointment",
        "requests.pay",
        "requests.preview_decision",
        "requests.print_document",
        "requests.prove_receipt",
        "requests.save_draft",
        "requests.send_document",
        "requests.submit",
        "requests.submit_in_campaign",
        "requests.withdraw",
        "requests.write_to_officers",
    }


CLOSED = [operation for operation in OPERATIONS if operation.access is Access.SIGNED_IN]


@pytest.mark.parametrize("operation", CLOSED, ids=lambda operation: operation.id)
def test_no_forged_token_opens_a_door_over_http(
    platform: Platform, http: httpx.Client, operation: Operation
) -> None:
    path = "/".join(
        str(uuid4()) if part.startswith("{") else part for part in operation.path.split("/")
    )
    forged = [token for token in forged_tokens(platform) if token.isascii() and token]
    wrong = []
    for token in forged:
        answer = http.request(
            operation.method,
            path,
            headers={
                "Authorization": f"Bearer {token}",
                "Idempotency-Key": uuid4().hex,
                "If-Match": "*",
            },
            json=None if operation.body is None else {},
        )
        said = answer.json()["code"] if answer.content else None
        if said == "not_signed_in":
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        elif said != "invalid_input" or (operation.body is None and operation.query is None):
            # What does not fit is told before anybody is asked who it comes from.
            wrong.append((token, answer.status_code, said))

    assert wrong == []
