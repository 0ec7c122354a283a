"""What the gateway answers: statuses and headers as described, tags that spare a repeat, pages that follow on."""

from uuid import uuid4

import pytest

from panjareh_common.refusals import Unavailable
from panjareh_common.rpc.wire import CallFailed
from panjareh_common.settings import SERVICES

SIGNED_IN = {"authorization": "Bearer a.token.here"}
PAGE = {"items": [{"code": "SUB-003"}], "next": "bmV4dA"}


def test_a_new_request_says_where_it_is_found(http, services):
    request_id = str(uuid4())
    services.answer = {"request_id": request_id, "status": "submitted"}

    response = http.post(
        "/api/v1/services/SUB-003/requests",
        json={"form": {}},
        headers=SIGNED_IN | {"idempotency-key": "1"},
    )

    assert response.status_code == 201
    assert response.headers["location"] == f"/api/v1/requests/{request_id}"


@pytest.mark.parametrize(
    ("answer", "status"), [({"sent_to": "0912***4567"}, 202), ({"access_token": "t"}, 200)]
)
def test_a_step_up_says_whether_it_is_done(http, services, answer, status):
    services.answer = answer

    response = http.post(
        "/api/v1/sessions/step-up", json={"method": "one_time_code"}, headers=SIGNED_IN
    )

    assert (response.status_code, response.json()) == (status, answer)


def test_signing_out_has_nothing_more_to_say(http):
    response = http.delete("/api/v1/sessions/current", headers=SIGNED_IN)

    assert (response.status_code, response.content) == (204, b"")


def test_what_has_not_changed_is_not_sent_again(http, services):
    services.answer = PAGE
    tag = http.get("/api/v1/services").headers["etag"]

    same = http.get("/api/v1/services", headers={"if-none-match": tag})
    among_others = http.get("/api/v1/services", headers={"if-none-match": f'"x", W/{tag}'})
    services.answer = PAGE | {"next": None}
    changed = http.get("/api/v1/services", headers={"if-none-match": tag})

    assert (same.status_code, same.content) == (304, b"")
    assert same.headers["etag"] == tag
    assert among_others.status_code == 304
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_nobody_uses_a_kept_answer_without_asking_again(http, services):
    services.answer = PAGE

    open_to_all = http.get("/api/v1/services")
    ones_own = http.get("/api/v1/requests", headers=SIGNED_IN)

    assert open_to_all.headers["cache-control"] == "public, no-cache"
    assert ones_own.headers["cache-control"] == "private, no-cache"
    for response in (open_to_all, ones_own):
        assert response.headers["vary"] == "Accept-Language"
        assert response.headers["content-language"] == "en"


def test_an_answer_to_a_command_is_kept_by_nobody(http, services):
    services.answer = {"access_token": "secret"}

    response = http.post("/api/v1/sessions", json={"national_id": "1", "password": "x"})

    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers


def test_a_page_links_to_the_next_one_with_the_same_question(http, services):
    services.answer = PAGE

    response = http.get("/api/v1/services?q=یارانه&limit=1&after=Zmlyc3Q")

    link = response.headers["link"]
    assert link.endswith('>; rel="next"')
    assert "after=bmV4dA" in link
    assert "Zmlyc3Q" not in link
    assert "limit=1" in link
    assert services.last.payload == {"q": "یارانه", "limit": 1, "after": "Zmlyc3Q"}


def test_the_last_page_links_nowhere(http, services):
    services.answer = PAGE | {"next": None}

    assert "link" not in http.get("/api/v1/services").headers


def test_persian_is_sent_as_it_is_written(http, services):
    services.answer = {"items": [{"name": "یارانه"}], "next": None}

    assert "یارانه".encode() in http.get("/api/v1/services").content


def test_an_id_is_taken_from_the_path_as_text(http, services):
    request_id = str(uuid4())

    http.get(f"/api/v1/requests/{request_id}?at=2026-03-21T08:00:00Z", headers=SIGNED_IN)

    assert services.last.payload == {"request_id": request_id, "at": "2026-03-21T08:00:00Z"}


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/healthz"])
def test_the_gateway_lives_without_anybody_else(http, services, path):
    services.connected, services.answer = False, Unavailable()

    assert http.get(path).json() == {"status": "alive"}


@pytest.mark.parametrize("path", ["/readyz", "/api/v1/readyz"])
def test_the_gateway_is_ready_and_tells_which_services_answer(http, services, path):
    services.answer = {"status": "ready"}

    response = http.get(path)

    assert response.status_code == 200
    assert response.json()["services"] == dict.fromkeys(SERVICES, "ready")


@pytest.mark.parametrize("failure", [Unavailable(), CallFailed("catalog.ping")])
def test_while_a_service_is_away_it_is_named_and_the_gateway_stays_ready(http, services, failure):
    services.answer = lambda service, _: failure if service == "catalog" else {"status": "ready"}

    response = http.get("/readyz")

    assert (response.status_code, response.json()["status"]) == (200, "ready")
    assert response.json()["services"]["catalog"] == "not_answering"
    assert response.json()["services"]["requests"] == "ready"


def test_without_the_broker_nothing_is_ready(http, services):
    services.answer, services.connected = {"status": "ready"}, False

    assert http.get("/readyz").status_code == 503


def test_the_start_page_says_so_when_the_catalogue_is_away(http, services):
    services.answer = Unavailable()

    response = http.get("/")

    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert "text/html" in response.headers["content-type"]


def test_the_start_page_writes_what_services_are_called_as_text(http, services):
    row = {
        "code": "SUB-003", "name": "<script>alert(1)</script>", "description": "d",
        "authority": {"code": "w", "name": "W"}, "required_loa": 2, "time_limit_days": 3,
        "decision_mode": "rules", "fee": {"amount": 0, "currency": "IRR"}, "life_events": [],
        "channels": [], "version": 1,
    }  # fmt: skip
    services.answer = {"items": [row], "next": None}

    response = http.get("/?lang=fa")

    assert response.status_code == 200
    assert "<script>alert(1)" not in response.text
    assert 'dir="rtl"' in response.text
    assert "default-src 'self'" in response.headers["content-security-policy"]
