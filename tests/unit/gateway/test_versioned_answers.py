"""What two devices change: its version is its ETag, and who changes it says which one they saw."""

from uuid import uuid4

import pytest

from panjareh_gateway.api.table import OPERATIONS
from panjareh_gateway.openapi import document

DRAFT = f"/api/v1/drafts/{uuid4()}"
SIGNED_IN = {"authorization": "Bearer a.token.here"}
KEYED = SIGNED_IN | {"idempotency-key": "1"}
FORM = {"json": {"form": {}}}


@pytest.fixture(autouse=True)
def answers(services):
    services.answer = {"draft_id": str(uuid4()), "version": 7}


def test_the_version_is_told_as_etag(http):
    assert http.get(DRAFT, headers=SIGNED_IN).headers["etag"] == '"7"'
    begun = http.post("/api/v1/services/SUB-003/drafts", headers=KEYED, **FORM)
    assert (begun.status_code, begun.headers["etag"]) == (201, '"7"')


def test_whoever_has_seen_it_is_told_it_again_because_what_stands_beside_it_may_have_changed(http):
    again = http.get(DRAFT, headers=SIGNED_IN | {"if-none-match": '"7"'})

    assert again.status_code == 200
    assert again.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('"7"', 7),
        (' "7" ', 7),
        ("*", None),
        ('W/"7"', 0),
        ('"7", "8"', 0),
        ("7", 0),
        ('"seven"', 0),
        ('"٧"'.encode(), 0),
    ],
)
def test_the_version_that_was_seen_goes_to_the_service(http, services, said, told):
    response = http.put(DRAFT, headers=KEYED | {"if-match": said}, **FORM)

    assert response.status_code == 200
    assert services.last.payload.get("version") == told


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_change_that_names_no_version_is_turned_away(http, services, method):
    response = http.request(method, DRAFT, headers=KEYED, **(FORM if method == "PUT" else {}))

    assert response.status_code == 428
    assert response.json()["code"] == "version_missing"
    assert services.calls == []


def test_it_is_described():
    described = document(OPERATIONS)["paths"]["/api/v1/drafts/{draft_id}"]

    assert "If-Match" in [each["name"] for each in described["put"]["parameters"]]
    assert "If-Match" not in [each["name"] for each in described["get"]["parameters"]]
    assert "ETag" in described["get"]["responses"]["200"]["headers"]
