"""What is done with issued documents: authorities revoke them, holders send them to other authorities (R4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from panjareh_common.clock import to_wire
from panjareh_common.event_store import UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.reference import plain
from panjareh_requests.application.handling import Asked, Handling
from panjareh_requests.application.ports import Authorities, Documents, Terms
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.issued_document import RevocationGround
from panjareh_requests.domain.refusals_outputs import UnknownReceiver


@dataclass(frozen=True)
class RevokeOutput:
    number: str
    because: RevocationGround
    reason: str

    def fingerprint(self) -> dict[str, Any]:
        return {"number": self.number, "because": str(self.because), "reason": self.reason}


@dataclass(frozen=True)
class SendOutput:
    number: str
    receiver: str

    def fingerprint(self) -> dict[str, Any]:
        return {"number": self.number, "receiver": self.receiver}


class Outputs:
    """One method a command."""

    def __init__(
        self, handling: Handling, documents: Documents, terms: Terms, authorities: Authorities
    ) -> None:
        self._handling = handling
        self._documents = documents
        self._terms = terms
        self._authorities = authorities

    def revoke(self, command: RevokeOutput, asked: Asked) -> Answer:
        """Raises NotFound for another authority's document, DocumentRevoked, RevocationReasonMissing."""
        number = plain(command.number)

        def work(unit: UnitOfWork) -> Answer:
            request_id = self._documents.request_of(unit, number)
            request = self._handling.of_office(unit, request_id, asked.caller)
            request.revoke_output(
                number,
                because=command.because,
                reason=command.reason,
                officer_id=asked.caller.doer,
                at=unit.now,
            )
            self._documents.revoke(unit, request)
            self._handling.changed(unit, request)
            return {
                "number": number,
                "request_id": str(request.id),
                "state": "revoked",
                "revoked_at": to_wire(unit.now),
                "because": str(command.because),
            }

        return self._handling.once(asked, "revoke_document", command.fingerprint(), work)

    def send(self, command: SendOutput, asked: Asked) -> Answer:
        """Sends a document of the caller's own to another authority, which then may look at it.

        As sure of who asks as the service was that issued it. Raises NotFound, AssuranceTooLow, UnknownReceiver,
        DocumentRevoked, DocumentExpired.
        """
        number = plain(command.number)

        def work(unit: UnitOfWork) -> Answer:
            request_id = self._documents.request_of(unit, number)
            request = self._handling.of_applicant(unit, request_id, asked.caller)
            terms = terms_of(unit, request.service_code, request.service_version, self._terms)
            asked.caller.need(terms.required_assurance)
            if self._authorities.name_of(unit, command.receiver) is None:
                raise UnknownReceiver(receiver=command.receiver)
            delivery_id = request.send_output(number, command.receiver, unit.now)
            if request.pending_events:
                self._documents.deliver(unit, request, delivery_id, command.receiver)
            self._handling.changed(unit, request)
            return {
                "delivery_id": str(delivery_id),
                "number": number,
                "receiver": command.receiver,
            }

        return self._handling.once(asked, "send_document", command.fingerprint(), work)
