"""Paying as people do: in a browser, at the sandbox's payment provider, and back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import httpx

from tests.people import Person, until


def browser() -> httpx.Client:
    return httpx.Client(trust_env=False, timeout=30, follow_redirects=False)


def begin(person: Person, request_id: str) -> dict[str, Any]:
    """A try of paying. Gives `pay_at` and the rest."""
    answer = person.post(f"/api/v1/requests/{request_id}/payment", key=str(uuid4()))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def to_the_bank(http: httpx.Client, pay_at: str) -> str:
    """The address of the provider's page, where our own page leads on to it."""
    shown = until(lambda: http.get(pay_at), lambda answer: answer.status_code == 303)
    return str(shown.headers["location"])


def pay(person: Person, request_id: str) -> dict[str, Any]:
    """Pays the fee; gives what the person is then told of it."""
    begun = begin(person, request_id)
    with browser() as http:
        page_url = to_the_bank(http, begun["pay_at"])
        back = http.post(page_url, data={"do": "pay"})
        assert back.status_code == 303, back.text
        assert http.get(back.headers["location"]).status_code == 200
    return paid(person, request_id)


def paid(person: Person, request_id: str, state: str = "paid") -> dict[str, Any]:
    told: dict[str, Any] = until(
        lambda: person.get(f"/api/v1/requests/{request_id}/payment").json(),
        lambda payment: payment["state"] == state,
    )
    return told
