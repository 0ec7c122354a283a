"""What the gateway takes: one JSON object of a bounded size, a key where a repeat would hurt, nothing unasked."""

import json
from uuid import uuid4

import pytest

from panjareh_gateway.api.table import OPERATIONS
from panjareh_gateway.operations import BATCH_LIMIT, JSON_LIMIT, Access
from panjareh_gateway.serving import DEEPEST

SUBMIT = "/api/v1/services/SUB-003/requests"
SIGN_IN = "/api/v1/sessions"
CREDENTIALS = {"national_id": "0499370899", "password": "correct horse"}
SIGNED_IN = {"authorization": "Bearer a.token.here"}
KEYED = SIGNED_IN | {"idempotency-key": "key-1"}
DONE = {
    "request_id": str(uuid4()),
    "reference": "123456789010",
    "status": "submitted",
    "receipt": "a.b.c",
}


@pytest.fixture(autouse=True)
def answers(services):
    services.answer = dict(DONE)


def submit(http, headers=KEYED, form=None, **kwargs):
    body = kwargs or {"json": {"form": form or {"city": "Tabriz"}}}
    return http.post(SUBMIT, headers=headers, **body)


def test_a_call_carries_what_was_sent_and_who_sent_it(http, services):
    response = submit(http, form={"city": "Tabriz", "نام": "لیلا"})

    assert response.status_code == 201
    assert services.calls[0][:2] == ("requests", "submit")
    assert services.last.payload == {
        "service_code": "SUB-003",
        "form": {"city": "Tabriz", "نام": "لیلا"},
    }
    assert (services.last.token, services.last.key) == ("a.token.here", "key-1")
    assert (services.last.language, services.last.channel) == ("en", "web")


def test_a_call_for_somebody_who_has_not_signed_in_is_the_gateways_own(http, services):
    http.post(SIGN_IN, json=CREDENTIALS, headers={"authorization": "Bearer somebody.elses.token"})

    assert services.last.token not in (None, "somebody.elses.token")
    assert services.last.token.count(".") == 2


def test_a_service_learns_who_asks_at_the_gate_only_in_the_gateways_own_name(http, services):
    seen = {"user-agent": "Firefox/140" + "x" * 1000}
    http.post(SIGN_IN, json=CREDENTIALS, headers=seen)
    assert services.last.address == "127.0.0.1"
    assert services.last.agent == ("Firefox/140" + "x" * 1000)[:256]

    submit(http, KEYED | seen)
    assert (services.last.address, services.last.agent) == (None, None)


def test_what_a_caller_says_of_its_own_address_is_not_believed(http, services):
    http.post(SIGN_IN, json=CREDENTIALS, headers={"x-forwarded-for": "192.0.2.7"})

    assert services.last.address == "127.0.0.1"


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"5", b"null", b"\xff", b"[" * 20000, b"{'a': 1}"]
)
def test_what_is_no_json_object_cannot_be_read(http, services, body):
    headers = {"content-type": "application/json"}

    response = http.post(SIGN_IN, content=body, headers=headers)

    assert response.status_code == 400
    assert response.json()["code"] == "bad_request"
    assert services.calls == []


@pytest.mark.parametrize("depth", [DEEPEST, 300, 600, 900, 960, 980, 990, 1000, 3000])
@pytest.mark.parametrize(("start", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_body_without_a_bottom_is_turned_away(http, services, depth, start, end):
    deep = b'{"form": {"a": ' + start * depth + b"1" + end * depth + b"}}"

    response = submit(http, KEYED | {"content-type": "application/json"}, content=deep)

    assert (response.status_code, services.calls) == (400, [])


def test_a_form_may_have_some_levels(http):
    deep = b'{"form": {"a": ' + b"[" * 28 + b"]" * 28 + b"}}"

    response = submit(http, KEYED | {"content-type": "application/json"}, content=deep)

    assert response.status_code == 201


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json",
     "application/jsonx", "text/json"],
)  # fmt: skip
def test_other_kinds_of_content_are_not_taken(http, services, kind):
    response = http.post(SIGN_IN, content=json.dumps(CREDENTIALS), headers={"content-type": kind})

    assert response.status_code == 415
    assert response.json()["code"] == "wrong_content_type"
    assert services.calls == []


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON ;x=y"]
)
def test_json_is_taken_however_its_kind_is_written(http, kind):
    response = http.post(SIGN_IN, content=json.dumps(CREDENTIALS), headers={"content-type": kind})

    assert response.status_code == 201


def test_a_form_that_fills_the_limit_is_taken_and_one_byte_more_is_not(http, services):
    def of_size(size):
        empty = len(json.dumps({"form": {"a": ""}}))
        return json.dumps({"form": {"a": "x" * (size - empty)}})

    headers = KEYED | {"content-type": "application/json"}

    fits = submit(http, headers, content=of_size(JSON_LIMIT))
    larger = submit(http, headers, content=of_size(JSON_LIMIT + 1))

    assert (fits.status_code, larger.status_code) == (201, 413)
    assert larger.json()["code"] == "too_large"
    assert str(JSON_LIMIT) in larger.json()["detail"]
    assert len(services.calls) == 1


