"""Having a decision looked at again: by appeal, or because the authority reopens it."""

from __future__ import annotations

from panjareh_common.event_store import UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_requests.application.commands import AppealRequest, ReopenRequest
from panjareh_requests.application.ending import KIND_FINAL
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.ports import Terms
from panjareh_requests.application.requests import terms_of


class Appeals:
    """One method a command."""

    def __init__(self, handling: Handling, terms: Terms) -> None:
        self._handling = handling
        self._terms = terms

    def appeal(self, command: AppealRequest, asked: Asked) -> Answer:
        """Raises NotFound, AssuranceTooLow, NotDecidedYet, NothingToAppeal, AppealUsed, AppealTooLate, GroundsMissing."""

        def work(unit: UnitOfWork) -> Answer:
            request, party = self._handling.of_party(unit, command.request_id, asked.caller)
            code, version = request.service_code, request.service_version
            asked.caller.need(terms_of(unit, code, version, self._terms).required_assurance)
            request.appeal(command.grounds, unit.now, party=party)
            unit.done(KIND_FINAL, request.id, str(request.instance))
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "appeal", command.fingerprint(), work)

    def reopen(self, command: ReopenRequest, asked: Asked) -> Answer:
        """Raises NotFound, NothingToReopen, OwnRequest, ReasonMissing."""

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            request.reopen(command.reason, officer_id=asked.caller.person, at=unit.now)
            unit.done(KIND_FINAL, request.id, str(request.instance))
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "reopen", command.fingerprint(), work)
