"""Who asks, as a verified token says it. Never from the payload (design rule 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import (
    AssuranceTooLow,
    MandateTooNarrow,
    NotAllowed,
    ScopeMissing,
    SignInTooOld,
)

EVERY_SERVICE = "*"


class CallerKind(StrEnum):
    """A door lists which of these it lets in."""

    PERSON = "person"
    REPRESENTATIVE = "representative"  # a person who acts for another, or for an organisation
    OFFICER = "officer"
    AGENCY = "agency"  # an authority's own system
    SERVICE = "service"


@dataclass(frozen=True)
class Caller:
    """The verified asker of one call.

    `subject` is whose data it is: the person, or whom a representative acts for (a person or an
    organisation), or in a service's assertion the person it acts about; none for an agency's system.
    `actor` is the person who acts for the subject under a `mandate`, for the services that
    `mandate_scope` names; `subject_kind` is person or organisation. `assisting` is the person whom an officer helps at a counter. `authority` is
    an officer's or a system's, `roles` an officer's. `client` and `scopes` come with a token that was
    given to a client of the OpenID provider. `service` names the calling service in an assertion.
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
    actor: UUID | None = None
    mandate: UUID | None = None
    mandate_scope: tuple[str, ...] = ()
    subject_kind: str = "person"
    assisting: UUID | None = None
    client: str | None = None
    scopes: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()

    @property
    def person(self) -> UUID:
        """The person (or organisation) whose data it is. Raises NotAllowed for a caller without one."""
        if self.subject is None:
            raise NotAllowed()
        return self.subject

    @property
    def doer(self) -> UUID:
        """The human who acts. Raises NotAllowed for a caller that is none."""
        return self.actor or self.person

    @property
    def represented(self) -> UUID | None:
        """In whose name the caller acts, where that is not their own."""
        return self.subject if self.actor else self.assisting

    @property
    def beneficiary(self) -> UUID:
        """Whose request it becomes. Raises NotAllowed."""
        return self.assisting or self.person

    def need(
        self,
        required: AssuranceLevel,
        *,
        max_age: timedelta | None = None,
        now: datetime | None = None,
    ) -> None:
        """Requirement I2: raises AssuranceTooLow when the caller is known less surely than that.

        With `max_age` raises SignInTooOld when they signed in longer before `now` than that, or when
        it is not known when. Over HTTP both become the challenge of RFC 9470.
        """
        age = {} if max_age is None else {"max_age": int(max_age.total_seconds())}
        if self.assurance < required:
            raise AssuranceTooLow(required=int(required), held=int(self.assurance), **age)
        if max_age is None:
            return
        if now is None:
            raise ValueError("an age is measured from a moment")
        if self.auth_time is None or now - self.auth_time > max_age:
            raise SignInTooOld(required=int(required), **age)

    def office(self, role: str) -> str:
        """The authority in which the caller holds a role. Raises NotAllowed."""
        if self.authority is None or role not in self.roles:
            raise NotAllowed()
        return self.authority

    def office_or_system(self, role: str, scope: str) -> str:
        """The authority for which an officer with that role asks, or its own system with that scope.

        Raises NotAllowed and ScopeMissing.
        """
        if self.kind is not CallerKind.AGENCY or self.authority is None:
            return self.office(role)
        self.need_scope(scope)
        return self.authority

    def covers(self, service_code: str) -> bool:
        """Whether the caller may ask for and look at that service's requests of their subject."""
        return self.actor is None or bool({service_code, EVERY_SERVICE} & {*self.mandate_scope})

    def may_act_for(self, service_code: str) -> None:
        """Raises MandateTooNarrow for a representative whose mandate leaves that service out."""
        if not self.covers(service_code):
            raise MandateTooNarrow(service_code=service_code)

    def need_scope(self, scope: str) -> None:
        """Raises ScopeMissing when the token was given to a client, and not for that."""
        if self.client is not None and scope not in self.scopes:
            raise ScopeMissing(scope=scope)

    def cause(
        self, channel: str, traceparent: str | None = None, because: str | None = None
    ) -> Cause:
        """What an event says about who caused it, and in whose name."""
        actor = self.service or (self.client if self.subject is None else str(self.doer))
        represented = self.represented
        return Cause(
            actor=actor or "unknown",
            role=str(self.kind),
            channel=channel,
            represented=str(represented) if represented else None,
            cause=because,
            traceparent=traceparent,
        )
