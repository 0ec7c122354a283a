"""What a person signs in with: which passkeys, cards and apps they have added, and taken away.

No secret, and nothing made from one, is in any event: seeds, keys and hashes stand in tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_common.refusals import NotFound
from panjareh_identity.domain.assurance import Authenticator
from panjareh_identity.domain.authenticator_refusals import (
    SignInAgainFirst,
    StrongerSignInNeeded,
    TooManyAuthenticators,
)
from panjareh_identity.domain.session import Session

# How long after signing in somebody may still change how they sign in: a session that was left
# open on a shared computer must not give the account away.
FRESH = timedelta(minutes=10)
MOST_OF_A_KIND = 10


class Kind(StrEnum):
    TOTP = "totp"
    PASSKEY = "passkey"
    SMART_CARD = "smart_card"


STRENGTH = {
    Kind.TOTP: Authenticator.PASSWORD_AND_CODE,
    Kind.PASSKEY: Authenticator.PASSKEY,
    Kind.SMART_CARD: Authenticator.SMART_CARD,
}


@dataclass(frozen=True)
class Held:
    """One authenticator. `label` is what its owner calls it; None once they were erased."""

    kind: Kind
    added_at: datetime
    label: str | None = None


def authenticators_id(person_id: UUID) -> UUID:
    return uuid5(person_id, "Authenticators")


def check_fresh(session: Session, needed: Authenticator, now: datetime) -> None:
    """Raises StrongerSignInNeeded, SignInAgainFirst."""
    if session.authenticator < needed:
        raise StrongerSignInNeeded(needed=int(needed), held=int(session.authenticator))
    if session.auth_time + FRESH < now:
        raise SignInAgainFirst()


class Authenticators(PersonalAggregate):
    """The authenticators of one person, from the first that is added on."""

    TOPIC = "Authenticators"

    class Event(Aggregate.Event):
        pass

    class Opened(Event, Aggregate.Created):
        TOPIC = "Authenticators.Opened"
        person: UUID

    Created = Opened

    class PasswordSet(Event):
        """A new password. `because`: changed, or recovery."""

        TOPIC = "Authenticators.PasswordSet"
        because: str

    class TotpAdded(Event):
        TOPIC = "Authenticators.TotpAdded"
        authenticator: UUID
        label: Sealed[str]

    class PasskeyAdded(Event):
        TOPIC = "Authenticators.PasskeyAdded"
        authenticator: UUID
        label: Sealed[str]

    class SmartCardBound(Event):
        TOPIC = "Authenticators.SmartCardBound"
        authenticator: UUID

    class Removed(Event):
        """`because`: asked, or recovery."""

        TOPIC = "Authenticators.Removed"
        authenticator: UUID
        because: str

    # Decisions

    @classmethod
    def open(cls, person_id: UUID, at: datetime) -> Authenticators:
        return cls._create(
            cls.Opened, id=authenticators_id(person_id), timestamp=at, person=person_id
        )

    @property
    def strongest(self) -> Authenticator:
        """The strongest way in that the person has. A code can be sent to everybody."""
        levels = (STRENGTH[held.kind] for held in self.held.values())
        return max(levels, default=Authenticator.PASSWORD_AND_CODE)

    def may_add(self, kind: Kind, session: Session, now: datetime) -> None:
        """Whether the session is strong and fresh enough to add one of a kind.

        As strong as the new one, or as the strongest there is (NIST SP 800-63B-4, section 4.1.2):
        who has stolen the weaker one must not come to a stronger. Raises StrongerSignInNeeded,
        SignInAgainFirst, TooManyAuthenticators.
        """
        check_fresh(session, min(STRENGTH[kind], self.strongest), now)
        most = 1 if kind is Kind.TOTP else MOST_OF_A_KIND
        if sum(held.kind is kind for held in self.held.values()) >= most:
            raise TooManyAuthenticators(most=most)

    def add(self, kind: Kind, authenticator: UUID, label: str, at: datetime) -> None:
        """After `may_add`, once it was shown to work."""
        if kind is Kind.SMART_CARD:
            self.trigger_event(self.SmartCardBound, timestamp=at, authenticator=authenticator)
        else:
            added = self.TotpAdded if kind is Kind.TOTP else self.PasskeyAdded
            self.trigger_event(added, timestamp=at, authenticator=authenticator, label=label)

    def remove(self, authenticator: UUID, session: Session, at: datetime) -> Kind:
        """Takes one away. Raises NotFound, StrongerSignInNeeded, SignInAgainFirst.

        The session has to be as strong as what goes: otherwise the weaker way in could take the
        stronger one from its owner. Who has lost it goes the way of recovery.
        """
        held = self.held.get(authenticator)
        if held is None:
            raise NotFound()
        check_fresh(session, STRENGTH[held.kind], at)
        self.trigger_event(self.Removed, timestamp=at, authenticator=authenticator, because="asked")
        return held.kind

    def drop_all(self, because: str, at: datetime) -> None:
        """Takes every authenticator away, after a recovery that proved as much as they did."""
        for authenticator in list(self.held):
            self.trigger_event(
                self.Removed, timestamp=at, authenticator=authenticator, because=because
            )

    def set_password(self, because: str, at: datetime) -> None:
        self.trigger_event(self.PasswordSet, timestamp=at, because=because)

    # Memory

    def __init__(self, *, person: UUID) -> None:
        self.person = person
        self.kept: dict[UUID, tuple[Kind, datetime, str | None]] = {}  # plain, for snapshots
        self.password_set_at: datetime | None = None

    @property
    def person_id(self) -> UUID:
        return self.person

    @property
    def held(self) -> dict[UUID, Held]:
        """By id, in the order in which they were added."""
        return {which: Held(*fields) for which, fields in self.kept.items()}

    @event(PasswordSet)
    def _password_set(self, timestamp: datetime) -> None:
        self.password_set_at = timestamp

    @event(TotpAdded)
    def _totp_added(self, authenticator: UUID, label: str | None, timestamp: datetime) -> None:
        self.kept[authenticator] = (Kind.TOTP, timestamp, label)

    @event(PasskeyAdded)
    def _passkey_added(self, authenticator: UUID, label: str | None, timestamp: datetime) -> None:
        self.kept[authenticator] = (Kind.PASSKEY, timestamp, label)

    @event(SmartCardBound)
    def _smart_card_bound(self, authenticator: UUID, timestamp: datetime) -> None:
        self.kept[authenticator] = (Kind.SMART_CARD, timestamp, None)

    @event(Removed)
    def _removed(self, authenticator: UUID) -> None:
        self.kept.pop(authenticator, None)
