"""Fees on a real database and with the sandbox's payment provider: paid once, never lost, given back where they should be."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.integration.requests.paying import (
    BEFORE_OUTPUT,
    FEE,
    START,
    Till,
    asking,
    officer,
    someone,
)

from panjareh_common.database import Database
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import NotAllowed, NotFound, RemoteRefusal
from panjareh_requests.application.paying import PayRequest
from panjareh_requests.domain.values import Outcome
from panjareh_sandbox.payments import Behaviour, Callback, Mode, State

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def till(make_database_url: Callable[[str], str]) -> Iterator[Till]:
    database = Database(make_database_url("requests"), size=8)
    database.open()
    yield Till(database)
    database.close()


def test_a_fee_is_paid_and_the_request_goes_on_by_itself(till: Till) -> None:
    request_id = till.submit()
    assert (till.status(request_id), till.look(request_id)["may"]) == (
        "awaiting_payment",
        ["pay", "withdraw", "write"],
    )
    assert till.payment(request_id) | {"tries": []} == {
        "request_id": request_id,
        "state": "owed",
        "text": "The fee is to be paid. Begin the payment when you are ready.",
        "amount": FEE,
        "currency": "IRR",
        "until": START + 3 * DAY,
        "tries": [],
    }

    payment_id = till.pay(request_id)

    assert till.status(request_id) == "under_review"
    [order] = till.bank.all(till.now)
    assert (order.state, order.charges, order.settlements) == (State.SETTLED, 1, 1)
    told = till.payment(request_id)
    assert told["state"] == "paid"
    assert [(each["payment_id"], each["tracking_code"]) for each in told["tries"]] == [
        (payment_id, order.tracking_code)
    ]
    assert till.events(request_id) == [
        "Submitted",
        "PaymentAsked",
        "PaymentMade",
        "SentToOfficers",
    ]
    assert till.waits() == []


def test_who_is_exempt_pays_nothing(till: Till) -> None:
    request_id = till.submit(poor=True)
    till.pass_time()

    assert till.status(request_id) == "under_review"
    assert till.payment(request_id)["state"] == "waived"
    assert till.events(request_id)[:2] == ["Submitted", "FeeWaived"]
    with pytest.raises(RemoteRefusal) as said:
        till.begin(request_id)
    assert said.value.code == "nothing_to_pay"


def test_a_document_waits_for_its_fee(till: Till) -> None:
    request_id = till.submit(BEFORE_OUTPUT)
    till.pass_time()
    till.decide(request_id, Outcome.GRANTED)
    seen = till.look(request_id)
    assert (seen["status"], seen["outcome"], seen["output"]) == (
        "awaiting_payment",
        "granted",
        None,
    )
    assert seen["promised_by"] is None or seen["promised_by"] > START  # nobody's time runs

    till.pay(request_id)

    seen = till.look(request_id)
    assert (seen["status"], seen["output"]["kind"]) == ("decided", "card")
    till.pass_time(10 * DAY)
    assert till.status(request_id) == "closed"
    assert till.bank.all(till.now)[0].state is State.SETTLED


def test_a_refusal_asks_for_no_fee_of_a_document(till: Till) -> None:
    request_id = till.submit(BEFORE_OUTPUT)
    till.pass_time()

    till.decide(request_id, Outcome.REFUSED)

    assert till.status(request_id) == "decided"
    assert "PaymentAsked" not in till.events(request_id)


@pytest.mark.parametrize(("do", "because"), [("cancel", "cancelled"), ("decline", "declined")])
def test_a_try_that_came_to_nothing_may_be_made_again(till: Till, do: str, because: str) -> None:
    request_id = till.submit()
    first = till.begin(request_id)
    till.at_the_bank(first, do)
    till.come_by(first, returned=True)
    till.pass_time()
    assert till.payment(request_id)["tries"][0]["because"] == because

    second = till.pay(request_id)

    assert first != second
    assert till.status(request_id) == "under_review"
    assert till.events(request_id).count("PaymentMade") == 1


def test_an_order_that_nobody_pays_ends_at_the_bank_and_here(till: Till) -> None:
    request_id = till.submit()
    payment_id = till.begin(request_id)

    for _ in range(8):
        till.pass_time(5 * MINUTE)

    assert till.come_by(payment_id)["state"] == "failed"
    assert till.payment(request_id)["tries"][0]["because"] == "expired"
    assert till.payment(request_id)["state"] == "owed"


def test_a_browser_that_never_comes_back_loses_nothing(till: Till) -> None:
    till.bank.behaviour = Behaviour(callback=Callback.LOST)
    request_id = till.submit()
    payment_id = till.begin(request_id)
    assert till.at_the_bank(payment_id) == ""

    for _ in range(3):
        till.pass_time(5 * MINUTE)

    assert till.status(request_id) == "under_review"


def test_coming_back_twice_and_asking_twice_is_paying_once(till: Till) -> None:
    request_id = till.submit()
    first, again = till.begin(request_id), till.begin(request_id)
    assert first == again
    till.at_the_bank(first)
    till.at_the_bank(first)  # pressed again
    for _ in range(2):
        till.come_by(first, returned=True)
        till.pass_time()

    [order] = till.bank.all(till.now)
    assert (order.charges, order.settlements) == (1, 1)
    assert till.events(request_id).count("PaymentMade") == 1
    with pytest.raises(RemoteRefusal):
        till.begin(request_id)


def test_two_who_begin_at_once_begin_the_same_payment(till: Till) -> None:
    request_id = till.submit()

    def begin(_: int) -> str:
        answer = till.payments.pay(PayRequest(request_id), asking(till.person))
        return str(answer["payment_id"])

    with ThreadPoolExecutor(8) as pool:
        begun = set(pool.map(begin, range(16)))
    till.pass_time()

    assert len(begun) == 1
    assert len(till.bank.all(till.now)) == 1


def test_a_wrong_amount_is_not_taken(till: Till) -> None:
    till.bank.behaviour = Behaviour(wrong_amount=True)
    request_id = till.submit()

    till.pay(request_id)

    assert till.status(request_id) == "awaiting_payment"
    assert till.payment(request_id)["tries"][0]["because"] == "wrong_amount"
    till.now += timedelta(minutes=31)
    assert [order.state for order in till.bank.all(till.now)] == [State.REVERSED]


@pytest.mark.parametrize("mode", [Mode.FAILING])
def test_a_bank_that_does_not_answer_is_asked_again(till: Till, mode: Mode) -> None:
    till.bank.behaviour = Behaviour(mode)
    request_id = till.submit()
    payment_id = till.begin(request_id)
    assert till.come_by(payment_id)["state"] == "opening"

    till.bank.behaviour = Behaviour()
    till.pass_time(timedelta(seconds=5))
    till.at_the_bank(payment_id)
    till.bank.behaviour = Behaviour(mode)
    till.pass_time(timedelta(seconds=5))
    assert till.status(request_id) == "awaiting_payment"
    till.bank.behaviour = Behaviour()
    till.pass_time(5 * MINUTE)

    assert till.status(request_id) == "under_review"


def test_a_fee_that_is_not_paid_in_time_ends_the_request(till: Till) -> None:
    request_id = till.submit()

    till.pass_time(3 * DAY - timedelta(seconds=1))
    assert till.status(request_id) == "awaiting_payment"
    till.pass_time(timedelta(seconds=1))

    assert till.status(request_id) == "withdrawn"
    assert till.payment(request_id)["state"] == "lapsed"
    with pytest.raises(RemoteRefusal) as said:
        till.begin(request_id)
    assert (said.value.code, till.waits()) == ("nothing_to_pay", [])


def test_a_granted_request_without_its_fee_ends_without_a_document(till: Till) -> None:
    request_id = till.submit(BEFORE_OUTPUT)
    till.pass_time()
    till.decide(request_id, Outcome.GRANTED)

    till.pass_time(4 * DAY)

    seen = till.look(request_id)
    assert (seen["status"], seen["outcome"], seen["output"]) == ("closed", "granted", None)


def test_who_pays_in_the_last_minute_has_paid_in_time(till: Till) -> None:
    """The end waits until the bank has said how every try ended."""
    till.bank.behaviour = Behaviour(callback=Callback.LOST)
    request_id = till.submit()
    till.pass_time(3 * DAY - MINUTE)
    payment_id = till.begin(request_id)
    till.at_the_bank(payment_id)
    till.bank.behaviour = Behaviour(Mode.FAILING, callback=Callback.LOST)

    till.pass_time(2 * MINUTE)
    assert till.status(request_id) == "awaiting_payment"
    till.bank.behaviour = Behaviour()
    for _ in range(2):
        till.pass_time(5 * MINUTE)

    assert till.status(request_id) == "under_review"


def test_what_was_paid_for_a_withdrawn_request_goes_back(till: Till) -> None:
    request_id = till.submit()
    payment_id = till.pay(request_id)

    till.withdraw(request_id)
    assert till.payment(request_id)["state"] == "refund_asked"
    till.pass_time()

    [order] = till.bank.all(till.now)
    assert (order.state, order.refunds) == (State.REFUNDED, 1)
    told = till.payment(request_id)
    assert told["state"] == "refunded"
    assert told["tries"][0]["refund"] == {
        "amount": FEE,
        "because": "withdrawn",
        "tracking_code": order.refund_tracking_code,
        "refunded_at": till.now,
    }
    assert told["tries"][0]["payment_id"] == payment_id


def test_what_is_paid_after_the_withdrawal_goes_back_whatever_the_card_says(till: Till) -> None:
    request_id = till.submit()
    payment_id = till.begin(request_id)
    till.withdraw(request_id)
    till.at_the_bank(payment_id)
    till.come_by(payment_id, returned=True)
    till.pass_time()
    till.pass_time()

    assert till.status(request_id) == "withdrawn"
    assert till.bank.all(till.now)[0].state is State.REFUNDED
    assert till.events(request_id)[-3:] == ["PaymentMade", "RefundAsked", "PaymentRefunded"]
    assert till.payment(request_id)["tries"][0]["refund"]["because"] == "too_late"


def test_a_fee_goes_back_once_a_refusal_is_final(till: Till) -> None:
    request_id = till.submit()
    till.pay(request_id)
    till.decide(request_id, Outcome.REFUSED)
    till.pass_time()
    assert till.bank.all(till.now)[0].state is State.SETTLED

    till.pass_time(10 * DAY)
    till.pass_time()

    assert till.status(request_id) == "closed"
    assert till.bank.all(till.now)[0].state is State.REFUNDED


def test_nobody_else_pays_or_looks_and_officers_do_on_record(till: Till) -> None:
    request_id = till.submit()
    stranger, elsewhere = someone(), officer("welfare")
    with pytest.raises(NotFound):
        till.payments.pay(PayRequest(request_id), asking(stranger))
    for caller in (stranger, elsewhere):
        with pytest.raises(NotFound):
            till.payment_story.get(
                request_id, caller=caller, cause=caller.cause("web"), language="en"
            )
    with pytest.raises(NotFound):
        till.come_by(uuid4())

    till.payment_story.get(
        request_id, caller=till.officer, cause=till.officer.cause("web"), language="en"
    )
    looks = till.database.fetch("SELECT reader, about FROM person_data_read")
    assert looks == [(str(till.officer.person), request_id)]


def test_an_authority_sees_its_account_by_day_and_line_by_line(till: Till) -> None:
    paid = till.submit()
    till.pay(paid)
    till.pass_time(DAY)
    back = till.submit()
    till.pay(back)
    till.withdraw(back)
    till.pass_time()
    wanted: dict[str, Any] = {
        "since": date(2026, 6, 6),
        "until": date(2026, 6, 7),
        "service_code": None,
    }
    asked: dict[str, Any] = {"caller": till.officer, "cause": till.officer.cause("web")}

    totals = till.accounts.totals(**wanted, **asked)
    text = till.accounts.part(**wanted, **asked, after=None)

    days = [
        (row["day"], row["paid"], row["paid_amount"], row["refunded"], row["refunded_amount"])
        for row in totals["items"]
    ]
    assert days == [("2026-06-06", 1, FEE, 0, 0), ("2026-06-07", 1, FEE, 1, FEE)]
    assert (totals["paid_amount"], totals["refunded_amount"]) == (2 * FEE, FEE)
    lines = list(csv.DictReader(io.StringIO(text["text"])))
    assert [(line["kind"], line["amount"]) for line in lines] == [
        ("paid", str(FEE)),
        ("paid", str(FEE)),
        ("refunded", str(FEE)),
    ]
    codes = {order.tracking_code for order in till.bank.all(till.now)}
    assert {line["tracking_code"] for line in lines if line["kind"] == "paid"} == codes
    elsewhere = officer("welfare")
    nothing = till.accounts.totals(**wanted, caller=elsewhere, cause=elsewhere.cause("web"))
    assert nothing["items"] == []
    with pytest.raises(NotAllowed):
        till.accounts.totals(**wanted, caller=till.person, cause=till.person.cause("web"))


class Died(BaseException):
    """As kill -9: nothing of what was in hand is tidied up."""


class Lives:
    """Counts the lines between which a process can die, and dies at one of them."""

    def __init__(self, at: int) -> None:
        self.left = at

    def step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Died


class MortalProvider:
    def __init__(self, provider: Any, lives: Lives) -> None:
        self._provider, self._lives = provider, lives

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._provider, name)

        def call(*arguments: Any) -> Any:
            self._lives.step()
            answer = asked(*arguments)
            self._lives.step()
            return answer

        return call


class MortalLog:
    def __init__(self, log: EventLog, lives: Lives) -> None:
        self._log, self._lives = log, lives

    def unit_of_work(self, cause: Cause) -> AbstractContextManager[UnitOfWork]:
        return self._log.unit_of_work(cause)

    def run(self, cause: Cause, work: Callable[[UnitOfWork], Any]) -> Any:
        self._lives.step()

        def dying(unit: UnitOfWork) -> Any:
            answer = work(unit)
            self._lives.step()  # decided, and not stored
            return answer

        answer = self._log.run(cause, dying)
        self._lives.step()
        return answer


def test_a_process_that_dies_at_any_line_loses_no_money_and_takes_none_twice(till: Till) -> None:
    """Opening, settling and giving back, with a death between each two lines of it, one after another."""
    log = till.payments._log
    deaths, at = 0, 0
    while True:
        at += 1
        lives = Lives(at)
        till.payments._log = MortalLog(log, lives)  # type: ignore[assignment]
        till.payments._provider = MortalProvider(till.provider, lives)
        request_id, died = _paid_and_back(till)
        deaths += died
        orders = [
            each
            for each in till.bank.all(till.now)
            if each.order_id in {str(e["payment_id"]) for e in till.payment(request_id)["tries"]}
        ]
        assert [(o.state, o.charges, o.settlements, o.refunds) for o in orders] == [
            (State.REFUNDED, 1, 1, 1)
        ], at
        made = [
            name
            for name in till.events(request_id)
            if name in ("PaymentMade", "RefundAsked", "PaymentRefunded")
        ]
        assert made == ["PaymentMade", "RefundAsked", "PaymentRefunded"], at
        if not died:
            break
    assert deaths >= 12
    assert till.waits() == []


def _paid_and_back(till: Till) -> tuple[UUID, int]:
    """A request that is paid and withdrawn; and how often the clock process died meanwhile."""
    died = 0

    def clock() -> None:
        nonlocal died
        for _ in range(3):
            try:
                till.run_due()
            except Died:
                died += 1
            till.now += 2 * MINUTE  # its hold ends, and another process takes over

    request_id = till.submit()
    payment_id = UUID(till.payments.pay(PayRequest(request_id), asking(till.person))["payment_id"])
    clock()
    order = next(each for each in till.bank.all(till.now) if each.order_id == str(payment_id))
    till.pages.post(f"/pages/{order.token}", data={"do": "pay"})
    for _ in range(3):
        clock()
    assert till.status(request_id) == "under_review"
    till.withdraw(request_id)
    clock()
    return request_id, died
