"""What every command about a stored request needs: it is found where it is the caller's, and saved with its row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.idempotency import Answer, answer_once
from panjareh_common.refusals import InvalidInput, NotFound
from panjareh_common.security import Caller
from panjareh_requests.application.ports import RequestView
from panjareh_requests.domain.service_request import ServiceRequest


@dataclass(frozen=True)
class Asked:
    """Who asks for something to be done, and how: the same for every command at a door."""

    caller: Caller
    cause: Cause
    key: str | None
    language: str


class Handling:
    """Used by the use cases of each part of a request's life."""

    def __init__(self, log: EventLog, view: RequestView) -> None:
        self._log = log
        self._view = view

    def once(
        self,
        asked: Asked,
        method: str,
        request: dict[str, Any],
        work: Callable[[UnitOfWork], Answer],
    ) -> Answer:
        """Does `work` once for the caller's key. `request` is what makes two orders the same.

        Raises InvalidInput without a key, KeyReused, and whatever `work` refuses.
        """
        return answer_once(
            self._log,
            asked.cause,
            caller=asked.caller.person,
            method=method,
            key=needed(asked.key),
            request=request,
            language=asked.language,
            work=work,
        )

    def of_applicant(self, unit: UnitOfWork, request_id: UUID, caller: Caller) -> ServiceRequest:
        """A request of the caller's own, or of whom they act for under a mandate for its service.

        Raises NotFound.
        """
        request = unit.load(ServiceRequest, request_id)
        mine = request.applicant_id is not None and request.applicant_id == caller.beneficiary
        if not mine or not caller.covers(request.service_code):
            raise NotFound()
        return request

    def of_party(
        self, unit: UnitOfWork, request_id: UUID, caller: Caller
    ) -> tuple[ServiceRequest, str | None]:
        """A request that the caller, or whom they act for, is part of, and as which party; None: the first applicant.

        Raises NotFound.
        """
        request = unit.load(ServiceRequest, request_id)
        if caller.beneficiary not in request.person_ids or not caller.covers(request.service_code):
            raise NotFound()
        return request, request.role_of(caller.beneficiary)

    def of_office(self, unit: UnitOfWork, request_id: UUID, caller: Caller) -> ServiceRequest:
        """A request to the authority whose officer the caller is. Raises NotAllowed, NotFound."""
        authority = caller.office("officer")
        request = unit.load(ServiceRequest, request_id)
        if request.authority != authority:
            raise NotFound()
        return request

    def changed(self, unit: UnitOfWork, request: ServiceRequest) -> Answer:
        """Saves what happened with the request's row, and tells where it stands now."""
        if unit.save(request):
            self._view.write(unit, request)
        return {
            "request_id": str(request.id),
            "reference": request.reference,
            "status": str(request.status),
            "outcome": str(request.outcome) if request.outcome else None,
        }


SELF = Cause(actor="requests", role="service", channel="platform")


def by_itself(due: Due) -> Cause:
    """The platform acts here, by itself, in the trace of whoever began it, and in whose name they did."""
    began = due.cause
    return replace(
        SELF, cause=due.kind, traceparent=began.traceparent, represented=began.represented
    )


def needed(key: str | None) -> str:
    """Raises InvalidInput where a command that is done once came without its key."""
    if not key:
        detail = "Send an Idempotency-Key header, so that a repeat is not done twice."
        raise InvalidInput([{"pointer": "", "detail": detail}])
    return key
