"""What the exchange needs from outside, by role."""

from __future__ import annotations

from typing import Protocol

from panjareh_common.event_store import UnitOfWork
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_inquiry.domain.values import Answer, EvidenceType


class Directory(Protocol):
    """Who offers what."""

    def offer(self, evidence_type: str) -> EvidenceType:
        """Raises UnknownEvidence."""
        ...


class People(Protocol):
    """The national id of a person, asked of identity for one inquiry; a look that identity records."""

    def national_id(self, inquiry: Inquiry) -> str: ...


class Connector(Protocol):
    """Puts a question to an authority's system."""

    def put(self, offer: EvidenceType, inquiry: Inquiry, national_id: str) -> Answer:
        """Raises ProviderUnavailable or AnswerUnfit; the question may then be put again."""
        ...


class Looks(Protocol):
    def record(self, unit: UnitOfWork, inquiry: Inquiry, reader: str, purpose: str) -> None:
        """A look at an answer, recorded before it is served (design rule 9)."""
        ...
