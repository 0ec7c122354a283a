"""A person known to the platform: what they said, what was proved, and what office they hold.

Public methods decide, and may refuse. Underscored methods remember, and may not: they run again on
every replay, and history cannot be refused. Event topics are the storage format. No password, and
nothing made from one, is in any event.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_common.refusals import NotFound, Refusal
from panjareh_identity.domain.assurance import Proofing
from panjareh_identity.domain.contacts import Channel
from panjareh_identity.domain.identifiers import Identifier, IdentifierKind, PersonDetails
from panjareh_identity.domain.matching import (
    MISMATCH,
    NOT_ALIVE,
    civil_refusal,
    difference,
    mobile_difference,
    mobile_refusal,
)
from panjareh_identity.domain.notices import OPTIONAL, NoticeGroup
from panjareh_identity.domain.persons_refusals import (
    DeathReported,
    InPersonNeeded,
    MobileNotConfirmed,
)
from panjareh_identity.domain.refusals import TooManyTries
from panjareh_identity.domain.values import MobileAnswer, RegistryAnswer

__all__ = ["MISMATCH", "NOT_ALIVE", "Person", "Restored"]

_REFUSED_MATCHES = 5
_REST = timedelta(minutes=10)


class Restored(StrEnum):
    """By what a lost account was got back."""

    CODE = "code"
    MOBILE_REGISTRY = "mobile_registry"
    IN_PERSON = "in_person"


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

    class RegisteredByDocument(Event, Aggregate.Created):
        """As Registered, of somebody without a national id: a foreign national, or from abroad (I4)."""

        TOPIC = "Person.RegisteredByDocument"
        identifier: Sealed[dict[str, str | None]]
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

    class MobileMatched(Event):
        """The mobile registry says that the person's own id holds their mobile."""

        TOPIC = "Person.MobileMatched"
        vouched_by: str

    class MobileMatchRefused(Event):
        TOPIC = "Person.MobileMatchRefused"
        because: str

    class ProvedInPerson(Event):
        """An officer saw the person and their document, at an appointment that the platform set (I7)."""

        TOPIC = "Person.ProvedInPerson"
        authority: str
        officer: UUID
        appointment: UUID

    class EmailConfirmed(Event):
        """Who reads this address entered a code that was sent to it; it takes the place of the one before."""

        TOPIC = "Person.EmailConfirmed"
        email: Sealed[str]

    class MobileChanged(Event):
        """`proved_by`: old_number, mobile_registry or in_person. `matched`: the new one is theirs, says the registry."""

        TOPIC = "Person.MobileChanged"
        mobile: Sealed[str]
        proved_by: str
        matched: bool

    class LanguageChosen(Event):
        TOPIC = "Person.LanguageChosen"
        language: Sealed[str]

    class NoticesChosen(Event):
        """Which messages about requests the person does not want, and by which way the others go."""

        TOPIC = "Person.NoticesChosen"
        off: Sealed[list[str]]
        channel: Sealed[str]

    class Recovered(Event):
        """A lost account was got back; `proofing` is what the way back proved, and no more is left."""

        TOPIC = "Person.Recovered"
        by: str
        proofing: int

    class Died(Event):
        """Reported by the civil registry. `died_on` as a Gregorian date."""

        TOPIC = "Person.Died"
        reported_by: str
        died_on: Sealed[str]

    class DeathWithdrawn(Event):
        TOPIC = "Person.DeathWithdrawn"
        reported_by: str
        because: Sealed[str]

    class Appointed(Event):
        """The office the person holds from now on, in place of the one before; no roles: they left it."""

        TOPIC = "Person.Appointed"
        authority: str
        roles: list[str]

    class Erased(Event):
        """The person is to be forgotten. Who they were goes with their key; that they were stays."""

        TOPIC = "Person.Erased"

    # Decisions

    @classmethod
    def register(cls, *, person_id: UUID, details: PersonDetails, at: datetime) -> Person:
        said: dict[str, Any] = {
            "mobile": details.mobile,
            "given_name": details.given_name,
            "family_name": details.family_name,
            "birth_date": details.birth_date.isoformat(),
            "language": details.language,
        }
        of = details.identifier
        if of.kind is IdentifierKind.NATIONAL_ID:
            return cls._create(
                cls.Registered, id=person_id, timestamp=at, national_id=of.number, **said
            )
        document = {"kind": str(of.kind), "number": of.number, "country": of.country}
        return cls._create(
            cls.RegisteredByDocument, id=person_id, timestamp=at, identifier=document, **said
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
        """Raises TooManyTries after every fifth refused match, for ten minutes.

        Raises InPersonNeeded after a recovery that proved less than what was lost: what the registry
        is asked about stands in the account itself, so whoever stole the phone could have it matched.
        """
        if self.limited:
            raise InPersonNeeded()
        self._rest(self.match_refused_at, self.matches_refused, now)

    def match(self, inquiry_id: UUID, answer: RegistryAnswer, at: datetime) -> Refusal | None:
        """Compares with what the civil registry answered.

        Gives the refusal to say, because a refused match is remembered too. An answer to another
        inquiry than the one that is due changes nothing.
        """
        if self.proofing < Proofing.CIVIL_REGISTRY and inquiry_id == self.inquiry_id:
            because = difference(self.given_name, self.family_name, self.birth_date, answer)
            if because is None:
                self._prove("civil_registry", at)
            else:
                self.trigger_event(self.MatchRefused, timestamp=at, because=because)
        if self.proofing >= Proofing.CIVIL_REGISTRY or self.match_refused_because is None:
            return None
        return civil_refusal(self.match_refused_because)

    @property
    def mobile_inquiry_id(self) -> UUID:
        """The inquiry of the mobile match that is due; another after an answer, or with another number."""
        return uuid5(self.id, f"mobile_match:{self.mobile_turns}")

    def may_match_mobile(self, now: datetime) -> None:
        """Raises MobileNotConfirmed: that an id holds a number says nothing of who asks without the phone."""
        if not self.mobile_confirmed:
            raise MobileNotConfirmed()
        self._rest(self.mobile_refused_at, self.mobile_refusals, now)

    def match_mobile(self, inquiry_id: UUID, answer: MobileAnswer, at: datetime) -> Refusal | None:
        """Compares with what the mobile registry answered; as `match`, gives the refusal to say."""
        if self.proofing < Proofing.MOBILE_MATCHED and inquiry_id == self.mobile_inquiry_id:
            because = mobile_difference(answer)
            if because is None:
                self.trigger_event(self.MobileMatched, timestamp=at, vouched_by="mobile_registry")
            else:
                self.trigger_event(self.MobileMatchRefused, timestamp=at, because=because)
                return mobile_refusal(because)
        return None

    def prove_in_person(
        self, authority: str, officer: UUID, appointment: UUID, at: datetime
    ) -> None:
        """Seen with their document by an officer of the authority that may prove who people are."""
        self.trigger_event(
            self.ProvedInPerson,
            timestamp=at,
            authority=authority,
            officer=officer,
            appointment=appointment,
        )

    def confirm_email(self, email: str, at: datetime) -> None:
        if email != self.email:
            self.trigger_event(self.EmailConfirmed, timestamp=at, email=email)

    def change_mobile(self, mobile: str, proved_by: str, *, matched: bool, at: datetime) -> None:
        """Who has the new number entered a code sent to it, and gave the proof that is named besides."""
        if mobile != self.mobile:
            self.trigger_event(
                self.MobileChanged,
                timestamp=at,
                mobile=mobile,
                proved_by=proved_by,
                matched=matched,
            )

    def choose_language(self, language: str, at: datetime) -> None:
        if language != self.language:
            self.trigger_event(self.LanguageChosen, timestamp=at, language=language)

    def choose_notices(self, off: Collection[NoticeGroup], channel: Channel, at: datetime) -> None:
        wanted = frozenset(off) & OPTIONAL
        if (wanted, channel) != (self.notices_off, self.notice_channel):
            self.trigger_event(
                self.NoticesChosen,
                timestamp=at,
                off=sorted(str(group) for group in wanted),
                channel=str(channel),
            )

    @property
    def notice_channel(self) -> Channel | None:
        """Where messages about requests go: to what was chosen, else to the phone; never to what is not confirmed."""
        if self.notices_by is Channel.EMAIL and self.email:
            return Channel.EMAIL
        if self.mobile and self.mobile_confirmed:
            return Channel.SMS
        return Channel.EMAIL if self.email else None

    def recover(self, by: Restored, proved: Proofing, at: datetime) -> None:
        """Never more than was proved on the way back; an office is got back in person only.

        Raises InPersonNeeded.
        """
        in_person = by is Restored.IN_PERSON
        if self.authority is not None and not in_person:
            raise InPersonNeeded()
        left = proved if in_person else min(self.proofing, proved)
        self.trigger_event(self.Recovered, timestamp=at, by=str(by), proofing=int(left))

    def die(self, died_on: date, reported_by: str, at: datetime) -> bool:
        """False when it was reported before."""
        if self.died:
            return False
        self.trigger_event(
            self.Died, timestamp=at, reported_by=reported_by, died_on=died_on.isoformat()
        )
        return True

    def withdraw_death(self, because: str, reported_by: str, at: datetime) -> bool:
        """A report that was wrong; False when there is none."""
        if not self.died:
            return False
        self.trigger_event(
            self.DeathWithdrawn, timestamp=at, reported_by=reported_by, because=because
        )
        return True

    def may_sign_in(self) -> None:
        """Raises DeathReported, which is told only to who has given the right password."""
        if self.died:
            raise DeathReported()

    def appoint(self, authority: str, roles: Sequence[str], at: datetime) -> bool:
        """Gives the person an office, its authority vouching for them; False when they hold it already.

        Raises NotFound for an erased one.
        """
        if self.erased:
            raise NotFound()
        if (self.authority, self.roles) == (authority, tuple(sorted(set(roles)))):
            return False
        self.confirm_mobile(at)
        if self.proofing < Proofing.CIVIL_REGISTRY:
            self._prove(authority, at)
        return self.hold_office(authority, roles, at)

    def hold_office(self, authority: str, roles: Sequence[str], at: datetime) -> bool:
        """Which roles the person has from now on, nobody vouching for them; none, and they leave the office.

        False when it is so already. Raises NotFound for an erased one, and where somebody who has died
        would get an office.
        """
        if self.erased or (self.died and roles):
            raise NotFound()
        wanted = sorted(set(roles))
        if (self.authority, self.roles) == (authority if wanted else None, tuple(wanted)):
            return False
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

    @staticmethod
    def _rest(refused_at: datetime | None, refused: int, now: datetime) -> None:
        if refused_at is None or refused % _REFUSED_MATCHES:
            return
        rest = (refused_at + _REST - now).total_seconds()
        if rest > 0:
            raise TooManyTries(retry_after=math.ceil(rest))

    # Memory. Sealed values are None once the person was erased.

    def __init__(
        self,
        *,
        mobile: str | None,
        given_name: str | None,
        family_name: str | None,
        birth_date: str | None,
        language: str | None,
        national_id: str | None = None,
        identifier: dict[str, str | None] | None = None,
    ) -> None:
        self.national_id = national_id
        self.document = identifier
        self.mobile = mobile
        self.given_name = given_name
        self.family_name = family_name
        self.birth_date = birth_date
        self.language = language
        self.email: str | None = None
        self.mobile_confirmed = False
        self.mobile_turns = 0
        self.mobile_refusals = 0
        self.mobile_refused_at: datetime | None = None
        self.proved_in_person_at: datetime | None = None
        self.limited = False
        self.died = False
        self.proofing = Proofing.SELF_ASSERTED
        self.matches_refused = 0
        self.match_refused_at: datetime | None = None
        self.match_refused_because: str | None = None
        self.authority: str | None = None
        self.roles: tuple[str, ...] = ()
        self.erased = False
        self.notices_off: frozenset[NoticeGroup] = frozenset()
        self.notices_by = Channel.SMS

    @property
    def person_id(self) -> UUID:
        return self.id

    @property
    def identifier(self) -> Identifier | None:
        """What the person is found by; None once they were erased."""
        if self.national_id is not None:
            return Identifier(IdentifierKind.NATIONAL_ID, self.national_id)
        if self.document is None:
            return None
        kind, number, country = (self.document[key] for key in ("kind", "number", "country"))
        return Identifier(IdentifierKind(str(kind)), str(number), country)

    @property
    def known(self) -> bool:
        """Whether there is still somebody: False from the erasure on."""
        return self.identifier is not None

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

    @event(MobileMatched)
    def _mobile_matched(self) -> None:
        self.proofing = max(self.proofing, Proofing.MOBILE_MATCHED)
        self.mobile_turns += 1

    @event(MobileMatchRefused)
    def _mobile_match_refused(self, timestamp: datetime) -> None:
        self.mobile_turns += 1
        self.mobile_refusals += 1
        self.mobile_refused_at = timestamp

    @event(ProvedInPerson)
    def _proved_in_person(self, timestamp: datetime) -> None:
        self.proofing = Proofing.IN_PERSON
        self.proved_in_person_at = timestamp
        self.limited = False

    @event(EmailConfirmed)
    def _email_confirmed(self, email: str | None) -> None:
        self.email = email

    @event(MobileChanged)
    def _mobile_changed(self, mobile: str | None, matched: bool) -> None:
        self.mobile = mobile
        self.mobile_confirmed = True
        self.mobile_turns += 1
        if matched:
            self.proofing = max(self.proofing, Proofing.MOBILE_MATCHED)
        elif self.proofing is Proofing.MOBILE_MATCHED:
            self.proofing = Proofing.SELF_ASSERTED  # what was matched was the other number

    @event(LanguageChosen)
    def _language_chosen(self, language: str | None) -> None:
        self.language = language

    @event(NoticesChosen)
    def _notices_chosen(self, off: list[str] | None, channel: str | None) -> None:
        self.notices_off = frozenset(NoticeGroup(group) for group in off or ())
        self.notices_by = Channel(channel or Channel.SMS)

    @event(Recovered)
    def _recovered(self, by: str, proofing: int, timestamp: datetime) -> None:
        in_person = by == Restored.IN_PERSON
        lost = self.proofing >= Proofing.CIVIL_REGISTRY
        self.limited = not in_person and (self.limited or lost)
        self.proved_in_person_at = timestamp if in_person else self.proved_in_person_at
        self.proofing = Proofing(proofing)

    @event(Died)
    def _died(self) -> None:
        self.died = True

    @event(DeathWithdrawn)
    def _death_withdrawn(self) -> None:
        self.died = False

    @event(Appointed)
    def _appointed(self, authority: str, roles: list[str]) -> None:
        self.authority = authority if roles else None
        self.roles = tuple(roles)

    @event(Erased)
    def _erased(self) -> None:
        # From this event on, whether or not the key is gone already.
        self.erased = True
        self.national_id = self.mobile = self.given_name = self.family_name = None
        self.birth_date = self.language = self.email = self.document = None
        self.authority, self.roles = None, ()
