"""Forms are checked in the gateway: what a person types goes no further, and nothing is stored."""

import pytest

from panjareh_common.forms import FormUnusable
from panjareh_common.refusals import NotFound
from panjareh_gateway import form_checking

PHOTO = {
    "type": "string",
    "format": "panjareh-file",
    "x-file": {"types": ["image/jpeg"], "max_bytes": 1000},
}
FORM = {
    "type": "object",
    "additionalProperties": False,
    "required": ["mobile"],
    "properties": {"mobile": {"type": "string", "format": "panjareh-mobile"}, "photo": PHOTO},
}
CHECK = "/api/v1/services/INET-001/form-check"
FILE_ID = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def catalogue(services):
    form_checking._known.clear()
    services.answer = {"code": "INET-001", "version": 3, "form": FORM}
    return services


def check(http, form, language="en"):
    return http.post(CHECK, json={"form": form}, headers={"accept-language": language})


def test_a_form_that_fits_is_told_so_with_the_version_that_it_was_held_against(http, catalogue):
    answer = check(http, {"mobile": "09121234567"})

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "service_code": "INET-001",
        "version": 3,
        "fits": True,
        "errors": [],
        "files": [],
    }


def test_every_fault_is_told_in_the_readers_language(http, catalogue):
    told = check(http, {"mobile": "0912", "colour": "red"}, "fa").json()

    assert not told["fits"]
    assert told["errors"] == [
        {"pointer": "/form/colour", "detail": "فرم این مورد را نخواسته است."},
        {
            "pointer": "/form/mobile",
            "detail": "این شمارهٔ تلفن همراه نیست. یازده رقم آن را که با 09 آغاز می‌شود بنویسید.",
        },
    ]


def test_files_are_told_with_what_they_may_be(http, catalogue):
    told = check(http, {"mobile": "09121234567", "photo": FILE_ID}).json()

    assert told["files"] == [{"pointer": "/form/photo", "types": ["image/jpeg"], "max_bytes": 1000}]


def test_what_a_person_types_stays_in_the_gateway(http, catalogue):
    check(http, {"mobile": "09121234567"})

    [(service, method, request)] = catalogue.calls
    assert (service, method, request.payload) == ("catalog", "get_form", {"code": "INET-001"})


def test_a_new_version_is_checked_by_its_own_form(http, catalogue):
    assert check(http, {"mobile": "09121234567"}).json()["fits"]
    catalogue.answer = {"code": "INET-001", "version": 4, "form": FORM | {"required": ["photo"]}}

    told = check(http, {"mobile": "09121234567"}).json()

    assert told["version"] == 4
    assert [point["pointer"] for point in told["errors"]] == ["/form/photo"]


def test_a_service_that_is_not_there_is_told_as_that(http, catalogue):
    catalogue.answer = NotFound()

    assert check(http, {}).status_code == 404


def test_a_form_from_before_bounds_is_told_as_its_authoritys_turn(http, catalogue):
    catalogue.answer = {"code": "OLD-001", "version": 1, "form": {"pattern": "(?=a)"}}

    answer = check(http, {})

    assert answer.status_code == 503
    assert answer.json()["code"] == FormUnusable.code
    assert "publish it again" in answer.json()["detail"]


def test_only_so_many_forms_are_kept(http, catalogue, monkeypatch):
    monkeypatch.setattr(form_checking, "_MOST", 2)
    for version in range(1, 6):
        catalogue.answer = {"code": "INET-001", "version": version, "form": FORM}
        check(http, {})

    assert [version for _, version in form_checking._known] == [4, 5]
