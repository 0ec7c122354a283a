"""Who may look at a request, whose look is on record, and who finds nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller, CallerKind
from panjareh_requests.domain.escalation import STAGES
from panjareh_requests.read_model.permitting import permit

APPLICANT, REQUEST = uuid4(), uuid4()
DUTIES = {"officer": 1, "supervisor": 2, "head": 3, "ombudsman": 4}


class Looks:
    def __init__(self) -> None:
        self.recorded: list[tuple[UUID, UUID]] = []

    def record(self, unit: Any, requests: list[tuple[UUID, UUID]], **told: Any) -> None:
        self.recorded += requests


def staff(authority: str, *roles: str) -> Caller:
    return Caller(CallerKind.OFFICER, uuid4(), AssuranceLevel(3), authority=authority, roles=roles)


def looks(caller: Caller, **about: Any) -> bool:
    """Whether the caller may look; what they see of somebody else is on record."""
    kept: Any = Looks()
    told = {"applicant_id": APPLICANT, "service_code": "SUB-001", "authority": "welfare"} | about
    unit: Any = None
    try:
        permit(unit, kept, caller, REQUEST, told)
    except NotFound:
        assert kept.recorded == []
        return False
    own = caller.subject == APPLICANT and caller.actor is None
    assert kept.recorded == ([] if own else [(APPLICANT, REQUEST)])
    return True


def test_the_applicant_looks_and_a_stranger_finds_nothing() -> None:
    assert looks(Caller(CallerKind.PERSON, APPLICANT, AssuranceLevel(1)))
    assert not looks(Caller(CallerKind.PERSON, uuid4(), AssuranceLevel(4)), stage=4)


@pytest.mark.parametrize("reached", range(len(STAGES) + 1))
@pytest.mark.parametrize("role", DUTIES)
def test_those_before_whom_it_was_put_may_look_and_those_above_not_yet(
    role: str, reached: int
) -> None:
    authority = "panjareh" if role == "ombudsman" else "welfare"
    may = role == "officer" or reached >= DUTIES[role]

    assert looks(staff(authority, role), stage=reached) is may
    # As a fold of the events tells it.
    assert looks(staff(authority, role), escalations=[("", None)] * reached) is may


@pytest.mark.parametrize("role", DUTIES)
def test_a_duty_elsewhere_is_none_here(role: str) -> None:
    assert not looks(staff("trade", role), stage=4)


def test_where_no_stage_is_told_only_officers_look() -> None:
    assert looks(staff("welfare", "officer"))
    assert not looks(staff("welfare", "head"))
    assert not looks(staff("panjareh", "ombudsman"))


def test_other_roles_have_no_duty() -> None:
    assert not looks(staff("welfare", "publisher", "auditor"), stage=4)
    assert not looks(staff("panjareh", "administrator"), stage=4)
