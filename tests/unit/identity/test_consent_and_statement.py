"""Consent with its purpose and its end, and the privacy statement with its versions (I6)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from panjareh_common.refusals import NotFound
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.domain.consent import LONGEST, Consent, ConsentTooLong
from panjareh_identity.domain.organisation import Organisation
from panjareh_identity.domain.privacy_statement import (
    PrivacyNote,
    PrivacyStatement,
    Statement,
    StatementChanged,
    StatementOutOfOrder,
)

LEILA, STRANGER = uuid4(), uuid4()
YEAR = AT + timedelta(days=365)
given_consent = (
    Consent.Given,
    {
        "giver_id": LEILA,
        "purpose": "child_allowance",
        "data": ["income_decile"],
        "receiver": "welfare",
        "until": YEAR,
        "assurance": 2,
    },
)


def give(until=YEAR, data=("income_decile",)):
    return Consent.give(
        consent_id=uuid4(),
        giver_id=LEILA,
        purpose="child_allowance",
        data=data,
        receiver="welfare",
        until=until,
        assurance=2,
        at=AT,
    )


def test_a_consent_says_what_for_what_of_it_to_whom_and_how_long():
    consent = give(data=["mobile_line", "income_decile", "mobile_line"])

    ((kind, fields),) = then(consent)
    assert kind is Consent.Given
    assert fields == given_consent[1] | {"data": ["income_decile", "mobile_line"]}


@pytest.mark.parametrize("until", [AT, AT - timedelta(days=1), AT + LONGEST + timedelta(seconds=1)])
def test_a_consent_has_an_end_that_is_not_far(until):
    with pytest.raises(ConsentTooLong):
        give(until)


def test_a_consent_is_withdrawn_by_its_giver_alone_and_once():
    consent = given(Consent, given_consent)

    with pytest.raises(NotFound):
        consent.withdraw(STRANGER, AT)
    assert consent.withdraw(LEILA, AT)
    assert not consent.withdraw(LEILA, AT)
    assert then(consent) == [(Consent.Withdrawn, {})]


def statement(version=1, text="What is kept", changes=""):
    return Statement(
        version=version,
        title={"fa": "بیانیه", "en": "Statement"},
        text={"fa": "متن", "en": text},
        changes={"en": changes} if changes else {},
    )


def test_versions_follow_each_other():
    published = PrivacyStatement.publish(statement(), AT)

    assert published.revise(statement(2, "More is kept", "A point"), AT)
    assert published.current == 2
    for wrong in (4, 17):
        with pytest.raises(StatementOutOfOrder):
            published.revise(statement(wrong, "x"), AT)
    with pytest.raises(StatementOutOfOrder):
        PrivacyStatement.publish(statement(2), AT)


def test_a_published_version_says_the_same_for_ever():
    published = PrivacyStatement.publish(statement(), AT)

    assert not published.revise(statement(), AT)
    with pytest.raises(StatementChanged):
        published.revise(statement(text="Something else is kept"), AT)


def test_a_person_takes_note_of_each_version_once():
    note = PrivacyNote.accept(LEILA, 1, AT)

    assert not note.accept_again(1, AT)
    assert note.accept_again(3, AT)
    assert not note.accept_again(2, AT)
    assert [fields["number"] for _, fields in then(note)] == [1, 3]


def test_a_company_bears_the_newest_name_that_its_register_shows():
    company = Organisation.register(
        company_id="10380284790", name="نمونه", confirmed_by="companies_registry", at=AT
    )

    company.rename("نمونه", "companies_registry", AT)
    company.rename("نمونهٔ نو", "companies_registry", AT)

    assert [kind for kind, _ in then(company)] == [Organisation.Registered, Organisation.Renamed]
    assert company.name == "نمونهٔ نو"
