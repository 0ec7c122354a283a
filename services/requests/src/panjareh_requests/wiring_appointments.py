"""Puts together what coming in person needs."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_common.event_store import EventLog
from panjareh_requests.adapters.calendar_file import Entry, calendar_file
from panjareh_requests.application.appointing import Appointments
from panjareh_requests.application.appointment_places import AppointmentPlaces
from panjareh_requests.application.appointment_waits import AppointmentWaits
from panjareh_requests.application.handling import Handling
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.appointment_days import AppointmentDays
from panjareh_requests.read_model.appointment_seats import PostgresPlaces, PostgresSeats
from panjareh_requests.read_model.appointments import AppointmentStory
from panjareh_requests.read_model.calendars import Calendars
from panjareh_requests.read_model.terms import PublishedTerms


@dataclass(frozen=True)
class AppointmentParts:
    appointments: Appointments
    places: AppointmentPlaces
    waits: AppointmentWaits
    story: AppointmentStory
    days: AppointmentDays


def wire_appointments(
    log: EventLog,
    handling: Handling,
    seats: PostgresSeats,
    *,
    terms: PublishedTerms,
    calendars: Calendars,
    looks: Looks,
) -> AppointmentParts:
    places = AppointmentPlaces(handling, terms, PostgresPlaces())
    calendars.when_a_day_changes(places.day_announced)
    return AppointmentParts(
        appointments=Appointments(handling, terms, seats, calendars),
        places=places,
        waits=AppointmentWaits(log, handling, terms=terms, seats=seats, days=calendars),
        story=AppointmentStory(log, looks, terms, calendars, _file),
        days=AppointmentDays(log, looks),
    )


def _file(request: ServiceRequest, *, title: str, where: str, details: str) -> str:
    assert request.appointment_at is not None and request.appointment_ends is not None
    return calendar_file(
        Entry(
            request_id=request.id,
            sequence=request.booking_version,
            changed_at=request.modified_on,
            starts_at=request.appointment_at,
            ends_at=request.appointment_ends,
            title=title,
            where=where,
            details=details,
        )
    )
