"""Death as the registry reports it, closing the account, and everything that is held."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.identity.lives_fakes import LivesOf

from panjareh_common.refusals import (
    InvalidInput,
    NotAllowed,
    NotFound,
    NotSignedIn,
    ScopeMissing,
    SignInTooOld,
    Unavailable,
)
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.lives.deaths import ReportDeath, WithdrawDeath
from panjareh_identity.application.ports import Office
from panjareh_identity.domain.persons_refusals import DeathReported, HoldsOffice, RequestsOpen

REPORT = ReportDeath("9900000013", "2026-03-01")
WITHDRAW = WithdrawDeath("9900000013", "The number of another person was meant.")


@pytest.fixture
def lives(identity):
    return LivesOf(identity)


@pytest.fixture
def officer(lives):
    return lives.officer()


@pytest.fixture
def leila(identity, lives):
    return replace(identity.signed_in(), auth_time=lives.log.now)


def asked(caller):
    return {"caller": caller, "cause": caller.cause("web")}


def report(lives, caller, command=REPORT):
    lives.deaths.report(command, **asked(caller), language="en")


def test_a_reported_death_ends_sessions_and_mandates_in_one_commit(lives, officer, leila):
    report(lives, officer)

    assert lives.log.kinds()[-2:] == ["Person.Died", "Session.Ended"]
    assert lives.ended == [(leila.person, "death")]
    with pytest.raises(NotSignedIn):
        lives.channels.choose_language("en", **asked(leila))


def test_nobody_signs_in_any_more_and_only_who_has_the_password_hears_why(
    lives, identity, officer, leila
):
    report(lives, officer)

    with pytest.raises(DeathReported):
        identity.sign_in()


def test_reporting_it_again_changes_nothing(lives, officer, leila):
    report(lives, officer)
    before = lives.log.kinds()

    report(lives, officer)

    assert lives.log.kinds() == before
    assert len(lives.ended) == 1


def test_a_report_that_was_wrong_is_taken_back(lives, identity, officer, leila):
    report(lives, officer)

    lives.deaths.withdraw(WITHDRAW, **asked(officer), language="en")

    assert identity.sign_in()
    assert "Person.DeathWithdrawn" in lives.log.kinds()


def test_the_registry_does_not_learn_who_has_an_account(lives, officer, leila):
    before = lives.log.kinds()

    report(lives, officer, ReportDeath("9900000048", "2026-03-01"))

    assert lives.log.kinds() == before


@pytest.mark.parametrize(
    ("command", "pointer"),
    [
        (ReportDeath("12", "2026-03-01"), "/national_id"),
        (ReportDeath("9900000013", "2099-01-01"), "/died_on"),
        (ReportDeath("9900000013", "yesterday"), "/died_on"),
    ],
)
def test_what_cannot_be_meant_is_named(lives, officer, leila, command, pointer):
    with pytest.raises(InvalidInput) as refusal:
        report(lives, officer, command)

    assert [error["pointer"] for error in refusal.value.errors] == [pointer]


def test_nobody_else_reports_deaths(lives, identity, leila):
    police = lives.officer("police", "9900000031")

    for caller in (police, leila):
        with pytest.raises(NotAllowed):
            report(lives, caller)
        with pytest.raises(NotAllowed):
            lives.deaths.withdraw(WITHDRAW, **asked(caller), language="en")


def system(authority, *scopes):
    return Caller(
        kind=CallerKind.AGENCY,
        subject=None,
        assurance=1,
        authority=authority,
        client="a-client",
        scopes=scopes,
    )


def test_the_registrys_own_system_reports_with_the_scope_for_it(lives, leila):
    with pytest.raises(ScopeMissing):
        report(lives, system("civil_registry"))
    with pytest.raises(NotAllowed):
        report(lives, system("police", "deaths"))

    report(lives, system("civil_registry", "deaths"))

    assert lives.person(leila.person).died


def test_an_officers_token_in_another_clients_hands_reports_nothing(lives, officer, leila):
    with pytest.raises(ScopeMissing):
        report(lives, replace(officer, client="a-shop", scopes=("services",)))

    report(lives, replace(officer, client="the-window", scopes=("services", "account")))

    assert lives.person(leila.person).died


# Closing


def test_a_closed_account_is_forgotten(lives, identity, leila):
    lives.closing.close(**asked(leila))

    assert identity.erasures.erased == [leila.person]
    assert lives.log.kinds()[-2:] == ["Person.Erased", "Session.Ended"]
    assert identity.credentials.rows == {}
    assert lives.log.causes[-2].actor == str(leila.person)
    with pytest.raises(NotFound):
        lives.my_data.download(**asked(_still(lives, leila)))


def _still(lives, leila):
    """A session that somehow lives on."""
    identity = lives.identity
    officer = lives.officer()
    identity.sessions.rows[leila.session] = replace(
        identity.sessions.rows[officer.session], sid=leila.session, person_id=leila.person
    )
    return leila


def test_while_requests_are_open_it_is_not_closed_and_they_are_named(lives, identity, leila):
    lives.requests.open = ["123456789010", "987654321098"]

    with pytest.raises(RequestsOpen) as refusal:
        lives.closing.close(**asked(leila))

    assert refusal.value.details == {"requests": "123456789010, 987654321098"}
    assert identity.erasures.erased == []


def test_while_nobody_can_say_what_is_open_nothing_is_closed(lives, identity, leila):
    lives.requests.of = _away

    with pytest.raises(Unavailable):
        lives.closing.close(**asked(leila))

    assert identity.erasures.erased == []


def _away(person_id):
    raise Unavailable()


def test_whoever_holds_an_office_leaves_it_first(lives, identity, leila):
    identity.officers.rows[leila.person] = Office("police", ("officer",))

    with pytest.raises(HoldsOffice):
        lives.closing.close(**asked(leila))

    assert identity.erasures.erased == []


def test_a_session_left_open_on_a_desk_is_not_enough(lives, identity, leila):
    lives.log.now += timedelta(minutes=10, seconds=1)

    with pytest.raises(SignInTooOld):
        lives.closing.close(**asked(leila))
    with pytest.raises(SignInTooOld):
        lives.closing.close(**asked(replace(leila, auth_time=None)))

    assert identity.erasures.erased == []


def test_only_who_is_signed_in_sees_what_is_held(lives, identity, leila):
    held = lives.my_data.download(**asked(leila))

    assert held["person_id"] == str(leila.person)
    assert held["sections"] == {"account": {"person_id": str(leila.person)}}
    with pytest.raises(NotSignedIn):
        lives.my_data.download(**asked(identity.caller(leila.person, "another")))
