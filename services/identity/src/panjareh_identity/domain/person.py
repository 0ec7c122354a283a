"""A person known to the platform: what they said, what was proved, and what office they hold.

Public methods decide, and may refuse. Underscored methods remember, and may not: they run again on
every replay, and history cannot be refused. Event topics are the storage format. No password, and
nothing made from one, is in any event.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_common.refusals import NotFound, Refusal
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.refusals import (
    NotAlive,
    NotInRegistry,
    RegistryMismatch,
    RegistryRefused,
    TooManyTries,
)
from panjareh_identity.domain.values import (
    NoRecord,
    PersonDetails,
    RegistryAnswer,
    same_name,
)

MISMATCH, NOT_ALIVE = "mismatch", "not_alive"
_SAID: dict[str, type[Refusal]] = {
    MISMATCH: RegistryMismatch,
    NOT_ALIVE: NotAlive,
    NoRecord.NOTHING_HELD: NotInRegistry,
    NoRecord.REFUSED: RegistryRefused,
}
_REFUSED_MATCHES = 5
_REST = timedelta(minutes=10)


class Person(PersonalAggregate):
    """One person, from registration on (requirements I1 and I2)."""

    TOPIC = "Person"  # stored for ever, so never derived from where the class lives

    class Event(Aggregate.Event):
        pass

    class Registered(Event, Aggregate.Created):
        """What the person said about themself; nothing of it is proved yet."""

        TOPIC = "Person.Registered"
        national_id: Sealed[str]
        mobile: Sealed[str]
        given_name: Sealed[str]
        family_name: Sealed[str]
        birth_date: Sealed[str]
        language: Sealed[str]

    Created = Registered

    class MobileConfirmed(Event):
        """Who holds the mobile entered a code that was sent to it, or an authority vouched for it."""

        TOPIC = "Person.MobileConfirmed"

    class RegistryMatched(Event):
        """`vouched_by`: civil_registry, or the authority that saw its officer in person."""

        TOPIC = "Person.RegistryMatched"
        proofing: int
        vouched_by: str

    class MatchRefused(Event):
        TOPIC = "Person.MatchRefused"
        because: str

    class Appointed(Event):
        """The office the person holds from now on; it takes the place of the one before."""

        TOPIC = "Person.Appointed"
        authority: str
        roles: list[str]

    class Erased(Event):
        """The person is to be forgotten. Who they were goes with their key; that they were stays."""

        TOPIC = "Person.Erased"

    # Decisions

    @classmethod
    def register(cls, *, person_id: UUID, details: PersonDetails, at: datetime) -> Person:
        return cls._create(
            cls.Registered,
            id=person_id,
            timestamp=at,
            national_id=details.national_id,
            mobile=details.mobile,
            given_name=details.given_name,
            family_name=details.family_name,
            birth_date=details.birth_date.isoformat(),
            language=details.language,
        )

    def confirm_mobile(self, at: datetime) -> None:
        """The first confirmation is remembered; later ones say nothing new."""
        if not self.mobile_confirmed:
            self.trigger_event(self.MobileConfirmed, timestamp=at)

    @property
    def inquiry_id(self) -> UUID:
        """The inquiry of the match that is due: the same until it has been answered, another after a refusal."""
        return uuid5(self.id, f"civil_identity:{self.matches_refused}")

    def may_match(self, now: datetime) -> None:
        """Raises TooManyTries after every fifth refused match, for ten minutes."""
        if self.match_refused_at is None or self.matches_refused % _REFUSED_MATCHES:
            return
        rest = (self.match_refused_at + _REST - now).total_seconds()
        if rest > 0:
            raise TooManyTries(retry_after=math.ceil(rest))

    def match(self, inquiry_id: UUID, answer: RegistryAnswer, at: datetime) -> Refusal | None:
        """Compares with what the civil registry answered.

        Gives the refusal to say, because a refused match is remembered too. An answer to another
        inquiry than the one that is due changes nothing.
        """
        if self.proofing < Proofing.CIVIL_REGISTRY and inquiry_id == self.inquiry_id:
            because = self._difference(answer)
            if because is None:
                self._prove("civil_registry", at)
            else:
                self.trigger_event(self.MatchRefused, timestamp=at, because=because)
        if self.proofing >= Proofing.CIVIL_REGISTRY or self.match_refused_because is None:
            return None
        return _SAID[self.match_refused_because]()

    def appoint(self, authority: str, roles: Sequence[str], at: datetime) -> bool:
        """Gives the person an office, its authority vouching for them; False when they hold it already.

        Raises NotFound for an erased one.
        """
        if self.erased:
            raise NotFound()
        wanted = sorted(set(roles))
        if (self.authority, self.roles) == (authority, tuple(wanted)):
            return False
        self.confirm_mobile(at)
        if self.proofing < Proofing.CIVIL_REGISTRY:
            self._prove(authority, at)
        self.trigger_event(self.Appointed, timestamp=at, authority=authority, roles=wanted)
        return True

    def erase(self, at: datetime) -> bool:
        """Has the person forgotten; False when they were before."""
        if self.erased:
            return False
        self.trigger_event(self.Erased, timestamp=at)
        return True

    def _prove(self, vouched_by: str, at: datetime) -> None:
        self.trigger_event(
            self.RegistryMatched,
            timestamp=at,
            proofing=int(Proofing.CIVIL_REGISTRY),
            vouched_by=vouched_by,
        )

    def _difference(self, answer: RegistryAnswer) -> str | None:
        if isinstance(answer, NoRecord):
            return str(answer)
        same = (
            same_name(self.given_name or "", answer.given_name)
            and same_name(self.family_name or "", answer.family_name)
            and self.birth_date == answer.birth_date
        )
        # What is alive is told only to who knows the rest: others must not learn it here.
        if not same:
            return MISMATCH
        return None if answer.alive else NOT_ALIVE

    # Memory. Sealed values are None once the person was erased.

    def __init__(
        self,
        *,
        national_id: str | None,
        mobile: str | None,
        given_name: str | None,
        family_name: str | None,
        birth_date: str | None,
        language: str | None,
    ) -> None:
        self.national_id = national_id
        self.mobile = mobile
        self.given_name = given_name
        self.family_name = family_name
        self.birth_date = birth_date
        self.language = language
        self.mobile_confirmed = False
        self.proofing = Proofing.SELF_ASSERTED
        self.matches_refused = 0
        self.match_refused_at: datetime | None = None
        self.match_refused_because: str | None = None
        self.authority: str | None = None
        self.roles: tuple[str, ...] = ()
        self.erased = False

    @property
    def person_id(self) -> UUID:
        return self.id

    @event(MobileConfirmed)
    def _mobile_confirmed(self) -> None:
        self.mobile_confirmed = True

    @event(RegistryMatched)
    def _registry_matched(self, proofing: int) -> None:
        self.proofing = Proofing(proofing)

    @event(MatchRefused)
    def _match_refused(self, because: str, timestamp: datetime) -> None:
        self.matches_refused += 1
        self.match_refused_because = because
        self.match_refused_at = timestamp

    @event(Appointed)
    def _appointed(self, authority: str, roles: list[str]) -> None:
        self.authority = authority
        self.roles = tuple(roles)

    @event(Erased)
    def _erased(self) -> None:
        # From this event on, whether or not the key is gone already.
        self.erased = True
        self.national_id = self.mobile = self.given_name = self.family_name = None
        self.birth_date = self.language = None
        self.authority, self.roles = None, ()
