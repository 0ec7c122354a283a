"""The privacy statement in its versions, and who has taken note of which (I6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, PublicAggregate
from panjareh_common.refusals import Kind, Refusal

STATEMENT_ID = uuid5(NAMESPACE_URL, "panjareh:privacy-statement")


class StatementChanged(Refusal):
    code = "statement_changed"
    message = (
        "Version {version} of the privacy statement was published with another text. "
        "A changed statement needs the next number."
    )


class StatementOutOfOrder(Refusal):
    code = "statement_out_of_order"
    message = "The next version of the privacy statement is {expected}."


class StatementNotCurrent(Refusal):
    """Somebody took note of another version than the one in force."""

    code = "statement_not_current"
    message = (
        "The privacy statement has changed: version {current} is in force. "
        "Read it at /api/v1/privacy-statement and send its version."
    )


class StatementMissing(Refusal):
    """No data is taken before it is said what becomes of it (I6)."""

    code = "statement_missing"
    kind = Kind.UNAVAILABLE
    message = (
        "The privacy statement has not been published yet, so nobody can sign up. Try again later."
    )


@dataclass(frozen=True)
class Statement:
    """One version. Texts are by language; `changes` says what is new since the version before."""

    version: int
    title: Mapping[str, str]
    text: Mapping[str, str]
    changes: Mapping[str, str]


class PrivacyStatement(PublicAggregate):
    """There is one, with STATEMENT_ID; a new version takes the place of the one before."""

    TOPIC = "PrivacyStatement"

    class Event(Aggregate.Event):
        pass

    class Published(Event, Aggregate.Created):
        TOPIC = "PrivacyStatement.Published"
        number: int
        title: dict[str, str]
        text: dict[str, str]
        changes: dict[str, str]

    Created = Published

    class Revised(Event):
        TOPIC = "PrivacyStatement.Revised"
        number: int
        title: dict[str, str]
        text: dict[str, str]
        changes: dict[str, str]

    @classmethod
    def publish(cls, statement: Statement, at: datetime) -> PrivacyStatement:
        """The first version. Raises StatementOutOfOrder."""
        if statement.version != 1:
            raise StatementOutOfOrder(expected=1)
        return cls._create(cls.Published, id=STATEMENT_ID, timestamp=at, **_fields(statement))

    def revise(self, statement: Statement, at: datetime) -> bool:
        """The next version; False for one that is published already. Raises StatementChanged, StatementOutOfOrder."""
        known = self.texts.get(statement.version)
        if known is not None:
            if known != dict(statement.text):
                raise StatementChanged(version=statement.version)
            return False
        if statement.version != self.current + 1:
            raise StatementOutOfOrder(expected=self.current + 1)
        self.trigger_event(self.Revised, timestamp=at, **_fields(statement))
        return True

    def __init__(
        self, *, number: int, title: dict[str, str], text: dict[str, str], changes: dict[str, str]
    ) -> None:
        self.current = number
        self.texts = {number: text}

    @event(Revised)
    def _revised(self, number: int, text: dict[str, str]) -> None:
        self.current = number
        self.texts[number] = text


def _fields(statement: Statement) -> dict[str, object]:
    return {
        "number": statement.version,
        "title": dict(statement.title),
        "text": dict(statement.text),
        "changes": dict(statement.changes),
    }


def note_id(person_id: UUID) -> UUID:
    return uuid5(person_id, "PrivacyNote")


class PrivacyNote(PersonalAggregate):
    """Which versions a person has taken note of. One a person."""

    TOPIC = "PrivacyNote"

    class Event(Aggregate.Event):
        pass

    class Accepted(Event, Aggregate.Created):
        TOPIC = "PrivacyNote.Accepted"
        person: UUID
        number: int

    Created = Accepted

    class AcceptedAgain(Event):
        TOPIC = "PrivacyNote.AcceptedAgain"
        number: int

    @classmethod
    def accept(cls, person_id: UUID, number: int, at: datetime) -> PrivacyNote:
        return cls._create(
            cls.Accepted, id=note_id(person_id), timestamp=at, person=person_id, number=number
        )

    def accept_again(self, number: int, at: datetime) -> bool:
        """False for a version that was accepted before."""
        if number <= self.number:
            return False
        self.trigger_event(self.AcceptedAgain, timestamp=at, number=number)
        return True

    def __init__(self, *, person: UUID, number: int) -> None:
        self.person = person
        self.number = number

    @property
    def person_id(self) -> UUID:
        return self.person

    @event(AcceptedAgain)
    def _accepted_again(self, number: int) -> None:
        self.number = number
