"""The seven groups of requirement I5: kept sealed, used for access needs and statistics and nothing else."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PersonalAggregate, Sealed
from panjareh_identity.domain.contacts import age

_YOUNG = range(15, 30)  # Law on Youth Affairs documents, and the census: 15 to 29
_OLD_FROM = 60  # the age of the National Document of the Aged
_LOW_DECILES = range(1, 4)  # the three lowest, as the free internet scheme counts


class Group(StrEnum):
    DISABILITY = "disability"
    WOMEN = "women"
    YOUNG = "young"
    LOW_INCOME = "low_income"
    LOW_LITERACY = "low_literacy"
    OLD = "old"
    MIGRANT = "migrant"


class Belonging(PersonalAggregate):
    """Which groups somebody says they belong to, and which of them a registry has confirmed."""

    TOPIC = "Belonging"

    class Event(Aggregate.Event):
        pass

    class Begun(Event, Aggregate.Created):
        TOPIC = "Belonging.Begun"
        person: UUID

    Created = Begun

    class Declared(Event):
        """All groups the person names from now on; it takes the place of what they named before."""

        TOPIC = "Belonging.Declared"
        groups: Sealed[list[str]]

    class Confirmed(Event):
        TOPIC = "Belonging.Confirmed"
        group: Sealed[str]
        by: Sealed[str]

    @classmethod
    def begin(cls, person_id: UUID, at: datetime) -> Belonging:
        return cls._create(cls.Begun, id=cls.id_of(person_id), timestamp=at, person=person_id)

    @staticmethod
    def id_of(person_id: UUID) -> UUID:
        return uuid5(person_id, "Belonging")

    def declare(self, groups: set[Group], at: datetime) -> None:
        """Nobody has to say anything: an empty set takes everything back."""
        wanted = sorted(str(group) for group in groups)
        if wanted != self.declared:
            self.trigger_event(self.Declared, timestamp=at, groups=wanted)

    def confirm(self, group: Group, by: str, at: datetime) -> None:
        """Only what is declared is confirmed, once."""
        if group in self.declared and group not in self.confirmed:
            self.trigger_event(self.Confirmed, timestamp=at, group=str(group), by=by)

    def __init__(self, *, person: UUID) -> None:
        self.person = person
        self.declared: list[str] = []
        self.confirmed: dict[str, str] = {}

    @property
    def person_id(self) -> UUID:
        return self.person

    @event(Declared)
    def _declared(self, groups: list[str] | None) -> None:
        self.declared = groups or []
        self.confirmed = {g: by for g, by in self.confirmed.items() if g in self.declared}

    @event(Confirmed)
    def _confirmed(self, group: str | None, by: str | None) -> None:
        if group is not None and by is not None:
            self.confirmed[group] = by


def of_age_group(group: Group, birth_date: date, now: datetime) -> bool:
    """Whether a date of birth that the civil registry confirmed says that somebody is young, or old."""
    years = age(birth_date, now)
    return years in _YOUNG if group is Group.YOUNG else years >= _OLD_FROM


def of_low_income(decile: int) -> bool:
    return decile in _LOW_DECILES
