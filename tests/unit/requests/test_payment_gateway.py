"""The payment port at the sandbox's own door: what is signed is believed, what is not is nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.integration.requests.paying import BANK, SECRET, InProcess

from panjareh_common.refusals import Unavailable
from panjareh_requests.adapters.payment_gateway import PaymentGateway
from panjareh_requests.application.paying import OrderState
from panjareh_requests.domain.payment import FailedBecause
from panjareh_sandbox.payments import Bank, Behaviour, Mode, State
from panjareh_sandbox.payments_http import payment_app

NOW = datetime(2026, 6, 6, 6, 30, tzinfo=UTC)
BACK = "http://window.test/paid/1"


class Provider:
    def __init__(self) -> None:
        self.now, self.bank = NOW, Bank(None)
        self.door = InProcess(payment_app(self.bank, SECRET, BANK, lambda: self.now))
        self.gateway = PaymentGateway(BANK, SECRET, transport=self.door)

    def open(self, amount: int = 1000) -> tuple[UUID, str]:
        payment_id = uuid4()
        order = self.gateway.open(payment_id, amount, "IRR", BACK)
        return payment_id, order.page_url.rpartition("/")[2]


@pytest.fixture
def provider() -> Provider:
    return Provider()


def test_an_order_is_opened_once_and_its_page_is_the_same(provider: Provider) -> None:
    payment_id = uuid4()

    first, again = (provider.gateway.open(payment_id, 1000, "IRR", BACK) for _ in range(2))

    assert first == again
    assert first.page_url.startswith(f"{BANK}/pages/")
    assert first.expires_at == NOW + timedelta(minutes=20)
    assert provider.gateway.look(payment_id) == OrderState(paid=False, amount=1000)


def test_what_is_paid_is_settled_once_and_given_back_once(provider: Provider) -> None:
    payment_id, token = provider.open()
    assert provider.gateway.settle(payment_id, 1000) is None  # nothing is paid yet
    provider.bank.pay(token, NOW)
    provider.bank.pay(token, NOW)

    assert provider.gateway.look(payment_id) == OrderState(paid=True, amount=1000)
    codes = {provider.gateway.settle(payment_id, 1000) for _ in range(2)}
    back = {provider.gateway.refund(payment_id, 1000) for _ in range(2)}

    order = provider.bank.order(str(payment_id), NOW)
    assert (codes, back) == ({order.tracking_code}, {order.refund_tracking_code})
    assert (order.charges, order.settlements, order.refunds) == (1, 1, 1)
    assert provider.gateway.look(payment_id).paid
    assert provider.gateway.settle(payment_id, 1000) == order.tracking_code


@pytest.mark.parametrize(
    ("state", "because"),
    [(State.CANCELLED, FailedBecause.CANCELLED), (State.DECLINED, FailedBecause.DECLINED)],
)
def test_how_a_try_ended_is_told(provider: Provider, state: State, because: FailedBecause) -> None:
    payment_id, token = provider.open()
    provider.bank.end(token, state, NOW)

    assert provider.gateway.look(payment_id).because is because


def test_what_nobody_pays_ends_and_what_nobody_settles_goes_back(provider: Provider) -> None:
    unpaid, _ = provider.open()
    unsettled, token = provider.open()
    provider.bank.pay(token, NOW)
    provider.now += timedelta(minutes=30)

    assert provider.gateway.look(unpaid).because is FailedBecause.EXPIRED
    assert provider.gateway.settle(unsettled, 1000) is None
    assert provider.gateway.look(unsettled).because is FailedBecause.REVERSED
    assert provider.gateway.look(uuid4()).because is FailedBecause.UNKNOWN


def test_another_amount_under_the_same_number_is_refused(provider: Provider) -> None:
    payment_id, token = provider.open()
    with pytest.raises(Unavailable):
        provider.gateway.open(payment_id, 999, "IRR", BACK)
    provider.bank.pay(token, NOW)
    assert provider.gateway.settle(payment_id, 999) is None
    with pytest.raises(Unavailable):
        provider.gateway.refund(payment_id, 1000)  # not settled


def test_a_provider_that_fails_says_nothing(provider: Provider) -> None:
    payment_id, _ = provider.open()
    provider.bank.behaviour = Behaviour(Mode.FAILING)

    with pytest.raises(Unavailable):
        provider.gateway.look(payment_id)


def test_who_does_not_know_the_secret_is_told_nothing(provider: Provider) -> None:
    payment_id, _ = provider.open()
    stranger = PaymentGateway(BANK, "another", transport=provider.door)

    with pytest.raises(Unavailable):
        stranger.look(payment_id)
    bare = httpx.Client(base_url=BANK, transport=provider.door)
    assert bare.get(f"/orders/{payment_id}").status_code == 401


def test_what_was_sent_once_is_not_taken_again(provider: Provider) -> None:
    sent: list[httpx.Request] = []

    class Recorder(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            sent.append(request)
            return provider.door.handle_request(request)

    payment_id, _ = provider.open()
    PaymentGateway(BANK, SECRET, transport=Recorder()).look(payment_id)
    old = PaymentGateway(BANK, SECRET, transport=provider.door, now=lambda: 1_000_000_000)

    assert provider.door.handle_request(sent[0]).status_code == 401
    with pytest.raises(Unavailable):
        old.look(payment_id)


Change = Callable[[httpx.Response], httpx.Response]


def _with_body(change: Callable[[dict[str, Any]], Any]) -> Change:
    def changed(answer: httpx.Response) -> httpx.Response:
        told = json.loads(answer.content)
        return httpx.Response(
            answer.status_code,
            headers={"X-Signature": answer.headers["X-Signature"]},
            content=json.dumps(change(told)),
        )

    return changed


@pytest.mark.parametrize(
    "change",
    [
        _with_body(lambda told: told | {"state": "settled"}),
        lambda answer: httpx.Response(404, headers=answer.headers, content=answer.content),
        lambda answer: httpx.Response(200, content=answer.content),
        lambda answer: httpx.Response(200, headers={"X-Signature": "é"}, content=answer.content),
        lambda answer: httpx.Response(200, headers=answer.headers, content=b"x" * 100_000),
        lambda answer: httpx.Response(200, headers=answer.headers, content=b"["),
    ],
    ids=["body", "status", "unsigned", "odd", "long", "cut"],
)
def test_an_answer_that_somebody_changed_is_none(provider: Provider, change: Change) -> None:
    class Between(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return change(provider.door.handle_request(request))

    payment_id, _ = provider.open()

    with pytest.raises(Unavailable):
        PaymentGateway(BANK, SECRET, transport=Between()).look(payment_id)


@pytest.mark.parametrize(
    "told",
    [
        {"state": "paid"},
        {"state": "paid", "amount": "1000"},
        {"state": "paid", "amount": True},
        {"state": "stolen", "amount": 1000},
        [],
        None,
    ],
)
def test_what_does_not_fit_the_protocol_is_no_answer(told: Any) -> None:
    with pytest.raises(Unavailable):
        _answering(told).look(uuid4())


@pytest.mark.parametrize("code", ["", "=1+1", "A" * 41, None, "کد"])
def test_a_tracking_code_is_one_that_a_table_can_hold(code: Any) -> None:
    with pytest.raises(Unavailable):
        _answering({"tracking_code": code}).settle(uuid4(), 1000)


@pytest.mark.parametrize("page_url", ["javascript:alert(1)", "", None, "ftp://x/y"])
def test_people_are_led_to_web_pages_only(page_url: Any) -> None:
    told = {"page_url": page_url, "expires_at": "2026-06-06T06:50:00Z"}
    with pytest.raises(Unavailable):
        _answering(told).open(uuid4(), 1000, "IRR", BACK)


def _answering(told: Any) -> PaymentGateway:
    """A provider that knows the secret, and says anything."""

    class Says(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            body = json.dumps(told).encode()
            signature = gateway._signed(request.headers["X-Nonce"], "200", sha256(body).hexdigest())
            return httpx.Response(200, headers={"X-Signature": signature}, content=body)

    gateway = PaymentGateway(BANK, SECRET, transport=Says())
    return gateway
