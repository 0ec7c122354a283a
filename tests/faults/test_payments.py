"""Kills while people pay and get their money back: nothing paid is lost, and nothing is taken or given twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
import yaml

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo import services_dir
from tests.filling import filled
from tests.paying import browser
from tests.people import Person, persona, until

pytestmark = pytest.mark.faults

CODE = "CARD-002"
FORM = yaml.safe_load((services_dir() / f"{CODE}.yaml").read_text(encoding="utf-8"))["form"]
REQUESTS, SECONDS = 8, 150
KILLED = ("requests.clock", "sandbox", "requests.clock", "requests.rpc")


def answered(person: Person, method: str, path: str, key: str | None = None) -> Any:
    """An answer, however often it has to be asked for."""

    def ask() -> httpx.Response | None:
        try:
            return person.request(method, path, key=key, json={} if method == "POST" else None)
        except httpx.TransportError:
            return None

    said = until(ask, lambda answer: answer is not None and answer.status_code < 400, SECONDS)
    return said.json()


def at_the_bank(pay_at: str) -> None:
    """A person who presses until the bank's page has taken it, and whose browser is then lost."""
    with browser() as http:
        while True:
            try:
                shown = until(
                    lambda: http.get(pay_at), lambda answer: answer.status_code == 303, SECONDS
                )
                if http.post(shown.headers["location"], data={"do": "pay"}).status_code < 400:
                    return
            except httpx.TransportError:
                continue


@contextmanager
def kills(platform: Platform) -> Iterator[None]:
    """One process after another is killed, each as soon as the one before is back."""
    over = threading.Event()

    def work() -> None:
        turn = 0
        while not over.wait(0.7):
            name = KILLED[turn % len(KILLED)]
            platform.kill(name)
            platform.wait_ready(name, 60)
            turn += 1

    killer = threading.Thread(target=work)
    killer.start()
    yield
    over.set()
    killer.join()


def test_kills_while_people_pay_and_withdraw(platform: Platform) -> None:
    person = Person(platform, persona("fits_every_scheme")).arrive()
    with httpx.Client(base_url=platform.sandbox_url, trust_env=False, timeout=30) as bank:
        # Slow, so that a kill meets a question that is under way.
        bank.put("/payments", json={"mode": "slow", "delay_seconds": 0.3})
    requests = [str(person.submit(CODE, filled(FORM))["request_id"]) for _ in range(REQUESTS)]
    paths = [f"/api/v1/requests/{request_id}" for request_id in requests]

    with kills(platform), ThreadPoolExecutor(REQUESTS) as people:
        begun = [answered(person, "POST", f"{path}/payment", str(uuid4())) for path in paths]
        list(people.map(at_the_bank, (each["pay_at"] for each in begun)))

    for path in paths:
        until(
            lambda path=path: answered(person, "GET", path)["status"],  # type: ignore[misc]
            lambda status: status == "under_review",
            SECONDS,
        )
    assert ledger(platform, begun) == [("settled", 1, 1, 0)] * REQUESTS

    with kills(platform):
        for path in paths:
            answered(person, "POST", f"{path}/withdrawal", str(uuid4()))

    for path in paths:
        until(
            lambda path=path: answered(person, "GET", f"{path}/payment")["state"],  # type: ignore[misc]
            lambda state: state == "refunded",
            SECONDS,
        )
    assert ledger(platform, begun) == [("refunded", 1, 1, 1)] * REQUESTS
    for request_id in requests:
        kinds = [step["kind"] for step in person.timeline(request_id)]
        made = [kind for kind in kinds if "Refund" in kind or kind == "PaymentMade"]
        assert made == ["PaymentMade", "RefundAsked", "PaymentRefunded"]


def ledger(platform: Platform, begun: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What the bank's own ledger says of these payments: state, charges, settlements, refunds."""
    with httpx.Client(base_url=platform.sandbox_url, trust_env=False, timeout=30) as bank:
        orders = bank.get("/payments/ledger").json()["items"]
    of = {each["order_id"]: each for each in orders}
    told = [of[each["payment_id"]] for each in begun]
    return [(each["state"], each["charges"], each["settlements"], each["refunds"]) for each in told]
