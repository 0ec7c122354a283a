"""What an officers' list leaves open, and what the exchange is told of an organisation."""

from uuid import uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store import Cause
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller, CallerKind
from panjareh_identity.application.commands import AppointOfficer
from panjareh_identity.domain.organisation import Organisation

OPERATOR = Cause(actor="identity", role="service", channel="platform", cause="test")


def an_assertion(subject=None) -> Caller:
    return Caller(
        CallerKind.SERVICE,
        subject,
        AssuranceLevel.SELF_ASSERTED,
        service="inquiry",
        purpose="service_request",
    )


def test_an_officer_whom_an_authority_appoints_takes_note_later(identity):
    identity.people.appoint(
        AppointOfficer(identity.leila(), "police", ("officer",)), cause=OPERATOR
    )

    assert identity.noted == []


@pytest.mark.parametrize("named", [True, False])
def test_the_exchange_is_told_an_organisations_public_number(identity, named):
    company = Organisation.register(
        company_id="10380284790",
        name="نمونه",
        confirmed_by="companies_registry",
        at=identity.log.now,
    )
    with identity.log.unit_of_work(OPERATOR) as unit:
        unit.save(company)

    caller = an_assertion(company.id if named else None)
    subject = identity.people.subject_of(
        company.id, (), caller=caller, cause=caller.cause("platform")
    )

    assert subject == {"company_id": "10380284790"}
    assert identity.looks.recorded == []


def test_it_is_not_told_for_another_than_the_assertion_names(identity):
    company = Organisation.register(
        company_id="10380284790",
        name="نمونه",
        confirmed_by="companies_registry",
        at=identity.log.now,
    )
    with identity.log.unit_of_work(OPERATOR) as unit:
        unit.save(company)
    caller = an_assertion(uuid4())

    with pytest.raises(NotFound):
        identity.people.subject_of(company.id, (), caller=caller, cause=caller.cause("platform"))
    with pytest.raises(NotFound):
        identity.people.national_id_of(
            company.id, caller=an_assertion(), cause=caller.cause("platform")
        )
