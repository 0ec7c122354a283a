"""Problem details: one shape for every no, in the caller's language, with the headers that go with it."""

import json

import pytest

from panjareh_common.refusals import (
    AssuranceTooLow,
    ChangedMeanwhile,
    InvalidInput,
    KeyReused,
    Kind,
    NotAllowed,
    NotFound,
    NotSignedIn,
    RemoteRefusal,
    ScopeMissing,
    SignInTooOld,
    TooLate,
    Unavailable,
)
from panjareh_common.rpc.wire import CallFailed
from panjareh_gateway.problems import problem

SIGNED_IN = {"authorization": "Bearer a.token.here"}


def remote(refusal, **details):
    """A refusal as it comes over the wire."""
    return RemoteRefusal(refusal.code, refusal.kind, "said there", details, [])


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (NotSignedIn(), 401),
        (NotAllowed(), 403),
        (NotFound(), 404),
        (ChangedMeanwhile(), 409),
        (KeyReused(), 422),
        (InvalidInput([]), 422),
        (RemoteRefusal("too_many", Kind.TOO_MANY, "wait", {"retry_after": 7}, []), 429),
        (Unavailable(), 503),
        (TooLate(), 504),
    ],
)
def test_every_kind_of_no_has_its_status_and_the_one_shape(http, services, refusal, status):
    services.answer = refusal

    response = http.get("/api/v1/requests", headers=SIGNED_IN)

    body = response.json()
    assert response.status_code == body["status"] == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert body["code"] == refusal.code
    assert body["type"] == f"urn:panjareh:problem:{refusal.code}"
    assert body["instance"] == "/api/v1/requests"
    assert body["title"]
    assert body["detail"]


@pytest.mark.parametrize("language", ["fa", "en"])
def test_a_problem_is_told_in_the_callers_language(http, language):
    response = http.get("/api/v1/requests", headers={"accept-language": language})

    assert response.headers["content-language"] == language
    persian = any("\u0600" <= ch <= "\u06ff" for ch in response.json()["title"])
    assert persian is (language == "fa")


def test_what_another_service_said_is_passed_on_as_it_was(http, services):
    services.answer = RemoteRefusal("already_decided", Kind.CONFLICT, "قبلاً", {}, [])

    assert http.get("/api/v1/requests", headers=SIGNED_IN).json()["detail"] == "قبلاً"


def test_every_point_that_does_not_fit_is_listed(http, services):
    points = [{"pointer": "/form/iban", "detail": "This is missing."}]
    services.answer = InvalidInput(points)

    assert http.get("/api/v1/requests", headers=SIGNED_IN).json()["errors"] == points


@pytest.mark.parametrize("make", [AssuranceTooLow, lambda **d: remote(AssuranceTooLow, **d)])
def test_who_is_known_too_little_is_challenged_to_raise_it(http, services, make):
    """RFC 9470, section 3: the browser learns which level to come back with."""
    services.answer = make(required=3, held=1)

    response = http.get("/api/v1/requests", headers=SIGNED_IN)

    assert response.status_code == 401
    challenge = response.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_user_authentication"')
    assert 'acr_values="urn:panjareh:loa:3"' in challenge
    assert "max_age" not in challenge, "an age is asked for only where the service asks for it"


@pytest.mark.parametrize("make", [SignInTooOld, lambda **d: remote(SignInTooOld, **d)])
def test_who_signed_in_too_long_ago_is_challenged_to_do_it_again(http, services, make):
    services.answer = make(required=2, max_age=300)

    response = http.get("/api/v1/requests", headers=SIGNED_IN)

    assert (response.status_code, response.json()["code"]) == (401, "sign_in_too_old")
    challenge = response.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_user_authentication"')
    assert challenge.endswith('acr_values="urn:panjareh:loa:2", max_age="300"')


@pytest.mark.parametrize("make", [ScopeMissing, lambda **d: remote(ScopeMissing, **d)])
def test_a_client_without_the_scope_is_told_which(http, services, make):
    """RFC 6750, section 3.1."""
    services.answer = make(scope="requests")

    response = http.get("/api/v1/requests", headers=SIGNED_IN)

    assert response.status_code == 403
    challenge = response.headers["www-authenticate"]
    assert challenge == 'Bearer error="insufficient_scope", scope="requests"'


@pytest.mark.parametrize("refusal", [NotSignedIn(), remote(NotSignedIn)])
def test_who_is_not_signed_in_is_challenged_to_sign_in(http, services, refusal):
    services.answer = refusal

    response = http.get("/api/v1/requests", headers=SIGNED_IN)

    assert response.headers["www-authenticate"] == 'Bearer error="invalid_token"'


def test_without_a_token_nobody_is_asked(http, services):
    response = http.get("/api/v1/requests")

    assert response.status_code == 401
    assert services.calls == []


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Token x"])
def test_what_is_no_bearer_token_counts_as_none(http, services, header):
    assert http.get("/api/v1/requests", headers={"authorization": header}).status_code == 401
    assert services.calls == []


@pytest.mark.parametrize(
    ("refusal", "wait"),
    [
        (Unavailable(), "2"),
        (TooLate(), "2"),
        (RemoteRefusal("too_many_tries", Kind.TOO_MANY, "wait", {"retry_after": 7}, []), "7"),
    ],
)
def test_who_should_come_again_is_told_when(http, services, refusal, wait):
    services.answer = refusal

    assert http.get("/api/v1/requests", headers=SIGNED_IN).headers["retry-after"] == wait


@pytest.mark.parametrize("failure", [CallFailed("requests.list"), RuntimeError("0499370899")])
def test_a_fault_tells_nothing_of_what_went_wrong(http, services, failure):
    services.answer = failure

    response = http.get("/api/v1/requests", headers=SIGNED_IN)

    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "fault"
    assert "0499370899" not in response.text
    assert "Traceback" not in response.text


def test_an_address_where_nothing_is(http):
    response = http.get("/api/v1/nothing/here")

    assert response.status_code == 404
    assert response.json()["code"] == "no_such_path"


def test_a_method_that_an_address_does_not_take(http):
    response = http.put("/api/v1/services")

    assert response.status_code == 405
    assert response.json()["code"] == "wrong_method"
    assert "PUT" in response.json()["detail"]


def test_a_method_that_is_not_taken_names_those_that_are(http):
    """RFC 9110, section 15.5.6: a 405 answer has an Allow header."""
    allowed = http.put("/api/v1/services/SUB-003/feedback").headers["allow"]

    assert {"GET", "POST"} <= set(allowed.split(", "))


def test_braces_in_a_path_are_only_text():
    body = json.loads(problem(NotFound(), "en", "/api/{0}/%7Bx%7D").body)

    assert body["instance"] == "/api/{0}/%7Bx%7D"
