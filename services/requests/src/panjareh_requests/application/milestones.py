"""Steps that an authority reports of a request, by an officer's hand or from its own system (R1)."""

from __future__ import annotations

from uuid import UUID

from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_requests.application.handling import Handling
from panjareh_requests.application.ports import Terms
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.service_request import ServiceRequest

SCOPE = "report_steps"


class StepReports:
    def __init__(self, log: EventLog, handling: Handling, terms: Terms) -> None:
        self._log = log
        self._handling = handling
        self._terms = terms

    def report(self, request_id: UUID, step: str, *, caller: Caller, cause: Cause) -> Answer:
        """The same step again changes nothing, so no key is owed.

        Raises NotFound for another authority's request, StepUnknown and NotOnItsWay; NotAllowed, ScopeMissing.
        """
        authority = caller.office_or_system("officer", SCOPE)

        def work(unit: UnitOfWork) -> Answer:
            request = unit.load(ServiceRequest, request_id)
            if request.authority != authority or request.case is not None:
                raise NotFound()
            terms = terms_of(unit, request.service_code, request.service_version, self._terms)
            request.reach(step, terms, unit=None, at=unit.now)
            return self._handling.changed(unit, request)

        return self._log.run(cause, work)
