"""What bad input gets: a problem a person understands, the right status, and nothing stored."""

from __future__ import annotations

import base64
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import uuid4

import httpx
import pytest
from joserfc import jwk

from panjareh_cli.local.platform import Platform
from panjareh_common.security import ServiceIdentity
from tests.people import PASSWORD, Person, internet_form, officer, somebody
from tests.stored import counts

SUBMIT = "/api/v1/services/INET-001/requests"
BUSINESS = "/api/v1/services/BIZ-005/requests"
BUSINESS_FORM = {
    "activity": "software",
    "workers": 1,
    "floor_area_m2": 10,
    "hygiene_training": False,
    "neighbours_undisturbed": True,
}
LIMIT = 64 * 1024


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    """Somebody at assurance level 2."""
    return Person(platform, somebody(decile=2)).arrive()


@pytest.fixture(scope="module")
def stranger(platform: Platform) -> Person:
    """Somebody else, at level 1."""
    other = Person(platform, somebody())
    other.sign_up()
    other.sign_in()
    return other


@pytest.fixture(scope="module")
def request_id(person: Person) -> str:
    request: str = person.submit("INET-001", internet_form(person.about))["request_id"]
    person.wait_for(request, "decided")
    return request


@pytest.fixture
def nothing_stored(platform: Platform) -> Iterator[None]:
    before = counts(platform)
    yield
    assert counts(platform) == before


