"""What the exchange needs from outside, by role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from panjareh_common.event_store import UnitOfWork
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_inquiry.domain.values import Answer, Offer, Subject


class Directory(Protocol):
    """Who offers what, and how it is asked for."""

    def offer(self, evidence_type: str) -> Offer:
        """Also one that was withdrawn. Raises UnknownEvidence."""
        ...

    def keep(self, unit: UnitOfWork, providers: Sequence[Mapping[str, Any]]) -> None:
        """Adds providers and what they offer, or changes them."""
        ...

    def withdraw(self, unit: UnitOfWork, evidence_type: str) -> None: ...

    def connected(self, unit: UnitOfWork, evidence_type: str) -> Mapping[str, Any] | None:
        """An evidence type as `keep` took it, with `provider` and `authority`; None when it is not offered."""
        ...


class People(Protocol):
    """Who a person is, asked of identity for one inquiry; a look that identity records."""

    def subject(self, inquiry: Inquiry, asked_with: Sequence[str]) -> Subject:
        """`asked_with`: what the authority is told beside the id."""
        ...


class Connector(Protocol):
    """Puts a question to an authority's system."""

    def put(self, offer: Offer, inquiry: Inquiry, subject: Subject) -> Answer:
        """Raises ProviderUnavailable or AnswerUnfit; the question may then be put again."""
        ...


class Looks(Protocol):
    def record(self, unit: UnitOfWork, inquiry: Inquiry, reader: str, purpose: str) -> None:
        """A look at an answer, recorded before it is served (design rule 9)."""
        ...
