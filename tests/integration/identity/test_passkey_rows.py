"""Passkeys on a real database: what is kept, and that every lie of an authenticator or a browser is refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from panjareh_identity.application.commands import StepUp, StepUpMethod
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.authenticator_refusals import PasskeyRefused, PasskeyTaken
from tests.integration.identity.authenticator import PRESENT, VERIFIED, SoftPasskey
from tests.integration.identity.providing import OPERATOR, Ground
from tests.integration.identity.test_authenticator_rows import Owner, at_once


@pytest.fixture
def owner(ground: Ground) -> Owner:
    return Owner(ground, ground.human()).two_factors()


@pytest.fixture
def passkey(owner: Owner) -> SoftPasskey:
    """One that the owner has added."""
    made = SoftPasskey()
    add(owner, made)
    return made


def add(owner: Owner, passkey: SoftPasskey, **client: Any) -> None:
    options = owner.authenticating.begin_passkey(**owner.own)["passkey"]
    answer = passkey.create(options, **client)
    owner.authenticating.finish_passkey(answer, "my phone", **owner.own)


def challenge(owner: Owner) -> dict[str, Any]:
    options: dict[str, Any] = owner.signing_in.passkey_challenge()["passkey"]
    return options


def sign_in(owner: Owner, passkey: SoftPasskey, **client: Any) -> dict[str, Any]:
    passkey.count += 1
    answer = passkey.get(challenge(owner), **client)
    return owner.signing_in.sign_in_with_passkey(answer, cause=OPERATOR)


def test_a_passkey_signs_in_again_and_again(owner: Owner, passkey: SoftPasskey) -> None:
    for _ in range(3):
        answer = sign_in(owner, passkey)
        assert answer["session"].person_id == owner.human.id
        assert answer["session"].authenticator is Authenticator.PASSKEY


def test_a_passkey_that_counts_nothing_is_as_good(owner: Owner) -> None:
    """Those that are kept in several devices at once have no counter (WebAuthn, section 6.1.1)."""
    synced = SoftPasskey(count=0)
    add(owner, synced)

    for _ in range(2):
        answer = synced.get(challenge(owner))
        assert owner.signing_in.sign_in_with_passkey(answer, cause=OPERATOR)["token_type"]


LIES: dict[str, dict[str, Any]] = {
    "its holder was not verified": {"flags": PRESENT},
    "nobody was there": {"flags": VERIFIED},
    "of another site": {"rp_id": "window.test.evil.example"},
    "from another origin": {"origin": "https://evil.example"},
    "from the same host without TLS": {"origin": "http://window.test"},
    "from another port": {"origin": "https://window.test:8443"},
    "with another key": {"key": ec.generate_private_key(ec.SECP256R1())},
    "of nobody": {"id": b"a key that nobody has added"},
    "in the name of somebody else": {"handle": uuid4().bytes},
    "counting backwards": {"count": -1},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_an_authenticator_that_lies_signs_nobody_in(
    owner: Owner, passkey: SoftPasskey, lie: dict[str, Any]
) -> None:
    sign_in(owner, passkey)
    for name, value in lie.items():
        setattr(passkey, name, value)

    with pytest.raises(PasskeyRefused):
        sign_in(owner, passkey)


@pytest.mark.parametrize(
    "client",
    [
        {"type": "webauthn.create"},
        {"type": "payment.get"},
        {"challenge": "AAAA"},
        {"crossOrigin": True},
    ],
    ids=str,
)
def test_a_browser_that_says_something_else_signs_nobody_in(
    owner: Owner, passkey: SoftPasskey, client: dict[str, Any]
) -> None:
    with pytest.raises(PasskeyRefused):
        sign_in(owner, passkey, **client)


@pytest.mark.parametrize(
    "lie",
    [
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"rp_id": "evil.example"},
        {"origin": "https://evil.example"},
    ],
    ids=str,
)
def test_a_passkey_that_lies_is_not_added(owner: Owner, lie: dict[str, Any]) -> None:
    with pytest.raises(PasskeyRefused):
        add(owner, SoftPasskey(**lie))

    assert owner.authenticating.list(**owner.own)["items"] == []


def test_a_passkey_of_mine_is_not_added_by_somebody_else(
    ground: Ground, owner: Owner, passkey: SoftPasskey
) -> None:
    thief = Owner(ground, ground.human()).two_factors()

    with pytest.raises(PasskeyTaken):
        add(thief, passkey)


def test_a_challenge_that_somebody_else_was_given_adds_nothing(
    ground: Ground, owner: Owner
) -> None:
    other = Owner(ground, ground.human()).two_factors()
    options = other.authenticating.begin_passkey(**other.own)["passkey"]

    with pytest.raises(PasskeyRefused):
        owner.authenticating.finish_passkey(SoftPasskey().create(options), "", **owner.own)


def test_one_answer_at_many_doors_at_once_is_good_once(owner: Owner, passkey: SoftPasskey) -> None:
    passkey.count += 1
    answer = passkey.get(challenge(owner))

    told = at_once(
        12, lambda _: owner.signing_in.sign_in_with_passkey(answer, cause=OPERATOR)["token_type"]
    )

    assert sorted(told, key=str).count("Bearer") == 1
    assert {each for each in told if each != "Bearer"} == {PasskeyRefused}


def test_a_session_is_raised_by_its_own_person_only(
    ground: Ground, owner: Owner, passkey: SoftPasskey
) -> None:
    other = Owner(ground, ground.human()).two_factors()
    passkey.count += 1
    proof = StepUp(StepUpMethod.PASSKEY, passkey=passkey.get(challenge(other)))

    with pytest.raises(PasskeyRefused):
        other.signing_in.step_up(proof, **other.own)


def test_the_key_is_sealed_and_goes_with_its_owner(owner: Owner, passkey: SoftPasskey) -> None:
    numbers = passkey.key.public_key().public_numbers()
    url = owner.ground.wiring.foundation.database_url
    with psycopg.connect(url) as connection:
        (box,) = connection.execute(
            "SELECT public_key FROM passkey WHERE person_id = %s", (owner.human.id,)
        ).fetchone() or (b"",)
    assert numbers.x.to_bytes(32) not in bytes(box)

    owner.ground.wiring.people.erase(owner.human.id, cause=OPERATOR)

    with pytest.raises(PasskeyRefused):
        sign_in(owner, passkey)
