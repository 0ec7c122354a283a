"""How an authority comes on board: one administrator asks, another confirms (decision 0024).

An authority is no person, so its name and the reasons stand open; they name nobody.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PublicAggregate
from panjareh_identity.domain.office import LAPSES_AFTER, PLATFORM, read_reason
from panjareh_identity.domain.staff_refusals import (
    AuthorityAsked,
    ChangeLapsed,
    FourEyesNeeded,
    NotWaiting,
)


class OnBoard(StrEnum):
    ASKED = "asked"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


def onboarding_id(code: str) -> UUID:
    """One stream an authority, so that two who ask at once cannot both be first."""
    return uuid5(NAMESPACE_URL, f"panjareh:authority/{code}")


class AuthorityOnboarding(PublicAggregate):
    """One authority, from being asked for on. One that was refused may be asked for again."""

    TOPIC = "AuthorityOnboarding"

    class Event(Aggregate.Event):
        pass

    class Asked(Event, Aggregate.Created):
        TOPIC = "AuthorityOnboarding.Asked"
        code: str
        name: dict[str, str]
        because: str
        asked_by: UUID

    Created = Asked

    class AskedAgain(Event):
        TOPIC = "AuthorityOnboarding.AskedAgain"
        code: str
        name: dict[str, str]
        because: str
        asked_by: UUID

    class Confirmed(Event):
        """From now on it may have officers and systems here."""

        TOPIC = "AuthorityOnboarding.Confirmed"
        code: str
        name: dict[str, str]
        confirmed_by: UUID

    class Refused(Event):
        TOPIC = "AuthorityOnboarding.Refused"
        code: str
        because: str
        refused_by: UUID

    # Decisions

    @classmethod
    def ask(
        cls, code: str, name: dict[str, str], because: str, by: UUID, at: datetime
    ) -> AuthorityOnboarding:
        """Raises AuthorityAsked for the platform's own code, and ReasonNeeded."""
        if code == PLATFORM:
            raise AuthorityAsked()
        return cls._create(
            cls.Asked,
            id=onboarding_id(code),
            timestamp=at,
            code=code,
            name=name,
            because=read_reason(because),
            asked_by=by,
        )

    def ask_again(self, name: dict[str, str], because: str, by: UUID, at: datetime) -> None:
        """After a refusal, or after nobody confirmed it for fourteen days. Raises AuthorityAsked, ReasonNeeded."""
        waits = self.status is OnBoard.ASKED and not self._lapsed(at)
        if waits or self.status is OnBoard.CONFIRMED:
            raise AuthorityAsked()
        self.trigger_event(
            self.AskedAgain,
            timestamp=at,
            code=self.code,
            name=name,
            because=read_reason(because),
            asked_by=by,
        )

    def confirm(self, by: UUID, at: datetime) -> None:
        """Raises NotWaiting, ChangeLapsed and FourEyesNeeded."""
        self._waiting()
        if self._lapsed(at):
            raise ChangeLapsed()
        if by == self.asked_by:
            raise FourEyesNeeded()
        self.trigger_event(
            self.Confirmed, timestamp=at, code=self.code, name=self.name, confirmed_by=by
        )

    def refuse(self, by: UUID, because: str, at: datetime) -> None:
        """By another, or withdrawn by who asked. Raises NotWaiting and ReasonNeeded."""
        self._waiting()
        self.trigger_event(
            self.Refused,
            timestamp=at,
            code=self.code,
            because=read_reason(because),
            refused_by=by,
        )

    def _waiting(self) -> None:
        if self.status is not OnBoard.ASKED:
            raise NotWaiting()

    def _lapsed(self, at: datetime) -> bool:
        return at > self.asked_at + LAPSES_AFTER

    # Memory

    def __init__(self, *, code: str, name: dict[str, str], because: str, asked_by: UUID) -> None:
        self.code = code
        self.name = name
        self.because = because
        self.asked_by = asked_by
        self.asked_at = self.created_on
        self.status = OnBoard.ASKED

    @event(AskedAgain)
    def _asked_again(
        self, name: dict[str, str], because: str, asked_by: UUID, timestamp: datetime
    ) -> None:
        self.name, self.because = name, because
        self.asked_by, self.asked_at = asked_by, timestamp
        self.status = OnBoard.ASKED

    @event(Confirmed)
    def _confirmed(self) -> None:
        self.status = OnBoard.CONFIRMED

    @event(Refused)
    def _refused(self) -> None:
        self.status = OnBoard.REFUSED
