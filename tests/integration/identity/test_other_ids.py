"""Whoever has no national id signs in on the same page, in the same field (I4)."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest

from panjareh_identity.adapters.credentials import PostgresCredentials
from panjareh_identity.adapters.passwords import Argon2Passwords
from panjareh_identity.application.ports import Credential
from panjareh_identity.domain.identifiers import PersonDetails, read_identifier
from panjareh_identity.domain.person import Person
from tests.integration.identity.providing import (
    ISSUER,
    OPERATOR,
    PASSWORD,
    Ground,
    Human,
    signed_in_browser,
)


def somebody(ground: Ground, typed: str) -> Human:
    foundation, person_id = ground.wiring.foundation, uuid4()
    identifier = read_identifier(typed)
    details = PersonDetails(
        identifier=identifier,
        mobile="+4915112345678",
        given_name="احمد",
        family_name="نوری",
        birth_date=date(1990, 1, 1),
        language="en",
    )
    credential = Credential(person_id, Argon2Passwords().hash(PASSWORD))
    with foundation.log.unit_of_work(OPERATOR) as unit:
        PostgresCredentials(foundation.database, foundation.keyring).add(
            unit, identifier.text, credential
        )
        unit.save(Person.register(person_id=person_id, details=details, at=unit.now))
    return Human(person_id, typed)


@pytest.mark.parametrize(
    ("registered", "typed"),
    [
        ("123456789013", "۱۲۳ ۴۵۶ ۷۸۹ ۰۱۳"),
        ("IR/A12345678", "ir a12345678"),
    ],
)
def test_an_id_of_another_kind_is_typed_into_the_one_field(
    ground: Ground, registered: str, typed: str
) -> None:
    human = somebody(ground, registered)

    browser = signed_in_browser(ground, Human(human.id, typed))

    assert browser.open(f"{ISSUER}/devices").url.path == "/id/devices"


def test_a_passport_of_another_country_is_another_person(ground: Ground) -> None:
    somebody(ground, "IR/B7654321")
    browser = ground.browser()
    browser.open(f"{ISSUER}/sign-in")

    assert browser.sign_in(Human(uuid4(), "DE/B7654321")).status_code == 401
