"""A mandate: one person may act for another person, or for an organisation.

Whoever is asked, or a registry that proves it, agrees; then it is in force until its time is over or
somebody ends it. It can be limited in scope and time and never widened. Public methods decide, and
may refuse. Underscored methods remember, and may not. No number and no name is in any event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_common.refusals import NotFound
from panjareh_identity.domain.mandate_refusals import (
    ChosenByOfficers,
    MandateAnswered,
    MandateNotActive,
    MandateTooLong,
    MandateTooWide,
    NoMandateNeeded,
)
from panjareh_identity.domain.mandate_values import (
    MandateEnd,
    MandateKind,
    MandateStatus,
    Side,
    lies_within,
)


class Mandate(PersonalAggregate):
    """From the asking on; sealed fields stand under the key of whoever asked."""

    TOPIC = "Mandate"  # stored for ever, so never derived from where the class lives

    class Event(Aggregate.Event):
        pass

    class Asked(Event, Aggregate.Created):
        """`side` is that of whoever asked. Who the other one is, is known when they agree."""

        TOPIC = "Mandate.Asked"
        kind: str
        asker_id: UUID
        side: str
        scope: list[str]
        until: datetime

    Created = Asked

    class SentToOfficers(Event):
        """The registry does not show it; an officer of the authority looks at papers."""

        TOPIC = "Mandate.SentToOfficers"
        authority: str

    class Accepted(Event):
        """`accepted_by`: "person", or the authority whose registry or officer proved it."""

        TOPIC = "Mandate.Accepted"
        representative_id: UUID
        represented_id: UUID
        scope: list[str]
        until: datetime
        accepted_by: str
        officer_id: UUID | None

    class Refused(Event):
        TOPIC = "Mandate.Refused"
        refused_by: str
        officer_id: UUID | None
        reason: Sealed[str]

    class Limited(Event):
        TOPIC = "Mandate.Limited"
        scope: list[str]
        until: datetime

    class Ended(Event):
        """`because` is a MandateEnd; `by` the person or officer who ended it, where one did."""

        TOPIC = "Mandate.Ended"
        because: str
        by: UUID | None
        reason: Sealed[str]

    # Decisions

    @classmethod
    def ask(
        cls,
        *,
        mandate_id: UUID,
        kind: MandateKind,
        asker_id: UUID,
        side: Side,
        scope: Sequence[str],
        until: datetime,
        at: datetime,
    ) -> Mandate:
        """Raises MandateTooLong, ChosenByOfficers for a child or company that would have to ask itself."""
        if side is Side.REPRESENTED and kind.authority is not None:
            raise ChosenByOfficers()
        if not at < until <= at + kind.longest:
            raise MandateTooLong(days=kind.longest.days)
        return cls._create(
            cls.Asked,
            id=mandate_id,
            timestamp=at,
            kind=str(kind),
            asker_id=asker_id,
            side=str(side),
            scope=list(scope),
            until=until,
        )

    def send_to_officers(self, at: datetime) -> None:
        """Raises MandateAnswered."""
        self._still(MandateStatus.ASKED)
        assert self.kind.authority is not None
        self.trigger_event(self.SentToOfficers, timestamp=at, authority=self.kind.authority)

    def accept(
        self,
        person_id: UUID,
        at: datetime,
        *,
        scope: Sequence[str] | None = None,
        until: datetime | None = None,
    ) -> None:
        """Whoever was asked agrees, to all of it or to less.

        Raises MandateAnswered, NoMandateNeeded, ChosenByOfficers, MandateTooWide.
        """
        self._may_answer(person_id)
        asked = self.side is Side.REPRESENTATIVE
        self._agree(
            representative_id=self.asker_id if asked else person_id,
            represented_id=person_id if asked else self.asker_id,
            scope=list(self.scope if scope is None else scope),
            until=self.until if until is None else until,
            accepted_by="person",
            officer_id=None,
            at=at,
        )

    def prove(self, represented_id: UUID, at: datetime, officer_id: UUID | None = None) -> None:
        """A registry, or its officer, says that it is so. Raises MandateAnswered, NoMandateNeeded."""
        self._still(MandateStatus.ASKED, MandateStatus.WITH_OFFICERS)
        if represented_id == self.asker_id:
            raise NoMandateNeeded()
        self._agree(
            representative_id=self.asker_id,
            represented_id=represented_id,
            scope=list(self.scope),
            until=self.until,
            accepted_by=str(self.kind.authority),
            officer_id=officer_id,
            at=at,
        )

    def _agree(
        self,
        *,
        representative_id: UUID,
        represented_id: UUID,
        scope: list[str],
        until: datetime,
        accepted_by: str,
        officer_id: UUID | None,
        at: datetime,
    ) -> None:
        if not lies_within(scope, self.scope) or not at < until <= self.until:
            raise MandateTooWide()
        self.trigger_event(
            self.Accepted,
            timestamp=at,
            representative_id=representative_id,
            represented_id=represented_id,
            scope=scope,
            until=until,
            accepted_by=accepted_by,
            officer_id=officer_id,
        )

    def decline(self, person_id: UUID, at: datetime, reason: str = "") -> None:
        """Whoever was asked does not agree. Raises MandateAnswered, NoMandateNeeded, ChosenByOfficers."""
        self._may_answer(person_id)
        self.refuse("person", at, reason=reason)

    def refuse(
        self, refused_by: str, at: datetime, *, reason: str = "", officer_id: UUID | None = None
    ) -> None:
        """`refused_by`: "person", an authority, or a word for what stood in the way. Raises MandateAnswered."""
        self._still(MandateStatus.ASKED, MandateStatus.WITH_OFFICERS)
        self.trigger_event(
            self.Refused, timestamp=at, refused_by=refused_by, officer_id=officer_id, reason=reason
        )

    def limit(self, person_id: UUID, scope: Sequence[str], until: datetime, at: datetime) -> bool:
        """Either side narrows it; False when that changes nothing.

        Raises NotFound for anybody else, MandateNotActive, MandateTooWide.
        """
        self.side_of(person_id)
        if not self.in_force(at):
            raise MandateNotActive()
        wanted = tuple(scope)
        if not lies_within(wanted, self.scope) or not at < until <= self.until:
            raise MandateTooWide()
        if (wanted, until) == (self.scope, self.until):
            return False
        self.trigger_event(self.Limited, timestamp=at, scope=list(wanted), until=until)
        return True

    def withdraw(self, person_id: UUID, at: datetime, reason: str = "") -> bool:
        """Either side ends it, also before it was answered; False when it was over before.

        Raises NotFound for anybody else.
        """
        side = self.side_of(person_id)
        because = MandateEnd.GIVEN_UP if side is Side.REPRESENTATIVE else MandateEnd.WITHDRAWN
        return self.end(because, at, by=person_id, reason=reason)

    def end(
        self, because: MandateEnd, at: datetime, *, by: UUID | None = None, reason: str = ""
    ) -> bool:
        """False when it was over before."""
        if self.over:
            return False
        self.trigger_event(self.Ended, timestamp=at, because=str(because), by=by, reason=reason)
        return True

    # Questions

    @property
    def over(self) -> bool:
        return self.status in (MandateStatus.REFUSED, MandateStatus.ENDED)

    @property
    def waits(self) -> bool:
        """For an answer."""
        return self.status in (MandateStatus.ASKED, MandateStatus.WITH_OFFICERS)

    def in_force(self, now: datetime) -> bool:
        return self.status is MandateStatus.ACTIVE and now < self.until

    def side_of(self, person_id: UUID) -> Side:
        """Raises NotFound for somebody who has no part in it."""
        if person_id == self.representative_id:
            return Side.REPRESENTATIVE
        if person_id == self.represented_id:
            return Side.REPRESENTED
        raise NotFound()

    def may_act(self, person_id: UUID, now: datetime) -> UUID:
        """For whom the representative may act. Raises NotFound for anybody else, MandateNotActive."""
        if person_id != self.representative_id:
            raise NotFound()
        if self.represented_id is None or not self.in_force(now):
            raise MandateNotActive()
        return self.represented_id

    def _may_answer(self, person_id: UUID) -> None:
        if self.kind.authority is not None:
            raise ChosenByOfficers()
        self._still(MandateStatus.ASKED)
        if person_id == self.asker_id:
            raise NoMandateNeeded()

    def _still(self, *statuses: MandateStatus) -> None:
        if self.status not in statuses:
            raise MandateAnswered()

    # Memory

    def __init__(
        self, *, kind: str, asker_id: UUID, side: str, scope: list[str], until: datetime
    ) -> None:
        self.kind = MandateKind(kind)
        self.asker_id = asker_id
        self.side = Side(side)
        asks_to_act = self.side is Side.REPRESENTATIVE
        self.representative_id: UUID | None = asker_id if asks_to_act else None
        self.represented_id: UUID | None = None if asks_to_act else asker_id
        self.scope = tuple(scope)
        self.until = until
        self.status = MandateStatus.ASKED
        self.accepted_by: str | None = None
        self.because: str | None = None
        self.reason: str | None = None

    @property
    def person_id(self) -> UUID:
        return self.asker_id

    @event(SentToOfficers)
    def _sent_to_officers(self) -> None:
        self.status = MandateStatus.WITH_OFFICERS

    @event(Accepted)
    def _accepted(
        self,
        representative_id: UUID,
        represented_id: UUID,
        scope: list[str],
        until: datetime,
        accepted_by: str,
    ) -> None:
        self.representative_id = representative_id
        self.represented_id = represented_id
        self.scope = tuple(scope)
        self.until = until
        self.accepted_by = accepted_by
        self.status = MandateStatus.ACTIVE

    @event(Refused)
    def _refused(self, refused_by: str, reason: str | None) -> None:
        self.status = MandateStatus.REFUSED
        self.because = refused_by
        self.reason = reason

    @event(Limited)
    def _limited(self, scope: list[str], until: datetime) -> None:
        self.scope = tuple(scope)
        self.until = until

    @event(Ended)
    def _ended(self, because: str, reason: str | None) -> None:
        self.status = MandateStatus.ENDED
        self.because = because
        self.reason = reason
