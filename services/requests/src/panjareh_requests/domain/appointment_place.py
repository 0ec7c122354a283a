"""A place of an authority to which people come at an appointed time: its hours, its seats, and the days it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from panjareh_common.calendar import WorkingCalendar
from panjareh_common.event_store import PublicAggregate
from panjareh_requests.domain.appointments import Plan, Slot, plan_from
from panjareh_requests.domain.refusals_appointments import PlaceChanged, PlaceClosed


class AppointmentPlace(PublicAggregate):
    """`plan` is what its keepers wrote: name, address and city in both languages, hours, slot_minutes, capacity,
    from_day, until_day and services. Whatever changes it says which version was seen.
    """

    TOPIC = "AppointmentPlace"

    class Event(Aggregate.Event):
        pass

    class Opened(Event, Aggregate.Created):
        TOPIC = "AppointmentPlace.Opened"
        authority: str
        plan: dict[str, Any]

    Created = Opened

    class Changed(Event):
        TOPIC = "AppointmentPlace.Changed"
        plan: dict[str, Any]

    class DayClosed(Event):
        """`reason` by language, for those whose time is given away with the day."""

        TOPIC = "AppointmentPlace.DayClosed"
        day: str
        reason: dict[str, str]

    class DayReopened(Event):
        TOPIC = "AppointmentPlace.DayReopened"
        day: str

    class Closed(Event):
        """For good."""

        TOPIC = "AppointmentPlace.Closed"
        reason: dict[str, str]

    def __init__(self, *, authority: str, plan: dict[str, Any]) -> None:
        self.authority = authority
        self.plan = plan
        self.closed_days: dict[str, dict[str, str]] = {}
        self.closed_because: dict[str, str] | None = None

    @classmethod
    def open(
        cls, place_id: UUID, authority: str, plan: Mapping[str, Any], at: datetime
    ) -> AppointmentPlace:
        """The plan was checked before."""
        return cls._create(
            cls.Opened, id=place_id, timestamp=at, authority=authority, plan=dict(plan)
        )

    def change(self, plan: Mapping[str, Any], seen: int | None, at: datetime) -> None:
        """Raises PlaceClosed, PlaceChanged."""
        self._must_be(seen)
        if dict(plan) != self.plan:
            self.trigger_event(self.Changed, timestamp=at, plan=dict(plan))

    def close_day(
        self, day: date, reason: Mapping[str, str], seen: int | None, at: datetime
    ) -> None:
        """Closing a closed one again gives it another reason. Raises PlaceClosed, PlaceChanged."""
        self._must_be(seen)
        if self.closed_days.get(day.isoformat()) != dict(reason):
            self.trigger_event(
                self.DayClosed, timestamp=at, day=day.isoformat(), reason=dict(reason)
            )

    def reopen_day(self, day: date, seen: int | None, at: datetime) -> None:
        """What was given away stays so. Raises PlaceClosed, PlaceChanged."""
        self._must_be(seen)
        if day.isoformat() in self.closed_days:
            self.trigger_event(self.DayReopened, timestamp=at, day=day.isoformat())

    def close(self, reason: Mapping[str, str], seen: int | None, at: datetime) -> None:
        """Raises PlaceClosed, PlaceChanged."""
        self._must_be(seen)
        self.trigger_event(self.Closed, timestamp=at, reason=dict(reason))

    def _must_be(self, seen: int | None) -> None:
        if self.closed_because is not None:
            raise PlaceClosed()
        if seen is not None and seen != self.version:
            raise PlaceChanged(version=self.version)

    @property
    def serves(self) -> Plan:
        return plan_from(self.plan)

    def slots_on(self, day: date, calendar: WorkingCalendar) -> list[Slot]:
        if self.closed_because is not None:
            return []
        return self.serves.slots_on(day, calendar, self.closed_days)

    def slot_at(self, at: datetime, calendar: WorkingCalendar) -> Slot | None:
        """The time that begins at a moment; None where none is offered, or no longer."""
        if self.closed_because is not None:
            return None
        return self.serves.slot_at(at, calendar, self.closed_days)

    def why_closed(self, day: date) -> Mapping[str, str] | None:
        """What its keepers said, where they closed it; None where its hours or the country's calendar did."""
        return self.closed_because or self.closed_days.get(day.isoformat())

    @event(Changed)
    def _changed(self, plan: dict[str, Any]) -> None:
        self.plan = plan

    @event(DayClosed)
    def _day_closed(self, day: str, reason: dict[str, str]) -> None:
        self.closed_days[day] = reason

    @event(DayReopened)
    def _day_reopened(self, day: str) -> None:
        self.closed_days.pop(day, None)

    @event(Closed)
    def _closed(self, reason: dict[str, str]) -> None:
        self.closed_because = reason
