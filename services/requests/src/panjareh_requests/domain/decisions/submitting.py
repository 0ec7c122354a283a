"""How a request begins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import AssuranceTooLow
from panjareh_requests.domain.clock import StatutoryClock, reckon
from panjareh_requests.domain.decisions.joining import must_be_for
from panjareh_requests.domain.joining import ApplicantKind
from panjareh_requests.domain.known_days import KnownDays
from panjareh_requests.domain.values import ServiceTerms

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


_COUNTRY = KnownDays()


class Submitting:
    """A person asks for a public service."""

    @classmethod
    def submit(
        cls: type[ServiceRequest],
        *,
        request_id: UUID,
        applicant_id: UUID,
        assurance: AssuranceLevel,
        terms: ServiceTerms,
        form: Mapping[str, Any],
        channel: str,
        reference: str,
        at: datetime,
        days: KnownDays = _COUNTRY,
        kind: ApplicantKind = ApplicantKind.PERSON,
    ) -> ServiceRequest:
        """Raises ForOrganisations, ForPersons, AssuranceTooLow (I2). The form was checked against the terms before.

        What is promised is what the days that are known by now give; later ones move the clock, and not that.
        """
        promised = reckon(
            StatutoryClock(at, terms.time_limit_days), days.calendar, days.spans(channel, at), at
        )
        must_be_for(terms.who, kind, terms.code)
        if assurance < terms.required_assurance:
            raise AssuranceTooLow(required=int(terms.required_assurance), held=int(assurance))
        return cls._create(
            cls.Submitted,
            id=request_id,
            timestamp=at,
            applicant_id=applicant_id,
            applicant_kind=str(kind),
            reference=reference,
            service_code=terms.code,
            service_version=terms.version,
            authority=terms.authority,
            assurance=int(assurance),
            decision_mode=str(terms.decision_mode),
            evidence_needed=terms.all_evidence,
            channel=channel,
            promised_by=promised.deadline,
            form=dict(form),
        )
