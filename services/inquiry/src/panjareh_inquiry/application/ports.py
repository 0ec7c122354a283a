"""What the exchange needs from outside, by role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from panjareh_common.event_store import UnitOfWork
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_inquiry.domain.values import Answer, EvidenceType, Subject


class Directory(Protocol):
    """Who offers what."""

    def offer(self, evidence_type: str) -> EvidenceType:
        """Raises UnknownEvidence."""
        ...


class People(Protocol):
    """Who a person is, asked of identity for one inquiry; a look that identity records."""

    def subject(self, inquiry: Inquiry, asked_with: Sequence[str]) -> Subject:
        """`asked_with`: what the authority is told beside the id."""
        ...


class Connector(Protocol):
    """Puts a question to an authority's system."""

    def put(self, offer: EvidenceType, inquiry: Inquiry, subject: Subject) -> Answer:
        """Raises ProviderUnavailable or AnswerUnfit; the question may then be put again."""
        ...


class Looks(Protocol):
    def record(self, unit: UnitOfWork, inquiry: Inquiry, reader: str, purpose: str) -> None:
        """A look at an answer, recorded before it is served (design rule 9)."""
        ...
