"""An organisation that people act for: its number and name stand in a public register, so nothing is sealed.

Who represents it are mandates. It signs in never; whoever represents it does, as themself.
"""

from __future__ import annotations

from datetime import datetime

from eventsourcing.domain import Aggregate, event

from panjareh_common.event_store import PublicAggregate
from panjareh_identity.domain.mandate_values import organisation_id


class Organisation(PublicAggregate):
    """A company with its national company id."""

    TOPIC = "Organisation"

    class Event(Aggregate.Event):
        pass

    class Registered(Event, Aggregate.Created):
        """`confirmed_by`: the authority whose registry or officer said so."""

        TOPIC = "Organisation.Registered"
        company_id: str
        name: str
        confirmed_by: str

    Created = Registered

    class Renamed(Event):
        TOPIC = "Organisation.Renamed"
        name: str
        confirmed_by: str

    @classmethod
    def register(
        cls, *, company_id: str, name: str, confirmed_by: str, at: datetime
    ) -> Organisation:
        return cls._create(
            cls.Registered,
            id=organisation_id(company_id),
            timestamp=at,
            company_id=company_id,
            name=name,
            confirmed_by=confirmed_by,
        )

    def rename(self, name: str, confirmed_by: str, at: datetime) -> None:
        """The newest name that the register shows; the same one says nothing new."""
        if name != self.name:
            self.trigger_event(self.Renamed, timestamp=at, name=name, confirmed_by=confirmed_by)

    def __init__(self, *, company_id: str, name: str, confirmed_by: str) -> None:
        self.company_id = company_id
        self.name = name

    @event(Renamed)
    def _renamed(self, name: str) -> None:
        self.name = name
