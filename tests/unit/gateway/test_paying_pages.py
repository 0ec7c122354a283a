"""The pages on the way to the bank and back: what they say in each state, and what they keep to themselves."""

from uuid import uuid4

import pytest

from panjareh_common.refusals import NotFound, Unavailable
from panjareh_common.rpc.wire import CallFailed

PAYMENT = str(uuid4())
BANK = "https://bank.example/pages/abc"
OPEN = {"state": "open", "because": None, "page_url": BANK, "request_id": str(uuid4())}


def test_the_page_leads_on_to_the_bank_as_soon_as_it_has_taken_the_order(http, services):
    services.answer = OPEN | {"state": "opening", "page_url": None}
    waiting = http.get(f"/pay/{PAYMENT}")
    services.answer = OPEN
    leading = http.get(f"/pay/{PAYMENT}")

    assert (waiting.status_code, "The bank is asked to take your payment" in waiting.text) == (
        200,
        True,
    )
    assert (leading.status_code, leading.headers["location"]) == (303, BANK)
    assert services.last.payload == {"payment_id": PAYMENT, "returned": False}


def test_who_comes_back_has_the_bank_asked_whatever_the_address_says(http, services):
    services.answer = OPEN
    page = http.get(f"/paid/{PAYMENT}?state=paid&amount=1")

    assert services.last.payload == {"payment_id": PAYMENT, "returned": True}
    assert "The bank is asked whether you have paid" in page.text
    assert f'href="/pay/{PAYMENT}?lang=en"' in page.text
    assert "The fee is paid" not in page.text


@pytest.mark.parametrize("language", ["fa", "en"])
@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("paid", {"en": "The fee is paid", "fa": "هزینه پرداخت شد"}),
        ("failed", {"en": "The payment did not come about", "fa": "پرداخت انجام نشد"}),
    ],
)
def test_how_it_ended_is_said_in_both_languages(http, services, state, says, language):
    services.answer = OPEN | {"state": state, "page_url": None}
    page = http.get(f"/paid/{PAYMENT}?lang={language}")

    assert (page.status_code, says[language] in page.text) == (200, True)
    assert f'<html lang="{language}"' in page.text
    assert "refresh" not in page.headers


def test_a_page_that_waits_looks_again_a_few_times_and_then_leaves_it_to_people(http, services):
    services.answer = OPEN | {"page_url": None}
    first, last = (http.get(f"/paid/{PAYMENT}?lang=fa&looks={looks}") for looks in (3, 15))

    assert first.headers["refresh"] == f"2; url=/paid/{PAYMENT}?lang=fa&looks=4"
    assert "refresh" not in last.headers
    assert f'<a href="/paid/{PAYMENT}?lang=fa">' in last.text


@pytest.mark.parametrize("looks", ["-1", "x", "9" * 400, "۳", "%00"])
def test_who_writes_something_into_the_address_looks_once(http, services, looks):
    services.answer = OPEN | {"page_url": None}
    page = http.get(f"/paid/{PAYMENT}?looks={looks}")

    assert (page.status_code, "refresh" in page.headers) == (200, False)


def test_the_pages_are_kept_by_nobody_and_say_nothing_of_the_request(http, services):
    services.answer = OPEN
    for path in (f"/pay/{PAYMENT}", f"/paid/{PAYMENT}"):
        page = http.get(path)
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["x-robots-tag"] == "noindex"
        assert OPEN["request_id"] not in page.text
        assert "<script" not in page.text


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [
        (NotFound(), 404, "There is no such payment"),
        (Unavailable(), 503, "Nothing is lost"),
        (CallFailed("requests.come_by_payment"), 503, "Nothing is lost"),
    ],
)
def test_what_is_not_there_and_what_cannot_be_told_are_two_things(
    http, services, fault, status, says
):
    services.answer = fault
    page = http.get(f"/paid/{PAYMENT}")

    assert (page.status_code, says in page.text) == (status, True)


@pytest.mark.parametrize("number", ["1", "%00", "a" * 300, "<b>"])
def test_what_is_no_number_asks_nobody(http, services, number):
    page = http.get(f"/pay/{number}")

    assert page.status_code == 404
    assert "<b>" not in page.text
    assert services.calls == []
