"""The Places and Appointments ports in SQL. A seat is taken by one conditional update, so it is taken once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.types.json import Jsonb

from panjareh_common.clock import to_wire
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_identity.application.lives.ports import OfferedTime
from panjareh_identity.domain.appointment import Appointment
from panjareh_identity.domain.persons_refusals import AppointmentOpen, TimeTaken

_ADD = "INSERT INTO place (code, authority, name, address) VALUES (%s, %s, %s, %s)"
_OFFER = """
INSERT INTO offered_time (place, starts_at, ends_at, capacity) VALUES (%s, %s, %s, %s)
ON CONFLICT (place, starts_at) DO NOTHING
"""
_TAKE = """
UPDATE offered_time SET taken = taken + 1
WHERE place = %s AND starts_at = %s AND starts_at > %s AND taken < capacity RETURNING ends_at
"""
_GIVE_BACK = "UPDATE offered_time SET taken = taken - 1 WHERE place = %s AND starts_at = %s"
_ALL = "SELECT code AS place, authority, name, address FROM place ORDER BY code"
_FREE = """
SELECT place, starts_at, ends_at, capacity - taken AS free FROM offered_time
WHERE place = %s AND starts_at > %s AND taken < capacity ORDER BY starts_at LIMIT 200
"""
_WRITE = """
INSERT INTO appointment
    (appointment_id, person_id, purpose, place, starts_at, ends_at, status, recovery_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (appointment_id) DO UPDATE SET
    place = excluded.place, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
    status = excluded.status
"""
_REMOVE = "DELETE FROM appointment WHERE person_id = %s"
_COLUMNS = "appointment_id, purpose, place, starts_at, ends_at, status"
_OF_PERSON = f"SELECT {_COLUMNS} FROM appointment WHERE person_id = %s ORDER BY starts_at"
_AT_PLACE = f"""
SELECT {_COLUMNS}, person_id FROM appointment
WHERE place = %s AND starts_at >= %s AND starts_at < %s AND status <> 'cancelled'
ORDER BY starts_at
"""


class PostgresPlaces:
    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        unit: UnitOfWork,
        code: str,
        authority: str,
        name: Mapping[str, str],
        address: Mapping[str, str],
    ) -> None:
        unit.execute(_ADD, (code, authority, Jsonb(dict(name)), Jsonb(dict(address))))

    def offer(
        self,
        unit: UnitOfWork,
        place: str,
        times: Sequence[tuple[datetime, datetime]],
        capacity: int,
    ) -> None:
        for starts_at, ends_at in times:
            unit.execute(_OFFER, (place, starts_at, ends_at, capacity))

    def take(self, unit: UnitOfWork, place: str, starts_at: datetime) -> datetime:
        row = unit.execute(_TAKE, (place, starts_at, unit.now)).fetchone()
        if row is None:
            raise TimeTaken()
        ends_at: datetime = row["ends_at"]
        return ends_at

    def give_back(self, unit: UnitOfWork, place: str, starts_at: datetime) -> None:
        unit.execute(_GIVE_BACK, (place, starts_at))

    def all(self) -> list[dict[str, Any]]:
        with self._database.connection() as connection:
            return connection.execute(_ALL).fetchall()

    def free_times(self, place: str, after: datetime) -> list[OfferedTime]:
        with self._database.connection() as connection:
            rows = connection.execute(_FREE, (place, after)).fetchall()
        return [OfferedTime(**row) for row in rows]


class PostgresAppointments:
    def write(self, unit: UnitOfWork, appointment: Appointment) -> None:
        row = (
            appointment.id,
            appointment.person,
            str(appointment.purpose),
            appointment.place,
            appointment.starts_at,
            appointment.ends_at,
            str(appointment.status),
            appointment.recovery,
        )
        try:
            unit.execute(_WRITE, row)
        except UniqueViolation:
            raise AppointmentOpen() from None

    def of_person(self, unit: UnitOfWork, person_id: UUID) -> list[dict[str, Any]]:
        return [_shown(row) for row in unit.execute(_OF_PERSON, (person_id,)).fetchall()]

    def at_place(self, unit: UnitOfWork, place: str, day: datetime) -> list[dict[str, Any]]:
        window = (place, day, day + timedelta(days=1))
        return [_shown(row) for row in unit.execute(_AT_PLACE, window).fetchall()]

    def remove(self, unit: UnitOfWork, person_id: UUID) -> None:
        unit.execute(_REMOVE, (person_id,))


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    ids = {name: str(row[name]) for name in ("appointment_id", "person_id") if name in row}
    times = {name: to_wire(row[name]) for name in ("starts_at", "ends_at")}
    return dict(row) | ids | times
