"""Who asks, as a verified token says it. Never from the payload (design rule 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import AssuranceTooLow, NotAllowed


class CallerKind(StrEnum):
    PERSON = "person"
    OFFICER = "officer"
    SERVICE = "service"


@dataclass(frozen=True)
class Caller:
    """The verified asker of one call.

    `subject` is the person (or, in a service assertion, the person it acts about). `service` names
    the calling service in an assertion. `authority` and `roles` are an officer's.
    """

    kind: CallerKind
    subject: UUID | None
    assurance: AssuranceLevel
    auth_time: datetime | None = None
    session: str | None = None
    service: str | None = None
    purpose: str | None = None
    request_id: UUID | None = None
    authority: str | None = None
    roles: tuple[str, ...] = ()

    @property
    def person(self) -> UUID:
        """The person who asks. Raises NotAllowed for a caller that is none."""
        if self.subject is None:
            raise NotAllowed()
        return self.subject

    def need(self, required: AssuranceLevel) -> None:
        """Raises AssuranceTooLow when the caller is known less surely than that. Requirement I2."""
        if self.assurance < required:
            raise AssuranceTooLow(required=int(required), held=int(self.assurance))

    def office(self, role: str) -> str:
        """The authority in which the caller holds a role. Raises NotAllowed."""
        if self.authority is None or role not in self.roles:
            raise NotAllowed()
        return self.authority

    def cause(
        self, channel: str, traceparent: str | None = None, because: str | None = None
    ) -> Cause:
        """What an event says about who caused it."""
        actor = self.service if self.kind is CallerKind.SERVICE else str(self.subject)
        return Cause(
            actor=actor or "unknown",
            role=str(self.kind),
            channel=channel,
            cause=because,
            traceparent=traceparent,
        )