def test_what_is_too_large_is_not_read_to_its_end(http):
    sent = []

    async def endless():
        for _ in range(1000):
            sent.append(1)
            yield b" " * 65536

    response = http.post(SIGN_IN, content=endless(), headers={"content-type": "application/json"})

    assert response.status_code == 413
    assert len(sent) < 5


def test_a_length_that_a_header_claims_proves_nothing(http):
    headers = {"content-type": "application/json", "content-length": "10"}

    response = http.post(SIGN_IN, content=b" " * (JSON_LIMIT + 1), headers=headers)

    assert response.status_code == 413


def test_logs_of_cases_may_be_larger(http, services):
    services.answer = {"items": []}
    cases = {"source": "log", "service_code": "MUN-010", "cases": []}
    step = {"step": "s" * 1000, "completed_at": "2026-03-21T08:00:00Z", "instance": "1"}
    case = {
        "case": "1",
        "channel": "counter",
        "started_at": "2026-03-21T08:00:00Z",
        "steps": [step] * 100,
    }
    cases["cases"] = [case]
    assert JSON_LIMIT < len(json.dumps(cases)) < BATCH_LIMIT

    assert http.post("/agency/v1/cases", json=cases, headers=SIGNED_IN).status_code == 200


@pytest.mark.parametrize(
    "key", [None, "", " ", "a b", "x" * 201, "کلید".encode(), b"caf\xe9", "a\tb"]
)
def test_a_command_needs_a_key_that_can_be_kept(http, services, key):
    headers = SIGNED_IN if key is None else SIGNED_IN | {"idempotency-key": key}

    response = submit(http, headers)

    assert response.status_code == 400
    assert response.json()["code"] == "idempotency_key_missing"
    assert services.calls == []


@pytest.mark.parametrize("key", ["1", "x" * 200, str(uuid4()), "a/b?c={d}", " padded "])
def test_any_visible_key_will_do(http, services, key):
    assert submit(http, SIGNED_IN | {"idempotency-key": key}).status_code == 201
    assert services.last.key == key.strip()


def test_where_a_repeat_harms_nobody_no_key_is_needed_or_passed_on(http, services):
    services.answer = {"items": [], "next": None}

    http.get("/api/v1/services", headers={"idempotency-key": "key"})

    assert services.last.key is None


def test_a_misspelt_field_is_pointed_at(http, services):
    response = http.post(SIGN_IN, json=CREDENTIALS | {"pasword": "x"})

    assert response.status_code == 422
    assert [point["pointer"] for point in response.json()["errors"]] == ["/pasword"]
    assert services.calls == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=ten", "colour=red", f"q={'x' * 201}", "limit="]
)
def test_a_question_that_cannot_be_asked_is_not_passed_on(http, services, query):
    assert http.get(f"/api/v1/services?{query}").status_code == 422
    assert services.calls == []


@pytest.mark.parametrize(
    "text",
    [r"a\u0000b", r"\ud800", r"\udfff\ud800", r"\u0000"],
    ids=["zero", "half", "swapped", "only"],
)
@pytest.mark.parametrize(
    "place", ['{"form": {"a": "%s"}}', '{"form": {"%s": 1}}', '{"form": [["%s"]]}']
)
def test_a_text_that_cannot_be_stored_is_turned_away(http, services, text, place):
    headers = KEYED | {"content-type": "application/json"}

    response = submit(http, headers, content=(place % text).encode())

    assert (response.status_code, response.json()["code"]) == (400, "unfit_text")
    assert services.calls == []


@pytest.mark.parametrize("text", [r"\ud83d\ude00", r"\\u0000", r"\u200c"])
def test_whole_characters_and_text_about_characters_are_taken(http, text):
    headers = KEYED | {"content-type": "application/json"}

    assert (
        submit(http, headers, content=b'{"form": {"a": "%s"}}' % text.encode()).status_code == 201
    )


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_reads_as_json_is_not_taken(http, services, number):
    headers = KEYED | {"content-type": "application/json"}

    response = submit(http, headers, content=b'{"form": {"a": %s}}' % number.encode())

    assert response.status_code == 400
    assert services.calls == []


def test_the_path_wins_over_what_a_body_says(http, services):
    response = submit(http, json={"form": {}, "service_code": "DRV-002"})

    assert response.status_code == 422
    assert services.calls == []


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_only_open_operations_answer_without_a_token(http, services, operation):
    services.answer = {"items": [], "next": None, "sent_to": "x"} | DONE
    path = operation.path.replace("{request_id}", str(uuid4())).replace("{number}", "1")
    path = path.replace("{code}", "SUB-003").replace("{service_code}", "SUB-003")

    response = http.request(operation.method, path, headers={"idempotency-key": "1"})

    assert (response.status_code == 401) is (operation.access is Access.SIGNED_IN)
