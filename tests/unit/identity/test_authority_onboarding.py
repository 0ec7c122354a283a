"""An authority comes on board by two administrators; and the administration itself begins once."""

from datetime import timedelta
from uuid import uuid4

import pytest

from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.domain.administration import ADMINISTRATION_ID, Administration
from panjareh_identity.domain.authority_onboarding import (
    AuthorityOnboarding,
    OnBoard,
    onboarding_id,
)
from panjareh_identity.domain.office import LAPSES_AFTER, PLATFORM
from panjareh_identity.domain.staff_refusals import (
    AuthorityAsked,
    ChangeLapsed,
    FourEyesNeeded,
    NotWaiting,
    ReasonNeeded,
)

SARA, REZA = uuid4(), uuid4()
NAME = {"fa": "سازمان بهزیستی", "en": "Welfare Organisation"}
REASON = "Letter 1405/112 of the ministry."
LATE = AT + LAPSES_AFTER + timedelta(seconds=1)

asked = (
    AuthorityOnboarding.Asked,
    {"code": "welfare", "name": NAME, "because": REASON, "asked_by": SARA},
)
confirmed = (
    AuthorityOnboarding.Confirmed,
    {"code": "welfare", "name": NAME, "confirmed_by": REZA},
)
refused = (
    AuthorityOnboarding.Refused,
    {"code": "welfare", "because": REASON, "refused_by": REZA},
)
asked_again = (AuthorityOnboarding.AskedAgain, asked[1] | {"asked_by": REZA})


def test_it_is_asked_for_by_one():
    onboarding = AuthorityOnboarding.ask("welfare", NAME, REASON, SARA, AT)

    assert onboarding.id == onboarding_id("welfare") != onboarding_id("police")
    assert onboarding.status is OnBoard.ASKED
    assert then(onboarding) == [asked]


def test_and_confirmed_by_another():
    onboarding = given(AuthorityOnboarding, asked)

    onboarding.confirm(REZA, AT)

    assert onboarding.status is OnBoard.CONFIRMED
    assert then(onboarding) == [confirmed]


def test_who_asked_does_not_confirm():
    onboarding = given(AuthorityOnboarding, asked)

    with pytest.raises(FourEyesNeeded):
        onboarding.confirm(SARA, AT)

    assert then(onboarding) == []


def test_who_asked_again_does_not_confirm_either():
    onboarding = given(AuthorityOnboarding, asked, refused, asked_again)

    with pytest.raises(FourEyesNeeded):
        onboarding.confirm(REZA, AT)

    onboarding.confirm(SARA, AT)
    assert onboarding.status is OnBoard.CONFIRMED


@pytest.mark.parametrize("history", [[asked], [asked, confirmed]], ids=["waits", "on board"])
def test_it_is_asked_for_once(history):
    onboarding = given(AuthorityOnboarding, *history)

    with pytest.raises(AuthorityAsked):
        onboarding.ask_again(NAME, REASON, REZA, AT)

    assert then(onboarding) == []


def test_one_that_was_refused_may_be_asked_for_again():
    onboarding = given(AuthorityOnboarding, asked, refused)

    onboarding.ask_again(NAME, REASON, REZA, AT)

    assert onboarding.status is OnBoard.ASKED
    assert then(onboarding) == [asked_again]


def test_one_that_waited_too_long_has_to_be_asked_for_again():
    onboarding = given(AuthorityOnboarding, asked)

    with pytest.raises(ChangeLapsed):
        onboarding.confirm(REZA, LATE)
    onboarding.ask_again(NAME, REASON, SARA, LATE)
    onboarding.confirm(REZA, LATE + LAPSES_AFTER)

    assert onboarding.status is OnBoard.CONFIRMED


@pytest.mark.parametrize("over", [confirmed, refused], ids=["confirmed", "refused"])
def test_what_is_over_stays_so(over):
    onboarding = given(AuthorityOnboarding, asked, over)

    with pytest.raises(NotWaiting):
        onboarding.confirm(uuid4(), AT)
    with pytest.raises(NotWaiting):
        onboarding.refuse(uuid4(), REASON, AT)


def test_the_platform_is_no_authority_to_bring_on_board():
    with pytest.raises(AuthorityAsked):
        AuthorityOnboarding.ask(PLATFORM, NAME, REASON, SARA, AT)


def test_no_step_without_a_reason():
    with pytest.raises(ReasonNeeded):
        AuthorityOnboarding.ask("welfare", NAME, "because", SARA, AT)
    with pytest.raises(ReasonNeeded):
        given(AuthorityOnboarding, asked).refuse(REZA, "", AT)
    with pytest.raises(ReasonNeeded):
        given(AuthorityOnboarding, asked, refused).ask_again(NAME, "no", SARA, AT)


def test_the_administration_is_one_stream_whoever_begins_it():
    one, other = Administration.begin(SARA, AT), Administration.begin(REZA, AT)

    assert one.id == other.id == ADMINISTRATION_ID
    assert one.person_id is None
    assert then(one) == [(Administration.Begun, {"administrator": SARA})]
