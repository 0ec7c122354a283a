"""The document that a granted request produces: issued, revoked, sent by its holder to another authority (R4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from panjareh_common.refusals import NotFound
from panjareh_requests.domain.issued_document import (
    DocumentState,
    RevocationGround,
    lines_of,
    state_of,
)
from panjareh_requests.domain.refusals_outputs import (
    DocumentExpired,
    DocumentRevoked,
    RevocationReasonMissing,
)
from panjareh_requests.domain.values import Outcome, ServiceTerms

if TYPE_CHECKING:
    from panjareh_requests.domain.service_request import ServiceRequest


class Issuing:
    """Documents. A request has one that is valid at most."""

    def issue_output(
        self: ServiceRequest,
        terms: ServiceTerms,
        document_number: str,
        at: datetime,
        *,
        status_index: int,
        code: str,
    ) -> bool:
        """The document that a granted request produces, where the service has one; False where it has not.

        A document that was revoked has a successor only where the request is decided again.
        """
        if not self.owes_output(terms):
            return False
        assert terms.output is not None
        self.trigger_event(
            self.OutputIssued,
            timestamp=at,
            document_number=document_number,
            kind=terms.output.kind,
            title=dict(terms.output.title),
            valid_until=at + timedelta(days=terms.output.valid_days),
            status_index=status_index,
            content={
                "code": code,
                "shows": lines_of(terms.output.shows, self.decision_inputs()),
            },
        )
        return True

    def owes_output(self: ServiceRequest, terms: ServiceTerms) -> bool:
        """Whether the request was granted, produces a document, and has none that holds."""
        granted = self.outcome is Outcome.GRANTED and self.applicant_id is not None
        return granted and terms.output is not None and not self.has_document

    @property
    def has_document(self: ServiceRequest) -> bool:
        return self.document_number is not None and self.revoked_at is None

    def revoke_output(
        self: ServiceRequest,
        document_number: str,
        *,
        because: RevocationGround,
        reason: str,
        officer_id: UUID | None,
        at: datetime,
    ) -> None:
        """Raises NotFound, DocumentRevoked for one that is revoked already, RevocationReasonMissing.

        `because` is for anyone who checks the document, `reason` for its holder alone.
        """
        self._need_standing(document_number)
        said = reason.strip()
        if not said:
            raise RevocationReasonMissing()
        self.trigger_event(
            self.OutputRevoked,
            timestamp=at,
            document_number=document_number,
            because=str(because),
            officer_id=officer_id,
            # Papers stay about when their holder has been erased, and must be revocable still.
            reason=None if self.form is None else {"fa": said, "en": said},
        )

    def send_output(
        self: ServiceRequest, document_number: str, receiver: str, at: datetime
    ) -> UUID:
        """Has the holder's document lie in another authority's inbox; gives the delivery's id.

        Sent again to the same authority it is the same delivery. Raises NotFound, DocumentRevoked, DocumentExpired.
        """
        self._need_standing(document_number)
        assert self.valid_until is not None
        if state_of(None, self.valid_until, at) is DocumentState.EXPIRED:
            raise DocumentExpired(number=document_number)
        delivery_id = uuid5(self.id, f"delivery/{document_number}/{receiver}")
        if delivery_id not in self.deliveries:
            self.trigger_event(
                self.OutputSent,
                timestamp=at,
                document_number=document_number,
                delivery_id=delivery_id,
                receiver=receiver,
            )
        return delivery_id

    def _need_standing(self: ServiceRequest, document_number: str) -> None:
        """Raises NotFound, DocumentRevoked."""
        if document_number in self.revoked_numbers:
            raise DocumentRevoked(number=document_number)
        if document_number != self.document_number:
            raise NotFound()
