"""What the use cases need from outside, by role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_requests.domain.known_days import KnownDays
from panjareh_requests.domain.notices import Notice
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.standing import ServiceStanding
from panjareh_requests.domain.values import ServiceTerms


class RequestView(Protocol):
    """The rows that answer "where do requests stand?", written in the commit of their events."""

    def write(self, unit: UnitOfWork, *requests: ServiceRequest) -> None: ...


class Terms(Protocol):
    """This service's own copy of the published services, read on the unit's own connection."""

    def current(self, unit: UnitOfWork, service_code: str) -> ServiceTerms:
        """The newest version. Raises UnknownService."""
        ...

    def standing(self, unit: UnitOfWork, service_code: str) -> ServiceStanding:
        """Whether the service takes new requests."""
        ...

    def of(self, unit: UnitOfWork, service_code: str, version: int) -> ServiceTerms:
        """The version that a request began under."""
        ...


class Days(Protocol):
    """Our own copy of what the working days of a service follow from."""

    def of(self, unit: UnitOfWork, authority: str, service_code: str) -> KnownDays: ...


class Exchange(Protocol):
    """The inquiry service, as requests needs it. Both may raise Unavailable or TooLate."""

    def ask(self, inquiry_id: UUID, evidence_type: str, request: ServiceRequest) -> None:
        """Has the authority asked; asking again is asking the same."""
        ...

    def get_evidence(self, inquiry_id: UUID, request: ServiceRequest) -> Mapping[str, Any]:
        """`{status, evidence_type, facts | reason}`; status open, answered, nothing_held or refused."""
        ...


class Documents(Protocol):
    """The public register of what was issued; its rows are written in the commit of their events."""

    def next_status_index(self, unit: UnitOfWork) -> int:
        """A place in the status lists that no document ever had."""
        ...

    def register(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        """The document that the request's last event issued."""
        ...

    def revoke(self, unit: UnitOfWork, request: ServiceRequest) -> None: ...

    def deliver(
        self, unit: UnitOfWork, request: ServiceRequest, delivery_id: UUID, receiver: str
    ) -> None: ...

    def request_of(self, unit: UnitOfWork, number: str) -> UUID:
        """The request that issued a document. Raises NotFound."""
        ...


class Authorities(Protocol):
    """Our own copy of the authorities."""

    def name_of(self, unit: UnitOfWork, code: str) -> Mapping[str, str] | None:
        """By language; None for one that nobody told us of."""
        ...


class Looks(Protocol):
    """Records that somebody looks at a person's data, before it is served (design rule 9)."""

    def record(
        self,
        unit: UnitOfWork,
        requests: Sequence[tuple[UUID, UUID]],
        *,
        reader: str,
        role: str,
        authority: str | None,
        purpose: str,
    ) -> None:
        """`requests` are (person, request) pairs; a list is recorded in one statement."""
        ...


class Postman(Protocol):
    """Identity, as the service that knows how a person is reached."""

    def tell(self, notice_id: UUID, notice: Notice, request: ServiceRequest) -> str:
        """What became of it, in a word. Told again with the same id is told once.

        Raises NotFound for a person who is not there any more, and Unavailable, TooLate or another refusal
        where it may be tried again.
        """
        ...
