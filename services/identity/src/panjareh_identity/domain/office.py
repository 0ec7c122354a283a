"""Who may do what in an authority, and how that changes: one asks, another confirms (decision 0024).

The office itself is told by `Person.Appointed`; this is how it came to that. Public methods decide,
underscored ones remember. Reasons are sealed under the officer's key.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_identity.domain.staff_refusals import (
    ChangeLapsed,
    FourEyesNeeded,
    NotForYourself,
    NothingChanges,
    NotWaiting,
    ReasonNeeded,
    RolesUnfit,
)

PLATFORM = "panjareh"
"""The code under which the platform's own staff stands among the authorities."""

LAPSES_AFTER = timedelta(days=14)
REASON_LEAST, REASON_MOST = 10, 1000


class Role(StrEnum):
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    HEAD = "head"
    PUBLISHER = "publisher"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    OMBUDSMAN = "ombudsman"


_OF_PLATFORM = frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.OMBUDSMAN})
_OF_AUTHORITY = frozenset(Role) - {Role.ADMINISTRATOR, Role.OMBUDSMAN}
# Whoever watches the others does nothing that they would have to watch.
_ALONE = frozenset({Role.AUDITOR, Role.OMBUDSMAN})
# Whoever watches the others, or could make accomplices once alone, is not removed by one hand.
_TAKEN_BY_TWO = frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.OMBUDSMAN})


class Standing(StrEnum):
    """Where a change stands."""

    ASKED = "asked"
    DONE = "done"
    REFUSED = "refused"


def read_reason(typed: str) -> str:
    """Raises ReasonNeeded."""
    reason = " ".join(typed.split())
    if not REASON_LEAST <= len(reason) <= REASON_MOST:
        raise ReasonNeeded()
    return reason


def check_roles(authority: str, roles: Collection[str]) -> None:
    """Whether one person may have all of these roles there. Raises RolesUnfit."""
    fitting = _OF_PLATFORM if authority == PLATFORM else _OF_AUTHORITY
    if not set(roles) <= fitting or (len(roles) > 1 and not _ALONE.isdisjoint(roles)):
        raise RolesUnfit()


def needs_two(gives: Collection[str], takes: Collection[str]) -> bool:
    """Whether a change grants power, or takes it from who watches: then another has to confirm it."""
    return bool(gives) or not _TAKEN_BY_TWO.isdisjoint(takes)


class OfficeChange(PersonalAggregate):
    """One change of one person's roles in one authority."""

    TOPIC = "OfficeChange"

    class Event(Aggregate.Event):
        pass

    class Asked(Event, Aggregate.Created):
        """It changes nothing until another person has confirmed it."""

        TOPIC = "OfficeChange.Asked"
        officer: UUID
        authority: str
        gives: list[str]
        takes: list[str]
        because: Sealed[str]
        asked_by: UUID

    class RolesTaken(Event, Aggregate.Created):
        """Done at once: it takes power and gives none."""

        TOPIC = "OfficeChange.RolesTaken"
        officer: UUID
        authority: str
        takes: list[str]
        because: Sealed[str]
        taken_by: UUID

    Created = Asked

    class Confirmed(Event):
        TOPIC = "OfficeChange.Confirmed"
        authority: str
        officer: UUID
        confirmed_by: UUID

    class Refused(Event):
        """By another, or withdrawn by who asked."""

        TOPIC = "OfficeChange.Refused"
        authority: str
        officer: UUID
        because: Sealed[str]
        refused_by: UUID

    # Decisions

    @classmethod
    def begin(
        cls,
        *,
        change_id: UUID,
        officer: UUID,
        authority: str,
        held: Sequence[str],
        gives: Sequence[str],
        takes: Sequence[str],
        because: str,
        by: UUID,
        at: datetime,
    ) -> OfficeChange:
        """A change of the roles that are `held`: done at once, or asked for where it needs another person.

        Raises NotForYourself, NothingChanges, RolesUnfit and ReasonNeeded.
        """
        if by == officer:
            raise NotForYourself()
        if not (gives or takes) or set(gives) & set(held) or not set(takes) <= set(held):
            raise NothingChanges()
        check_roles(authority, after(held, gives, takes))
        change: dict[str, Any] = {
            "id": change_id,
            "timestamp": at,
            "officer": officer,
            "authority": authority,
            "takes": sorted(set(takes)),
            "because": read_reason(because),
        }
        if needs_two(gives, takes):
            return cls._create(cls.Asked, **change, gives=sorted(set(gives)), asked_by=by)
        return cls._create(cls.RolesTaken, **change, taken_by=by)

    def confirm(self, by: UUID, at: datetime, *, alone: bool = False) -> None:
        """`alone`: the platform has one administrator, so the person named is the second pair of eyes.

        Raises NotWaiting, ChangeLapsed and FourEyesNeeded.
        """
        self._waiting()
        if at > self.created_on + LAPSES_AFTER:
            raise ChangeLapsed()
        if by == self.begun_by or (by == self.officer and not alone):
            raise FourEyesNeeded()
        self.trigger_event(
            self.Confirmed,
            timestamp=at,
            authority=self.authority,
            officer=self.officer,
            confirmed_by=by,
        )

    def refuse(self, by: UUID, because: str, at: datetime) -> None:
        """Raises NotWaiting and ReasonNeeded."""
        self._waiting()
        self.trigger_event(
            self.Refused,
            timestamp=at,
            authority=self.authority,
            officer=self.officer,
            because=read_reason(because),
            refused_by=by,
        )

    def _waiting(self) -> None:
        if self.standing is not Standing.ASKED:
            raise NotWaiting()

    # Memory. The reason is None once the officer was erased.

    def __init__(
        self,
        *,
        officer: UUID,
        authority: str,
        takes: list[str],
        because: str | None,
        gives: list[str] | None = None,
        asked_by: UUID | None = None,
        taken_by: UUID | None = None,
    ) -> None:
        self.officer = officer
        self.authority = authority
        self.gives = tuple(gives or ())
        self.takes = tuple(takes)
        self.because = because
        self.begun_by = asked_by or taken_by
        self.standing = Standing.ASKED if asked_by else Standing.DONE

    @property
    def person_id(self) -> UUID:
        return self.officer

    @event(Confirmed)
    def _confirmed(self) -> None:
        self.standing = Standing.DONE

    @event(Refused)
    def _refused(self) -> None:
        self.standing = Standing.REFUSED


def after(held: Sequence[str], gives: Sequence[str], takes: Sequence[str]) -> list[str]:
    """The roles that somebody has once a change is done."""
    return sorted((set(held) - set(takes)) | set(gives))
