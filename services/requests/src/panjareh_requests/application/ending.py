"""How requests end: withdrawn, or final when no appeal is left."""

from __future__ import annotations

from collections.abc import Callable

from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_requests.application.commands import WithdrawRequest
from panjareh_requests.application.handling import Asked, Handling, by_itself
from panjareh_requests.application.ports import Terms
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import RequestStatus

KIND_FINAL = "end_appeal_time"


def conclude(unit: UnitOfWork, request: ServiceRequest) -> None:
    """After every decision, in its commit: waits until it is final, or closes at once what is."""
    if request.status is RequestStatus.AWAITING_PAYMENT:  # concluded once its fee is paid
        return
    if request.final_at is None:
        request.close(unit.now)
    else:
        unit.wait_until(request.final_at, KIND_FINAL, request.id, str(request.instance))


class Endings:
    """One method a command, and one a wait."""

    def __init__(self, log: EventLog, handling: Handling, terms: Terms) -> None:
        self._log = log
        self._handling = handling
        self._terms = terms

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {KIND_FINAL: self.end_appeal_time}

    def withdraw(self, command: WithdrawRequest, asked: Asked) -> Answer:
        """By any of those whose request it is. Raises NotFound, AssuranceTooLow, AlreadyOver, AppealOfAnother.

        Waits that are left find nothing to do: they look before they ask anybody.
        """

        def work(unit: UnitOfWork) -> Answer:
            request, party = self._handling.of_party(unit, command.request_id, asked.caller)
            code, version = request.service_code, request.service_version
            asked.caller.need(terms_of(unit, code, version, self._terms).required_assurance)
            request.withdraw(command.reason, unit.now, party=party)
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "withdraw", command.fingerprint(), work)

    def end_appeal_time(self, due: Due) -> None:
        """Closes a decided request against which nobody appealed in time."""

        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, due.subject)
            same = due.detail == str(request.instance)  # and there was no later decision
            if same and not request.end_appeal_time(unit.now):
                return  # this machine's clock went back: the wait comes due again when its hold ends
            self._handling.changed(unit, request)
            unit.done(KIND_FINAL, due.subject, due.detail)

        self._log.run(by_itself(due), work)
