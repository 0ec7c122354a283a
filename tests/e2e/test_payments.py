"""A fee over public HTTP: at the window, at the bank's own page, and back; what accountants see of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from panjareh_cli.local.platform import Platform
from panjareh_common.calendar import day_in_tehran
from panjareh_common.clock import utc_now
from panjareh_sandbox.demo import services_dir
from tests.e2e.test_bad_input import problem
from tests.filling import filled
from tests.paying import begin, browser, paid, pay, to_the_bank
from tests.people import Person, officer, persona, somebody

CARDS = {
    code: yaml.safe_load((services_dir() / f"{code}.yaml").read_text(encoding="utf-8"))
    for code in ("CARD-002", "PASS-001")
}


@pytest.fixture(scope="module")
def person(platform: Platform) -> Person:
    return Person(platform, persona("fits_every_scheme")).arrive()


@pytest.fixture
def bank(platform: Platform) -> Iterator[httpx.Client]:
    """The provider's control: faults on command, which end with the test."""
    with httpx.Client(base_url=platform.sandbox_url, trust_env=False, timeout=30) as control:
        yield control
        control.put("/payments", json={})


def ask(person: Person, code: str) -> str:
    return str(person.submit(code, filled(CARDS[code]["form"]))["request_id"])


def grant(platform: Platform, code: str, request_id: str) -> None:
    clerk = officer(platform, CARDS[code]["authority"])
    path, anyhow = f"/agency/v1/requests/{request_id}", {"out_of_order": "a test"}
    for step, said in (
        ("review", anyhow),
        ("decision", {"outcome": "granted", "reason": "All is there."} | anyhow),
    ):
        done = clerk.post(f"{path}/{step}", said, key=str(uuid4()))
        assert done.status_code == 200, done.text


def test_a_fee_before_the_review_is_paid_at_the_bank(platform: Platform, person: Person) -> None:
    request_id = ask(person, "CARD-002")
    seen = person.look(request_id)
    assert (seen["status"], "pay" in seen["may"]) == ("awaiting_payment", True)

    told = pay(person, request_id)

    assert (told["amount"], told["currency"]) == (1_200_000, "IRR")
    [made] = told["tries"]
    assert (made["state"], bool(made["tracking_code"])) == ("paid", True)
    person.wait_for(request_id, "under_review")
    steps = {step["kind"]: step["text"] for step in person.timeline(request_id)}
    assert steps["PaymentMade"] == (
        f"You paid 1,200,000 rials. Tracking code of the bank: {made['tracking_code']}"
    )
    problem(
        person.post(f"/api/v1/requests/{request_id}/payment", key=str(uuid4())),
        409,
        "nothing_to_pay",
    )


def test_a_passport_is_issued_once_its_fee_is_paid(platform: Platform, person: Person) -> None:
    request_id = ask(person, "PASS-001")
    person.wait_for(request_id, "under_review")
    grant(platform, "PASS-001", request_id)
    seen = person.wait_for(request_id, "awaiting_payment")
    assert (seen["outcome"], seen["output"]) == ("granted", None)

    pay(person, request_id)

    seen = person.wait_for(request_id, "decided")
    assert seen["output"]["kind"] == "passport"


@pytest.mark.parametrize("language", ["fa", "en"])
def test_the_pages_on_the_way_speak_both_languages(
    platform: Platform, person: Person, language: str
) -> None:
    begun = begin(person, ask(person, "CARD-002"))

    with browser() as http:
        page_url = to_the_bank(http, begun["pay_at"])
        bank_page = http.get(page_url, params={"lang": language})
        back = http.post(page_url, params={"lang": language}, data={"do": "cancel"})
        mine = http.get(back.headers["location"])

    assert f'lang="{language}"' in bank_page.text
    assert ("1,200,000" in bank_page.text) == (language == "en")
    assert (mine.status_code, f'lang="{language}"' in mine.text) == (200, True)
    assert mine.headers["cache-control"] == "no-store"
    words = {"fa": "بازگشت به پنجره", "en": "Back to the window"}
    assert words[language] in mine.text