def problem(answer: httpx.Response, status: int, code: str, language: str = "en") -> dict[str, Any]:
    """The problem that an answer tells, after a look at all that every problem owes its reader."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == language
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["type"] == f"urn:panjareh:problem:{code}"
    assert told["title"]
    assert told["instance"] == unquote(urlsplit(str(answer.request.url)).path)
    assert re.search(r"[.!؟]$", told["detail"]), told["detail"]
    return told


def pointers(told: dict[str, Any]) -> set[str]:
    assert all(point["detail"] for point in told["errors"])
    return {point["pointer"] for point in told["errors"]}


def test_an_unknown_service_is_not_found(person: Person, nothing_stored: None) -> None:
    answer = person.post("/api/v1/services/NOPE-404/requests", {"form": {}}, key="unknown")

    told = problem(answer, 404, "unknown_service")
    assert "NOPE-404" in told["detail"]


def test_what_is_no_service_code_at_all_is_named_as_such(
    person: Person, nothing_stored: None
) -> None:
    answer = person.post("/api/v1/services/'; drop/requests", {"form": {}}, key="code")

    assert pointers(problem(answer, 422, "invalid_input")) == {"/service_code"}


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_wrong_form_is_answered_point_by_point(
    person: Person, nothing_stored: None, language: str
) -> None:
    form = {"mobile_number": "0912", "colour": "red"}

    answer = person.post(
        SUBMIT, {"form": form}, key=str(uuid4()), headers={"Accept-Language": language}
    )

    told = problem(answer, 422, "invalid_input", language)
    assert pointers(told) == {"/form/mobile_number", "/form/colour", "/form/consent"}
    details = "".join(point["detail"] for point in told["errors"]) + told["detail"]
    assert ("missing" in details) == (language == "en")
    assert bool(re.search(r"[؀-ۿ]", details)) == (language == "fa")


@pytest.mark.parametrize("form", [[], "text", None, 5])
def test_a_form_that_is_no_object_is_named(
    person: Person, nothing_stored: None, form: object
) -> None:
    answer = person.post(SUBMIT, {"form": form}, key=str(uuid4()))

    assert pointers(problem(answer, 422, "invalid_input")) == {"/form"}


def test_a_misspelt_field_beside_the_form_is_named(person: Person, nothing_stored: None) -> None:
    answer = person.post(SUBMIT, {"from": internet_form(person.about)}, key=str(uuid4()))

    assert pointers(problem(answer, 422, "invalid_input")) == {"/from", "/form"}


SIGNED_IN = [
    ("GET", "/api/v1/requests"),
    ("GET", f"/api/v1/requests/{uuid4()}"),
    ("GET", f"/api/v1/requests/{uuid4()}/timeline"),
    ("POST", SUBMIT),
    ("POST", "/api/v1/sessions/step-up"),
    ("DELETE", "/api/v1/sessions/current"),
    ("POST", "/api/v1/services/INET-001/feedback"),
    ("GET", "/agency/v1/requests"),
    ("GET", f"/agency/v1/requests/{uuid4()}"),
    ("POST", f"/agency/v1/requests/{uuid4()}/review"),
    ("POST", f"/agency/v1/requests/{uuid4()}/decision"),
    ("POST", "/agency/v1/cases"),
]


@pytest.mark.parametrize(("method", "path"), SIGNED_IN)
def test_without_a_token_one_is_told_to_sign_in(
    platform: Platform, nothing_stored: None, method: str, path: str
) -> None:
    nobody = Person(platform, somebody())

    answer = nobody.request(method, path, key="k", json={})

    told = problem(answer, 401, "not_signed_in")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert "Sign in" in told["detail"]


Forge = Callable[[Platform, str], str]


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    header, claims, signature = token.split(".")
    return decoded(header), decoded(claims), signature


def decoded(text: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def encoded(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def expired(platform: Platform, token: str) -> str:
    claims = parts(token)[1] | {"exp": int(time.time()) - 60}
    key = json.loads(platform.env["PANJAREH_IDENTITY_SIGNING_KEY"])
    return ServiceIdentity("identity", key).sign(claims, "at+jwt")


def unsigned(platform: Platform, token: str) -> str:
    header, claims, _ = parts(token)
    return f"{encoded(header | {'alg': 'none'})}.{encoded(claims)}."


def raised_by_hand(platform: Platform, token: str) -> str:
    header, claims, signature = parts(token)
    return f"{encoded(header)}.{encoded(claims | {'acr': 'urn:panjareh:loa:4'})}.{signature}"


def signed_by_a_strangers_key(platform: Platform, token: str) -> str:
    key = jwk.OKPKey.generate_key("Ed25519").as_dict(private=True) | {"kid": "identity-1"}
    return ServiceIdentity("identity", key).sign(parts(token)[1], "at+jwt")


def signed_by_another_service(platform: Platform, token: str) -> str:
    key = json.loads(platform.env["PANJAREH_FEEDBACK_SIGNING_KEY"])
    return ServiceIdentity("feedback", key).sign(parts(token)[1], "at+jwt")


def of_another_type(platform: Platform, token: str) -> str:
    key = json.loads(platform.env["PANJAREH_IDENTITY_SIGNING_KEY"])
    return ServiceIdentity("identity", key).sign(parts(token)[1], "panjareh-receipt+jws")


def for_another_audience(platform: Platform, token: str) -> str:
    claims = parts(token)[1] | {"aud": "elsewhere"}
    key = json.loads(platform.env["PANJAREH_IDENTITY_SIGNING_KEY"])
    return ServiceIdentity("identity", key).sign(claims, "at+jwt")


FORGERIES: list[Forge] = [
    expired,
    unsigned,
    raised_by_hand,
    signed_by_a_strangers_key,
    signed_by_another_service,
    of_another_type,
    for_another_audience,
    lambda platform, token: "not-a-token",
    lambda platform, token: token[:-3],
    lambda platform, token: f"{token}.{token}",
    lambda platform, token: "a.b.c",
]


@pytest.mark.parametrize("forge", FORGERIES)
def test_a_bad_token_is_no_token(
    platform: Platform, person: Person, nothing_stored: None, forge: Forge
) -> None:
    assert person.token is not None
    headers = {"Authorization": f"Bearer {forge(platform, person.token)}"}

    looking = person.get("/api/v1/requests", headers=headers)
    asking = person.post(
        SUBMIT, {"form": internet_form(person.about)}, key=str(uuid4()), headers=headers
    )

    for answer in (looking, asking):
        problem(answer, 401, "not_signed_in")
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_another_scheme_is_no_token(person: Person, nothing_stored: None) -> None:
    answer = person.get("/api/v1/requests", headers={"Authorization": "Basic YTpi"})

    problem(answer, 401, "not_signed_in")


def test_a_level_too_low_is_answered_with_the_challenge_of_rfc_9470(
    stranger: Person, nothing_stored: None
) -> None:
    answer = stranger.post(SUBMIT, {"form": internet_form(stranger.about)}, key=str(uuid4()))

    told = problem(answer, 401, "assurance_too_low")
    assert "level 2" in told["detail"]
    assert answer.headers["www-authenticate"] == (
        'Bearer error="insufficient_user_authentication", '
        'error_description="A higher assurance level or a newer sign-in is needed", '
        'acr_values="urn:panjareh:loa:2"'
    )


def same_but_for_the_address(one: httpx.Response, other: httpx.Response) -> bool:
    def bare(answer: httpx.Response) -> dict[str, Any]:
        return {k: v for k, v in answer.json().items() if k not in ("instance", "trace_id")}

    return bare(one) == bare(other) and set(one.headers) == set(other.headers)


@pytest.mark.parametrize("what", ["", "/timeline", "?at=2026-01-01T00:00:00Z"])
def test_someone_elses_request_looks_like_none_at_all(
    stranger: Person, request_id: str, nothing_stored: None, what: str
) -> None:
    theirs = stranger.get(f"/api/v1/requests/{request_id}{what}")
    nobodys = stranger.get(f"/api/v1/requests/{uuid4()}{what}")

    problem(theirs, 404, "not_found")
    assert same_but_for_the_address(theirs, nobodys)


@pytest.mark.parametrize("what", ["", "/timeline", "/review", "/decision"])
def test_another_authoritys_officer_finds_nothing(
    platform: Platform, request_id: str, what: str
) -> None:
    police = officer(platform, "police")  # the request is for mcit
    before = counts(platform)
    body = {"outcome": "granted", "reason": "mine now"} if what == "/decision" else {}
    method = "POST" if what in ("/review", "/decision") else "GET"

    def ask(which: str) -> httpx.Response:
        path = f"/agency/v1/requests/{which}{what}"
        return police.request(
            method, path, key=str(uuid4()), json=body if method == "POST" else None
        )

    theirs, nobodys = ask(request_id), ask(str(uuid4()))

    problem(theirs, 404, "not_found")
    assert same_but_for_the_address(theirs, nobodys)
    assert counts(platform) == before


@pytest.mark.parametrize(
    "asked",
    [
        ("GET", "/agency/v1/requests", None),
        ("POST", "/agency/v1/requests/{id}/review", {}),
        ("POST", "/agency/v1/requests/{id}/decision", {"outcome": "granted", "reason": "mine"}),
        (
            "POST",
            "/agency/v1/cases",
            {
                "source": "mine",
                "service_code": "MUN-010",
                "cases": [
                    {
                        "case": "1",
                        "channel": "web",
                        "started_at": "2020-01-01T00:00:00Z",
                        "steps": [],
                    }
                ],
            },
        ),
    ],
)
def test_the_officers_door_is_closed_to_persons(
    person: Person,
    request_id: str,
    nothing_stored: None,
    asked: tuple[str, str, dict[str, Any] | None],
) -> None:
    method, path, body = asked

    answer = person.request(method, path.format(id=request_id), key=str(uuid4()), json=body)

    problem(answer, 403, "not_allowed")


def test_the_same_key_with_another_body_is_refused(person: Person) -> None:
    key = str(uuid4())
    first = person.post(SUBMIT, {"form": internet_form(person.about)}, key=key)
    person.wait_for(first.json()["request_id"], "decided")
    changed = internet_form(person.about) | {"mobile_number": "09120000000"}

    answer = person.post(SUBMIT, {"form": changed}, key=key)

    problem(answer, 422, "idempotency_key_reused")
    mine = person.get("/api/v1/requests?limit=100").json()["items"]
    assert [r["request_id"] for r in mine].count(first.json()["request_id"]) == 1


def test_the_same_key_with_the_same_body_gets_the_identical_answer(
    platform: Platform, person: Person
) -> None:
    key, body = str(uuid4()), {"form": internet_form(person.about)}
    first = person.post(SUBMIT, body, key=key)
    person.wait_for(first.json()["request_id"], "decided")
    before = counts(platform)

    again = person.post(SUBMIT, body, key=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["location"] == again.headers["location"]
    assert counts(platform) == before


@pytest.mark.parametrize("key", [None, "", "two words", "k" * 201, "کلید".encode()])
def test_a_command_without_a_usable_key_is_not_taken(
    person: Person, nothing_stored: None, key: Any
) -> None:
    headers = {} if key is None else {"Idempotency-Key": key}

    answer = person.post(SUBMIT, {"form": internet_form(person.about)}, headers=headers)

    told = problem(answer, 400, "idempotency_key_missing")
    assert "Idempotency-Key" in told["detail"]


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"form": }', b"\xff\xfe", b"{'form': {}}", b'"text"', b"[]", b"7", b"null"],
)
def test_what_is_not_one_json_object_cannot_be_read(
    person: Person, nothing_stored: None, body: bytes
) -> None:
    answer = person.request("POST", SUBMIT, key=str(uuid4()), content=body, headers=JSON)

    problem(answer, 400, "bad_request")


@pytest.mark.parametrize("depth", [40, 300, 600, 900, 5_000, 25_000])
def test_nesting_without_end_is_turned_away(
    person: Person, nothing_stored: None, depth: int
) -> None:
    deep = b'{"form": {"mobile_number": ' + b"[" * depth + b"]" * depth + b"}}"

    answer = person.request("POST", SUBMIT, key=str(uuid4()), content=deep, headers=JSON)

    problem(answer, 400, "too_deep" if depth < 1_000 else answer.json()["code"])


@pytest.mark.parametrize("number", [b"1e400", b"NaN", b"-Infinity", b"9" * 5000])
def test_numbers_beyond_reason_are_turned_away(
    person: Person, nothing_stored: None, number: bytes
) -> None:
    body = b'{"form": {"mobile_number": ' + number + b"}}"

    answer = person.request("POST", SUBMIT, key=str(uuid4()), content=body, headers=JSON)

    assert answer.status_code in (400, 422), answer.text
    problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_kind_of_content_is_turned_away(
    person: Person, nothing_stored: None, content_type: str
) -> None:
    answer = person.request(
        "POST", SUBMIT, key=str(uuid4()), content=b"{}", headers={"Content-Type": content_type}
    )

    problem(answer, 415, "wrong_content_type")


def large() -> bytes:
    return b'{"form": {"mobile_number": "' + b"0" * LIMIT + b'"}}'


def test_a_body_over_the_limit_is_turned_away(person: Person, nothing_stored: None) -> None:
    answer = person.request("POST", SUBMIT, key=str(uuid4()), content=large(), headers=JSON)

    told = problem(answer, 413, "too_large")
    assert str(LIMIT) in told["detail"]


def test_a_body_without_a_length_is_counted_as_it_comes(
    person: Person, nothing_stored: None
) -> None:
    def chunks() -> Iterator[bytes]:
        text = large()
        yield from (text[n : n + 4096] for n in range(0, len(text), 4096))

    answer = person.request("POST", SUBMIT, key=str(uuid4()), content=chunks(), headers=JSON)

    problem(answer, 413, "too_large")


def raw(platform: Platform, person: Person, length: int, body: bytes) -> bytes:
    """Sends a body under a length that may be a lie; gives the first answer."""
    address = urlsplit(platform.url)
    head = (
        f"POST {SUBMIT} HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {person.token}\r\n"
        f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\nAccept-Language: en\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    with socket.create_connection((str(address.hostname), int(address.port or 0)), 10) as line:
        line.sendall(head.encode() + body)
        answer = line.recv(65536)
        while b"\r\n\r\n" not in answer:
            answer += line.recv(65536)
        return answer


def test_a_length_that_understates_the_body_gains_nothing(
    platform: Platform, person: Person, nothing_stored: None
) -> None:
    answer = raw(platform, person, 10, large())

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer


def test_a_length_that_overstates_the_body_is_not_waited_for(
    platform: Platform, person: Person, nothing_stored: None
) -> None:
    answer = raw(platform, person, 10**9, large())

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer


UNFIT = [b"\\u0000", b"\\ud800", b"\\udfff\\ud800"]


@pytest.mark.parametrize("unfit", UNFIT)
@pytest.mark.parametrize("place", [b'{"mobile_number": "%s"}', b'{"%s": 1}', b'{"x": [["%s"]]}'])
def test_a_text_that_no_database_holds_is_turned_away(
    person: Person, nothing_stored: None, place: bytes, unfit: bytes
) -> None:
    body = b'{"form": ' + place % unfit + b"}"

    answer = person.request("POST", SUBMIT, key=str(uuid4()), content=body, headers=JSON)

    problem(answer, 400, "unfit_text")


def test_a_zero_byte_is_no_json(person: Person, nothing_stored: None) -> None:
    body = b'{"form": {"mobile_number": "0912\x00"}}'

    answer = person.request("POST", SUBMIT, key=str(uuid4()), content=body, headers=JSON)

    problem(answer, 400, "bad_request")


def test_another_encoding_is_no_way_around(person: Person, nothing_stored: None) -> None:
    body = '{"form": {"mobile_number": "\\u0000"}}'.encode("utf-16")

    answer = person.request("POST", SUBMIT, key=str(uuid4()), content=body, headers=JSON)

    problem(answer, 400, "bad_request")


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/services/INET-001%00",
        "/api/v1/services/INET-001%00/feedback",
        "/api/v1/documents/%00/verification",
        "/api/v1/services?q=%00",
        "/api/v1/services?authority=%00",
        "/api/v1/services?life_event=%00",
        "/api/v1/services?after=%00",
        "/api/v1/requests?after=%00",
        "/api/v1/requests/%00",
    ],
)
def test_a_zero_character_in_an_address_breaks_nothing(
    person: Person, nothing_stored: None, path: str
) -> None:
    answer = person.get(path)

    assert answer.status_code < 500, answer.text
    if answer.status_code != 200:
        problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("path", ["/nowhere", "/api/v1/nothing", "/api/v2/services", "/agency/"])
def test_an_unknown_address_is_a_problem_like_any_other(
    person: Person, nothing_stored: None, path: str
) -> None:
    problem(person.get(path), 404, "no_such_path")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/api/v1/requests", {"GET", "HEAD"}),
        ("DELETE", "/api/v1/services", {"GET", "HEAD"}),
        ("PUT", "/api/v1/sessions", {"DELETE", "GET", "HEAD", "POST"}),
        ("PATCH", "/api/v1/services/INET-001/feedback", {"GET", "HEAD", "POST"}),
        ("POST", "/", {"GET", "HEAD"}),
    ],
)
def test_a_wrong_method_is_a_problem_like_any_other(
    person: Person, nothing_stored: None, method: str, path: str, allowed: set[str]
) -> None:
    answer = person.request(method, path)

    told = problem(answer, 405, "wrong_method")
    assert method in told["detail"]
    assert set(answer.headers["allow"].split(", ")) == allowed


def cursor(*key: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "after",
    [
        "x",
        "!!!",
        "ا",
        cursor(),
        cursor("a"),
        cursor("2026-01-01T00:00:00Z", "not-an-id"),
        cursor("2026-01-01T00:00:00", str(uuid4())),
        cursor("2026-01-01T00:00:00Z", str(uuid4()), "more"),
        cursor(1, 2),
        cursor("\0", str(uuid4())),
    ],
)
def test_a_cursor_that_is_not_ours_is_refused(
    person: Person, nothing_stored: None, after: str
) -> None:
    answer = person.get("/api/v1/requests", params={"after": after})

    assert pointers(problem(answer, 422, "invalid_input")) == {"/after"}


@pytest.mark.parametrize("limit", ["0", "101", "-1", "ten", "1.5", ""])
def test_a_page_of_no_sensible_size_is_refused(
    person: Person, nothing_stored: None, limit: str
) -> None:
    answer = person.get("/api/v1/requests", params={"limit": limit})

    assert pointers(problem(answer, 422, "invalid_input")) == {"/limit"}


@pytest.mark.parametrize(
    "at",
    ["yesterday", "2026-01-01", "2026-01-01T00:00:00", "", "0001-01-01T00:00:00+14:00", "1e9"],
)
def test_a_moment_that_is_none_is_refused(
    person: Person, request_id: str, nothing_stored: None, at: str
) -> None:
    answer = person.get(f"/api/v1/requests/{request_id}", params={"at": at})

    assert pointers(problem(answer, 422, "invalid_input")) == {"/at"}


def test_an_unknown_question_in_an_address_is_refused(person: Person, nothing_stored: None) -> None:
    answer = person.get("/api/v1/requests", params={"limt": "5"})

    assert pointers(problem(answer, 422, "invalid_input")) == {"/limt"}


@pytest.mark.parametrize("which", ["1", "not-an-id", "00000000-0000-0000-0000-00000000000g"])
def test_an_id_that_is_none_is_a_problem(person: Person, nothing_stored: None, which: str) -> None:
    answer = person.get(f"/api/v1/requests/{which}")

    assert answer.status_code in (404, 422)
    problem(answer, answer.status_code, answer.json()["code"])


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("national_id", "1234567890"),
        ("national_id", "1111111111"),
        ("national_id", "12"),
        ("national_id", "abcdefghij"),
        ("mobile", "021-555"),
        ("mobile", "0912"),
        ("password", "sh0rt"),
        ("birth_date", "2999-01-01"),
        ("birth_date", "1990-13-01"),
        ("birth_date", "yesterday"),
        ("given_name", ""),
        ("family_name", "   "),
        ("language", "xx"),
    ],
)
def test_whoever_signs_up_is_told_what_does_not_fit(
    platform: Platform, nothing_stored: None, language: str, field: str, typed: str
) -> None:
    about = somebody()
    form = {
        "national_id": about.national_id,
        "mobile": about.mobile,
        "password": PASSWORD,
        "given_name": about.given_name,
        "family_name": about.family_name,
        "birth_date": str(about.birth_date),
        "privacy_statement": 1,
    }

    answer = Person(platform, about, language).post("/api/v1/persons", form | {field: typed})

    told = problem(answer, 422, "invalid_input", language)
    assert pointers(told) == {f"/{field}"}
    if field == "password":
        assert typed not in answer.text


def test_everything_wrong_is_told_at_once(platform: Platform, nothing_stored: None) -> None:
    answer = Person(platform, somebody()).post("/api/v1/persons", {"national_id": 5, "name": "x"})

    assert pointers(problem(answer, 422, "invalid_input")) == {
        "/national_id",
        "/mobile",
        "/password",
        "/given_name",
        "/family_name",
        "/birth_date",
        "/privacy_statement",
        "/name",
    }


def test_a_wrong_password_and_an_unknown_person_are_answered_alike(
    platform: Platform, stranger: Person, nothing_stored: None
) -> None:
    def sign_in(national_id: str) -> httpx.Response:
        credentials = {"national_id": national_id, "password": "a wrong password"}
        return Person(platform, somebody()).post("/api/v1/sessions", credentials)

    known, unknown = sign_in(stranger.about.national_id), sign_in(somebody().national_id)

    problem(known, 401, "wrong_credentials")
    assert same_but_for_the_address(known, unknown)


def test_a_refused_command_may_be_repeated_put_right_under_the_same_key(person: Person) -> None:
    key = str(uuid4())
    wrong = person.post(BUSINESS, {"form": BUSINESS_FORM | {"workers": "two"}}, key=key)
    assert wrong.status_code == 422

    right = person.post(BUSINESS, {"form": BUSINESS_FORM}, key=key)

    assert right.status_code == 201
