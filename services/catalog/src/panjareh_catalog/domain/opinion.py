"""An opinion: what one person thinks of a draft that was put before all (requirement C5).

Nothing here says whose it is. A person has another name in each consultation, which only they can make out
again (application/opinions.py), and under the key of that name the words are sealed: whoever erases the key
erases them. Event topics are the storage format.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_catalog.domain.consultation import Consultation
from panjareh_catalog.domain.consultation_refusals import (
    OpinionEmpty,
    OpinionNamesPerson,
    UnknownQuestion,
)
from panjareh_catalog.domain.particulars import names_person
from panjareh_common.event_store import PersonalAggregate, Sealed

LONGEST_TEXT = 4000


@dataclass(frozen=True)
class Said:
    """What a person wrote: answers by the question's place from 1, and a remark in their own words."""

    answers: Mapping[int, str] = field(default_factory=dict)
    remark: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it is stored and told; answers that say nothing are left out."""
        answers = {
            str(place): text.strip() for place, text in sorted(self.answers.items()) if text.strip()
        }
        return {"answers": answers, "remark": self.remark.strip()}


def stream_of(giver: UUID) -> UUID:
    """The stream of the one opinion of a giver, whose name holds for one consultation."""
    return uuid5(giver, "opinion")


class Opinion(PersonalAggregate):
    """One a person and consultation; changed and taken back as they like until the consultation is over."""

    TOPIC = "Opinion"  # stored for ever, so never derived from where the class lives

    class Event(Aggregate.Event):
        pass

    class Given(Event, Aggregate.Created):
        """`giver` is the person's name in this consultation, no id of theirs."""

        TOPIC = "Opinion.Given"
        consultation: UUID
        giver: UUID
        said: Sealed[dict[str, Any]]

    Created = Given

    class Changed(Event):
        TOPIC = "Opinion.Changed"
        said: Sealed[dict[str, Any]]

    class Withdrawn(Event):
        TOPIC = "Opinion.Withdrawn"

    # Decisions

    @classmethod
    def give(cls, consultation: Consultation, giver: UUID, said: Said, at: datetime) -> Opinion:
        """Raises ConsultationClosed, ConsultationOver, UnknownQuestion, OpinionEmpty, OpinionNamesPerson."""
        _check(consultation, said, at)
        return cls._create(
            cls.Given,
            id=stream_of(giver),
            timestamp=at,
            consultation=consultation.id,
            giver=giver,
            said=said.to_json(),
        )

    def change(self, consultation: Consultation, said: Said, at: datetime) -> None:
        """The same again changes nothing; one that was taken back is given again. Raises as `give` does."""
        _check(consultation, said, at)
        if self.said != said.to_json():
            self.trigger_event(self.Changed, timestamp=at, said=said.to_json())

    def withdraw(self, consultation: Consultation, at: datetime) -> None:
        """Once is enough. Raises ConsultationClosed, ConsultationOver."""
        consultation.takes_opinions(at)
        if not self.withdrawn:
            self.trigger_event(self.Withdrawn, timestamp=at)

    # Memory

    def __init__(self, *, consultation: UUID, giver: UUID, said: dict[str, Any] | None) -> None:
        self.consultation = consultation
        self.giver = giver
        self.said = said
        self.withdrawn = False

    @property
    def person_id(self) -> UUID:
        return self.giver

    @event(Changed)
    def _changed(self, said: dict[str, Any] | None) -> None:
        self.said = said
        self.withdrawn = False

    @event(Withdrawn)
    def _withdrawn(self) -> None:
        self.said = None
        self.withdrawn = True


def _check(consultation: Consultation, said: Said, at: datetime) -> None:
    consultation.takes_opinions(at)
    for place in said.answers:
        if not 1 <= place <= len(consultation.questions):
            raise UnknownQuestion(question=place)
    told = said.to_json()
    texts = [*told["answers"].values(), told["remark"]]
    if not any(texts):
        raise OpinionEmpty()
    if any(map(names_person, texts)):
        raise OpinionNamesPerson()