def test_who_cancels_at_the_bank_may_try_again(platform: Platform, person: Person) -> None:
    request_id = ask(person, "CARD-002")
    begun = begin(person, request_id)
    with browser() as http:
        page_url = to_the_bank(http, begun["pay_at"])
        back = http.post(page_url, data={"do": "cancel"})
        http.get(back.headers["location"])
        told = paid(person, request_id, "owed")
        assert told["tries"][0]["because"] == "cancelled"
        assert "did not come about" in http.get(begun["pay_at"], params={"lang": "en"}).text

    assert begin(person, request_id)["payment_id"] != begun["payment_id"]
    assert pay(person, request_id)["state"] == "paid"


def test_a_bank_that_is_away_and_a_browser_that_is_lost(
    platform: Platform, person: Person, bank: httpx.Client
) -> None:
    bank.put("/payments", json={"mode": "down"})
    request_id = ask(person, "CARD-002")
    begun = begin(person, request_id)
    with browser() as http:
        waiting = http.get(begun["pay_at"], params={"lang": "en"})
        assert waiting.status_code == 200
        assert waiting.headers["refresh"].endswith("&looks=1")
        bank.put("/payments", json={"mode": "up", "callback": "lost"})
        shown = http.post(to_the_bank(http, begun["pay_at"]), data={"do": "pay"})
        assert shown.status_code == 200  # it leads nowhere

    assert paid(person, request_id)["state"] == "paid"


def test_a_browser_that_comes_back_twice_has_paid_once(
    platform: Platform, person: Person, bank: httpx.Client
) -> None:
    bank.put("/payments", json={"callback": "double"})
    request_id = ask(person, "CARD-002")

    told = pay(person, request_id)

    ledger: list[dict[str, Any]] = bank.get("/payments/ledger").json()["items"]
    [order] = [each for each in ledger if each["order_id"] == told["tries"][0]["payment_id"]]
    assert (order["charges"], order["settlements"]) == (1, 1)
    kinds = [step["kind"] for step in person.timeline(request_id)]
    assert kinds.count("PaymentMade") == 1


def test_what_was_paid_goes_back_after_a_withdrawal(platform: Platform, person: Person) -> None:
    request_id = ask(person, "CARD-002")
    pay(person, request_id)

    withdrawn = person.post(f"/api/v1/requests/{request_id}/withdrawal", key=str(uuid4()))

    assert withdrawn.status_code == 200, withdrawn.text
    told = paid(person, request_id, "refunded")
    assert told["tries"][0]["refund"]["because"] == "withdrawn"


def test_an_authority_sees_its_account_and_nobody_elses(platform: Platform, person: Person) -> None:
    request_id = ask(person, "CARD-002")
    told = pay(person, request_id)
    today = day_in_tehran(utc_now())
    days = {"since": str(today - timedelta(days=1)), "until": str(today)}
    clerk, elsewhere = officer(platform, "civil_registry"), officer(platform, "police")

    totals = clerk.get("/agency/v1/payments", params=days).json()
    table = clerk.get("/agency/v1/payments.csv", params=days)

    assert totals["paid_amount"] >= 1_200_000
    assert {row["service_code"] for row in totals["items"]} == {"CARD-002"}
    assert table.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(table.text)))
    [line] = [each for each in lines if each["payment_id"] == told["tries"][0]["payment_id"]]
    assert line["tracking_code"] == told["tries"][0]["tracking_code"]
    assert elsewhere.get("/agency/v1/payments", params=days).json()["items"] == []
    problem(person.get("/agency/v1/payments", params=days), 403, "not_allowed")
    for wrong in ({"since": "2026-01-02", "until": "2026-01-01"}, {"since": "x", "until": "y"}):
        problem(clerk.get("/agency/v1/payments", params=wrong), 422, "invalid_input")


def test_a_payment_of_another_is_not_there(platform: Platform, person: Person) -> None:
    request_id = ask(person, "CARD-002")
    stranger = Person(platform, somebody()).arrive()

    problem(
        stranger.post(f"/api/v1/requests/{request_id}/payment", key=str(uuid4())), 404, "not_found"
    )
    problem(stranger.get(f"/api/v1/requests/{request_id}/payment"), 404, "not_found")
    with browser() as http:
        assert http.get(f"{platform.url}/pay/{uuid4()}").status_code == 404
        assert http.get(f"{platform.url}/paid/no-number").status_code == 404
