"""How people sign in, over the public API: short passwords, apps, smart cards, and being tried by a guesser."""

from __future__ import annotations

import base64
import re
import time
from typing import Any

import httpx
import pyotp
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from panjareh_cli.local.platform import Platform
from tests.people import PASSWORD, Person, somebody, until


@pytest.fixture
def person(platform: Platform) -> Person:
    """Somebody whom the civil registry has confirmed, signed in with two factors."""
    return Person(platform, somebody()).arrive()


@pytest.fixture
def newcomer(platform: Platform) -> Person:
    person = Person(platform, somebody())
    person.sign_up()
    return person


class Card:
    """A smart national card in the hand of its holder, made by the sandbox's authority."""

    def __init__(self, platform: Platform, national_id: str) -> None:
        self._sandbox = f"{platform.sandbox_url}/smart-cards"
        made = httpx.post(self._sandbox, json={"national_id": national_id}, trust_env=False)
        self._kept = made.json()

    def answer(self, person: Person) -> dict[str, Any]:
        """What the card has signed just now."""
        asked = person.post("/api/v1/sessions/smart-card-challenge")
        assert asked.status_code == 200, asked.text
        challenge = asked.json()["challenge"]
        key = load_pem_private_key(self._kept["private_key"].encode(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        raw = base64.urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
        signature = key.sign(b"panjareh sign-in\0" + raw, ec.ECDSA(hashes.SHA256()))
        return {
            "challenge": challenge,
            "certificate": self._kept["certificate"],
            "signature": base64.urlsafe_b64encode(signature).decode().rstrip("="),
        }

    def revoke(self) -> None:
        url = f"{self._sandbox}/{self._kept['number']}/revocation"
        httpx.put(url, trust_env=False).raise_for_status()


def sign_in_with_card(person: Person, card: Card) -> httpx.Response:
    return person.post("/api/v1/sessions/smart-card", {"smart_card": card.answer(person)})


def test_a_smart_card_is_bound_signs_in_and_is_revoked(platform: Platform, person: Person) -> None:
    card = Card(platform, person.about.national_id)
    unbound = sign_in_with_card(person, card)
    assert (unbound.status_code, unbound.json()["code"]) == (401, "smart_card_refused")
    bound = person.post("/api/v1/authenticators/smart-cards", {"smart_card": card.answer(person)})
    assert bound.status_code == 201, bound.text

    signed_in = sign_in_with_card(person, card)

    assert signed_in.status_code == 201, signed_in.text
    assert signed_in.json()["loa"] == 3, "the civil registry is what was proved"
    card.revoke()
    # The list is read anew within a minute.
    until(
        lambda: sign_in_with_card(person, card).status_code,
        lambda status: status == 401,
        seconds=75,
    )


def test_the_card_of_somebody_else_is_not_bound(platform: Platform, person: Person) -> None:
    card = Card(platform, somebody().national_id)

    refused = person.post("/api/v1/authenticators/smart-cards", {"smart_card": card.answer(person)})

    assert (refused.status_code, refused.json()["code"]) == (409, "smart_card_of_another")


def test_an_app_is_added_used_and_removed(person: Person) -> None:
    seed = person.post("/api/v1/authenticators/totp").json()
    app = pyotp.TOTP(seed["secret"])
    added = person.post(
        "/api/v1/authenticators/totp/confirmation", {"code": app.now(), "label": "تلفن من"}
    )
    assert added.status_code == 201, added.text
    person.sign_in()

    raised = person.post(
        "/api/v1/sessions/step-up", {"method": "totp", "code": app.at(time.time() + 30)}
    )

    assert raised.status_code == 200, raised.text
    assert raised.json()["loa"] == 2
    person.token = raised.json()["access_token"]
    (held,) = person.get("/api/v1/authenticators").json()["items"]
    assert (held["kind"], held["label"]) == ("totp", "تلفن من")
    gone = person.delete(f"/api/v1/authenticators/{held['authenticator_id']}")
    assert gone.status_code == 204
    assert person.get("/api/v1/authenticators").json()["items"] == []


def test_a_code_by_e_mail_is_a_second_factor(person: Person) -> None:
    email = f"{person.about.national_id}@example.org"
    asked = person.post("/api/v1/my-account/email", {"email": email})
    assert asked.status_code == 202, asked.text
    confirmed = person.post(
        "/api/v1/my-account/email/confirmation", {"code": _mailed(person, email)}
    )
    assert confirmed.status_code in (200, 204), confirmed.text
    person.sign_in()

    sent = person.post("/api/v1/sessions/step-up", {"method": "one_time_code", "channel": "email"})
    assert sent.status_code == 202, sent.text
    step = {"method": "one_time_code", "code": _mailed(person, email)}
    raised = person.post("/api/v1/sessions/step-up", step)

    assert raised.json()["loa"] == 2, raised.text
    assert email not in sent.text, "where it went is told in a way that only the owner understands"


def test_a_short_password_signs_in_only_with_a_code(platform: Platform) -> None:
    about = somebody()
    person = Person(platform, about)
    signed_up = person.post(
        "/api/v1/persons",
        {
            "national_id": about.national_id,
            "mobile": about.mobile,
            "password": "zq vortex",
            "given_name": about.given_name,
            "family_name": about.family_name,
            "birth_date": str(about.birth_date),
            "privacy_statement": 1,
        },
    )
    assert signed_up.status_code == 202, signed_up.text

    asked = person.post(
        "/api/v1/sessions", {"national_id": about.national_id, "password": "zq vortex"}
    )

    assert asked.status_code == 202
    assert "access_token" not in asked.json()
    done = person.post(
        "/api/v1/sessions/second-factor",
        {"ticket": asked.json()["ticket"], "method": "one_time_code", "code": person.last_code()},
    )
    assert done.status_code == 201, done.text


@pytest.mark.parametrize("password", ["password123", "mohammad1370", "ضصثقفغعهخح", "short"])
def test_a_password_that_guessers_try_first_is_refused_with_its_reason(
    platform: Platform, password: str
) -> None:
    about = somebody()

    refused = Person(platform, about, "fa").post(
        "/api/v1/persons",
        {
            "national_id": about.national_id,
            "mobile": about.mobile,
            "password": password,
            "given_name": about.given_name,
            "family_name": about.family_name,
            "birth_date": str(about.birth_date),
            "privacy_statement": 1,
        },
    )

    assert refused.status_code == 422
    (point,) = refused.json()["errors"]
    assert point["pointer"] == "/password"
    assert re.search("[\u0600-\u06ff]", point["detail"])


def test_a_new_password_takes_the_place_of_the_old(person: Person) -> None:
    new = "three crows on a white wall"

    changed = person.post("/api/v1/password", {"password": PASSWORD, "new_password": new})

    assert changed.status_code == 204, changed.text
    credentials = {"national_id": person.about.national_id, "password": PASSWORD}
    assert person.post("/api/v1/sessions", credentials).status_code == 401
    assert person.post("/api/v1/sessions", credentials | {"password": new}).status_code == 201


def test_who_was_tried_too_often_gets_in_with_a_code_from_their_phone(newcomer: Person) -> None:
    credentials = {"national_id": newcomer.about.national_id, "password": PASSWORD}
    wrong = credentials | {"password": "wrong horse battery"}
    told = [newcomer.post("/api/v1/sessions", wrong).status_code for _ in range(5)]
    assert told == [401] * 5
    assert newcomer.post("/api/v1/sessions", credentials).status_code == 429, "from this address"

    asked = newcomer.post(
        "/api/v1/sessions/unlock-codes", {"national_id": newcomer.about.national_id}
    )

    assert asked.status_code == 204
    code = until(lambda: _unlock_code(newcomer), lambda found: found is not None)
    known = newcomer.post(
        "/api/v1/sessions/known-devices",
        {"national_id": newcomer.about.national_id, "unlock_code": code},
    )
    assert known.status_code == 201, known.text
    signed_in = newcomer.post("/api/v1/sessions", credentials | known.json())
    assert signed_in.status_code == 201, signed_in.text


def test_nobody_learns_who_has_an_account_by_asking_for_unlock_codes(
    platform: Platform, newcomer: Person
) -> None:
    stranger = Person(platform, somebody())

    told = [
        person.post("/api/v1/sessions/unlock-codes", {"national_id": person.about.national_id})
        for person in (stranger, newcomer)
    ]

    assert {(answer.status_code, answer.text) for answer in told} == {(204, "")}
    until(lambda: _unlock_code(newcomer), lambda found: found is not None)
    assert _unlock_code(stranger) is None, "and they were asked before"


def test_a_stranger_learns_from_no_sign_up_who_has_an_account(platform: Platform) -> None:
    owner = Person(platform, somebody(), "fa")
    owner.sign_up()
    owner.sign_in()
    until(owner.messages, lambda told: any("حسابی با این شماره باز شد" in text for text in told))
    stranger, unknown = Person(platform, somebody()), somebody()

    answers = [
        stranger.post("/api/v1/persons", _sign_up(number, stranger.about, password))
        for number, password in (
            (owner.about.national_id, "a stranger's long password"),
            (unknown.national_id, "a stranger's long password"),
            (owner.about.national_id, PASSWORD),
        )
    ]

    assert {(answer.status_code, answer.text) for answer in answers} == {(202, answers[0].text)}, (
        "and no header but when, and which request it was"
    )
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    told = until(owner.messages, lambda told: len(told) == 2)
    assert "کسی با شناسهٔ شما ثبت‌نام کرد" in told[0]
    assert f"{platform.issuer_url}/recovery " in told[0]
    assert owner.sign_in() == 1, "nothing was changed"
    # What goes to the phone that the stranger has typed says only what the stranger knows.
    assert ["an account was opened" in text for text in until(stranger.messages, bool)] == [True]


def _sign_up(national_id: str, about: Any, password: str) -> dict[str, Any]:
    return {
        "national_id": national_id,
        "mobile": about.mobile,
        "password": password,
        "given_name": about.given_name,
        "family_name": about.family_name,
        "birth_date": str(about.birth_date),
        "privacy_statement": 1,
    }


def _mailed(person: Person, email: str) -> str:
    """The newest code in the person's letterbox."""
    found = person._sandbox.get("/emails", params={"to": email}).json()["items"]
    code = re.search(r"\d{6}", found[0]["text"])
    assert code, found[0]
    return code.group()


def _unlock_code(person: Person) -> str | None:
    found = person._sandbox.get("/sms", params={"to": person.about.mobile}).json()["items"]
    codes = [re.search(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", message["text"]) for message in found]
    return next((code.group() for code in codes if code), None)
