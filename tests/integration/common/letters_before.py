"""The same aggregate in its first two releases, and a process of each that writes to a log.

    python -m tests.integration.common.letters_before RELEASE URL SENDER

posts a letter, answers it, and prints its id.
"""

from __future__ import annotations

import sys
from typing import Any, ClassVar
from uuid import UUID, uuid4

from eventsourcing.domain import Aggregate, event

from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, Keyring, PersonalAggregate, Sealed
from tests.integration.common.notes import AT, BECAUSE


class LetterWithoutTopics(PersonalAggregate):
    sender: UUID

    @property
    def person_id(self) -> UUID:
        return self.sender


def first_release() -> Any:
    class Letter(LetterWithoutTopics):
        TOPIC = "TestLetter"

        class Event(Aggregate.Event):
            pass

        class Posted(Event, Aggregate.Created):
            TOPIC = "TestLetter.Posted"
            sender: UUID
            to: str
            text: Sealed[str]

        Created = Posted

        class Answered(Event):
            TOPIC = "TestLetter.Answered"
            reply: Sealed[str]

        def __init__(self, sender: UUID, to: str, text: str) -> None:
            self.sender = sender

        @event(Answered)
        def answer(self, reply: str) -> None:
            pass

    return Letter


def second_release() -> Any:
    class Letter(LetterWithoutTopics):
        TOPIC = "TestLetter"

        class Event(Aggregate.Event):
            pass

        class Posted(Event, Aggregate.Created):
            TOPIC = "TestLetter.Posted"
            class_version: ClassVar[int] = 2
            sender: UUID
            receiver: str
            text: Sealed[str]

        Created = Posted

        class Answered(Event):
            TOPIC = "TestLetter.Answered"
            reply: Sealed[str]

        def __init__(self, sender: UUID, receiver: str, text: str) -> None:
            self.sender = sender

        @event(Answered)
        def answer(self, reply: str) -> None:
            pass

    return Letter


def main(release: str, url: str, sender: str) -> None:
    kind, receiver = (first_release(), "to") if release == "1" else (second_release(), "receiver")
    database = Database(url, size=2)
    database.open()
    log = EventLog(database, Keyring(bytes(32), database))
    fields = {"sender": UUID(sender), receiver: "the office", "text": f"text of release {release}"}
    letter = kind._create(kind.Posted, id=uuid4(), timestamp=AT, **fields)
    letter.answer(f"answer of release {release}")
    with log.unit_of_work(BECAUSE) as unit:
        unit.save(letter)
    database.close()
    print(letter.id)


if __name__ == "__main__":
    main(*sys.argv[1:])
