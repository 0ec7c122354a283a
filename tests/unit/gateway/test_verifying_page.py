"""The page where anyone checks a document: what it says in each state, and what it keeps to itself."""

import pytest

from panjareh_common.refusals import Unavailable
from panjareh_common.rpc.wire import CallFailed

NUMBER = "291522218638"
HOLDS = "This document is genuine and valid"
REVOKED = "This document was revoked"
PASSED = "This document is genuine, and its time has passed"
TOLD = {
    "number": NUMBER,
    "genuine": True,
    "valid": True,
    "state": "valid",
    "kind": "certificate",
    "title": {"fa": "گواهی", "en": "Certificate"},
    "authority": "education",
    "authority_name": {"fa": "آموزش و پرورش", "en": "Education"},
    "issued_on": "30 November 2026",
    "valid_until_on": "30 November 2027",
    "revoked_on": None,
    "because_text": None,
    "code_fits": None,
    "shows": None,
}
GONE = {
    "valid": False,
    "state": "revoked",
    "revoked_on": "1 December 2026",
    "because_text": "A court ordered it.",
}
SHOWN = {"code_fits": True, "shows": [{"name": "Family name", "value": "<b>رضایی</b>"}]}


@pytest.fixture
def told(http, services):
    """What the page says of a document; `asked` is what follows its number in the address."""

    def look(changes=None, asked="", **headers):
        services.answer = TOLD | (changes or {})
        return http.get(f"/verify/{NUMBER}{asked}", headers=headers)

    return look


@pytest.mark.parametrize(
    ("changes", "says", "hides"),
    [
        ({}, [HOLDS, "Certificate", "Education", "30 November 2027"], [REVOKED, PASSED]),
        ({"state": "expired", "valid": False}, [PASSED], [HOLDS, REVOKED]),
        (GONE, [REVOKED, "A court ordered it.", "1 December 2026"], [HOLDS, PASSED]),
        (SHOWN, [HOLDS, "Family name"], ["<b>"]),
        (SHOWN | GONE, [REVOKED, "Family name"], [HOLDS]),
        ({"code_fits": False}, ["The code does not belong to this number"], ["Family name"]),
    ],
    ids=["valid", "expired", "revoked", "with its code", "revoked, with its code", "other code"],
)
def test_the_page_says_where_a_document_stands(told, changes, says, hides):
    page = told(changes)

    assert page.status_code == 200
    assert [text for text in says if text not in page.text] == []
    assert [text for text in hides if text in page.text] == []


def test_a_code_that_fits_another_document_is_no_good_news(told):
    assert 'class="good"' in told().text
    assert 'class="good"' not in told({"code_fits": False}).text
    assert 'class="good"' not in told(GONE).text


def test_a_number_that_was_never_issued_is_said_not_to_be_genuine(http, services):
    services.answer = {"number": NUMBER, "genuine": False, "valid": False, "state": "unknown"}

    page = http.get(f"/verify/{NUMBER}")

    assert page.status_code == 200
    assert "There is no such document" in page.text
    assert "2915 2221 8638" in page.text


def test_the_code_goes_to_the_service_and_stays_when_the_language_changes(told, services):
    page = told(SHOWN, "?code=abc%22%3E&lang=fa")

    assert services.last.payload == {"number": NUMBER, "code": 'abc">'}
    assert services.last.language == "fa"
    assert '<html lang="fa" dir="rtl">' in page.text
    assert f"/verify/{NUMBER}?lang=en&code=abc%22%3E" in page.text.replace("&amp;", "&")


def test_the_page_is_kept_by_nobody_and_told_to_nobody(told):
    page = told(SHOWN, "?code=abc")

    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex"
    assert "<script" not in page.text
    assert "http" not in page.text.replace("http-equiv", "")


@pytest.mark.parametrize("fault", [Unavailable(), CallFailed("requests.verify_document")])
def test_when_nothing_can_be_checked_it_says_so_and_not_that_it_is_forged(http, services, fault):
    services.answer = fault

    page = http.get(f"/verify/{NUMBER}")

    assert page.status_code == 503
    assert page.headers["retry-after"] == "5"
    assert "cannot be checked at the moment" in page.text
    assert "no such document" not in page.text


@pytest.mark.parametrize("typed", ["2915 2221 8638", "۲۹۱۵-۲۲۲۱-۸۶۳۸", "٢٩١٥٢٢٢١٨٦٣٨"])
def test_a_number_is_understood_as_people_type_it(http, services, typed):
    page = http.get("/verify", params={"number": typed, "lang": "fa"})

    assert page.status_code == 303
    assert page.headers["location"] == "/verify/291522218638?lang=fa"
    assert services.calls == []


@pytest.mark.parametrize("typed", ["123", "291522218639", "<script>"])
def test_what_is_no_number_is_said_beside_the_field(http, services, typed):
    page = http.get("/verify", params={"number": typed})

    assert page.status_code == 200
    assert 'aria-invalid="true"' in page.text
    assert "This is no number of a document" in page.text
    assert "<script" not in page.text
    assert services.calls == []


def test_an_empty_page_asks_for_a_number(http):
    page = http.get("/verify?lang=fa")

    assert page.status_code == 200
    assert "شمارهٔ سند" in page.text
    assert "aria-invalid" not in page.text


@pytest.mark.parametrize("number", ["%00", "%20", "291522218639", "1" * 500])
def test_an_address_with_no_number_of_a_document_asks_nobody(http, services, number):
    page = http.get(f"/verify/{number}")

    assert page.status_code == 404
    assert "This is no number of a document" in page.text
    assert services.calls == []
