"""Who asks: each kind of token makes one kind of caller, who may do what that kind may and no more."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from tests.unit.common.minting import (
    AGENCY,
    CHILD_ID,
    CLERK,
    MANDATE,
    NOW,
    OFFICER,
    PERSON,
    PERSON_ID,
    REPRESENTATIVE,
    SIGN_FOR_PEOPLE,
    SYSTEM,
    THROUGH_A_CLIENT,
    a_verifier,
    access_token,
    assertion,
)

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import (
    AssuranceTooLow,
    MandateTooNarrow,
    NotAllowed,
    ScopeMissing,
    SignInTooOld,
)
from panjareh_common.security import Caller, CallerKind

AT = datetime.fromtimestamp(NOW, UTC)
HOUR = timedelta(hours=1)


def caller(claims) -> Caller:
    return a_verifier().caller(access_token(claims))


@pytest.mark.parametrize("signer", SIGN_FOR_PEOPLE, ids=lambda signer: signer.algorithm)
@pytest.mark.parametrize(
    ("claims", "kind"),
    [
        (PERSON, CallerKind.PERSON),
        (THROUGH_A_CLIENT, CallerKind.PERSON),
        (OFFICER, CallerKind.OFFICER),
        (CLERK, CallerKind.OFFICER),
        (REPRESENTATIVE, CallerKind.REPRESENTATIVE),
        (SYSTEM, CallerKind.AGENCY),
    ],
)
def test_each_kind_of_token_is_one_kind_of_caller(claims, kind, signer):
    assert a_verifier().caller(access_token(claims, signer)).kind is kind


def test_a_representative_acts_in_another_name_and_both_are_told():
    acts = caller(REPRESENTATIVE)

    assert (acts.person, acts.doer, acts.represented) == (CHILD_ID, PERSON_ID, CHILD_ID)
    assert (acts.actor, acts.mandate) == (PERSON_ID, MANDATE)
    assert acts.assurance is AssuranceLevel.LOW
    cause = acts.cause("web")
    assert (cause.actor, cause.role) == (str(PERSON_ID), "representative")
    assert cause.represented == str(CHILD_ID)
    assert cause.to_metadata()["represented"] == str(CHILD_ID)


def test_a_clerk_asks_for_whom_they_help_and_stays_themself():
    clerk = caller(CLERK)

    assert (clerk.person, clerk.doer, clerk.beneficiary) == (PERSON_ID, PERSON_ID, CHILD_ID)
    assert clerk.office("officer") == "police"
    cause = clerk.cause("counter")
    assert (cause.actor, cause.represented) == (str(PERSON_ID), str(CHILD_ID))


def test_who_acts_for_themself_represents_nobody():
    person = caller(PERSON)

    assert (person.doer, person.beneficiary) == (PERSON_ID, PERSON_ID)
    assert (person.represented, person.actor, person.mandate) == (None, None, None)
    assert "represented" not in person.cause("web").to_metadata()


def test_an_authoritys_system_is_nobody_but_itself():
    system = caller(SYSTEM)

    assert (system.client, system.authority) == (AGENCY, "welfare")
    assert system.scopes == ("answer", "publish")
    assert (system.subject, system.roles, system.auth_time) == (None, (), None)
    for forbidden in (
        lambda: system.person,
        lambda: system.doer,
        lambda: system.office("officer"),
        lambda: system.need(AssuranceLevel.LOW),
    ):
        with pytest.raises((NotAllowed, AssuranceTooLow)):
            forbidden()
    cause = system.cause("api")
    assert (cause.actor, cause.role) == (AGENCY, "agency")


def test_a_client_does_what_it_was_given_and_a_person_at_our_own_door_everything():
    for asked in (caller(THROUGH_A_CLIENT), caller(SYSTEM | {"scope": "requests"})):
        asked.need_scope("requests")
        with pytest.raises(ScopeMissing) as refused:
            asked.need_scope("my_data")
        assert refused.value.details == {"scope": "my_data"}
    caller(PERSON).need_scope("my_data")


def test_an_authority_is_asked_for_by_its_officer_or_by_its_own_system():
    assert caller(OFFICER).office_or_system("officer", "answer") == "police"
    assert caller(SYSTEM).office_or_system("officer", "answer") == "welfare"
    with pytest.raises(NotAllowed):
        caller(OFFICER).office_or_system("publisher", "answer")
    with pytest.raises(NotAllowed):
        caller(PERSON).office_or_system("officer", "answer")
    with pytest.raises(ScopeMissing):
        caller(SYSTEM).office_or_system("officer", "decide")


@pytest.mark.parametrize(
    ("scope", "inside", "outside"),
    [
        (["INET-001", "DRV-002"], ["INET-001", "DRV-002"], ["DRV-00", "INET-0011", "*", ""]),
        (["*"], ["INET-001", "SUB-003"], []),
    ],
)
def test_a_mandate_reaches_as_far_as_it_says(scope, inside, outside):
    acts = caller(REPRESENTATIVE | {"mandate_scope": scope})

    for service in inside:
        acts.may_act_for(service)
        assert acts.covers(service)
    for service in outside:
        with pytest.raises(MandateTooNarrow):
            acts.may_act_for(service)
        assert not acts.covers(service)


@pytest.mark.parametrize("claims", [PERSON, OFFICER, CLERK, SYSTEM])
def test_who_acts_under_no_mandate_is_bound_by_none(claims):
    caller(claims).may_act_for("ANY-999")


LEVELS = list(AssuranceLevel)


@pytest.mark.parametrize(("held", "required"), list(itertools.product(LEVELS, LEVELS)))
def test_at_least_the_level_is_enough_and_never_less(held, required):
    known = caller(PERSON | {"acr": held.acr})

    if held >= required:
        known.need(required)
        return
    with pytest.raises(AssuranceTooLow) as refused:
        known.need(required)
    assert refused.value.details == {"required": int(required), "held": int(held)}


@pytest.mark.parametrize(("seconds", "enough"), [(0, True), (3600, True), (3601, False)])
def test_a_sign_in_grows_old(seconds, enough):
    known = caller(PERSON | {"auth_time": NOW - seconds})

    if enough:
        known.need(AssuranceLevel.LOW, max_age=HOUR, now=AT)
        return
    with pytest.raises(SignInTooOld) as refused:
        known.need(AssuranceLevel.LOW, max_age=HOUR, now=AT)
    assert refused.value.details == {"required": 2, "max_age": 3600}


def test_a_level_that_is_too_low_is_told_first_and_the_age_with_it():
    with pytest.raises(AssuranceTooLow) as refused:
        caller(PERSON).need(AssuranceLevel.HIGH, max_age=HOUR, now=AT + 5 * HOUR)

    assert refused.value.details == {"required": 4, "held": 2, "max_age": 3600}


def test_who_signed_in_at_no_time_that_is_known_did_so_too_long_ago():
    service = a_verifier().caller(assertion())

    with pytest.raises(SignInTooOld):
        service.need(AssuranceLevel.SELF_ASSERTED, max_age=HOUR, now=AT)


def test_an_age_is_not_measured_from_nowhere():
    with pytest.raises(ValueError, match="moment"):
        caller(PERSON).need(AssuranceLevel.LOW, max_age=HOUR)


def test_a_service_is_named_in_what_it_causes():
    cause = a_verifier().caller(assertion()).cause("platform")

    assert (cause.actor, cause.role, cause.represented) == ("requests", "service", None)


def test_a_token_of_an_unknown_person_is_still_somebodys():
    stranger = uuid4()

    assert caller(PERSON | {"sub": str(stranger)}).person == UUID(str(stranger))
