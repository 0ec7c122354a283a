"""Seats and the line in SQL. A seat is a row with a key of its own, so the database itself gives none to two.

Rows follow the request's events in the commit that stores them; what is read here is read in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from panjareh_common.calendar import day_in_tehran
from panjareh_common.event_store import UnitOfWork
from panjareh_requests.application.appointment_waits import (
    KIND_CHOOSE,
    KIND_HOLD,
    KIND_MARK,
    KIND_PASS_ON,
    seat_name,
)
from panjareh_requests.application.ports_appointments import Seat
from panjareh_requests.domain.appointment_place import AppointmentPlace
from panjareh_requests.domain.appointments import MARKED_WITHIN, Slot, hold_until
from panjareh_requests.domain.service_request import ServiceRequest

# Any seat that is free, so that many who ask at once do not all reach for the same one.
_TAKE = """
INSERT INTO appointment_seat (place_id, starts_at, seat, ends_at, state, request_id)
SELECT %(place_id)s, %(starts_at)s, free.seat, %(ends_at)s, 'booked', %(request_id)s
FROM (SELECT number AS seat FROM generate_series(1, %(capacity)s) AS number
      WHERE NOT EXISTS (SELECT FROM appointment_seat
                        WHERE place_id = %(place_id)s AND starts_at = %(starts_at)s AND seat = number)
        AND (SELECT count(*) FROM appointment_seat
             WHERE place_id = %(place_id)s AND starts_at = %(starts_at)s) < %(capacity)s
      ORDER BY random() LIMIT 1) AS free
ON CONFLICT (place_id, starts_at, seat) DO NOTHING
RETURNING seat
"""
_LEFT = """
SELECT count(*) AS taken FROM appointment_seat WHERE place_id = %(place_id)s AND starts_at = %(starts_at)s
"""
_TAKE_KEPT = """
UPDATE appointment_seat SET state = 'booked'
WHERE request_id = %(request_id)s AND state = 'held' AND place_id = %(place_id)s AND starts_at = %(starts_at)s
RETURNING seat
"""
_OF_REQUEST = """
SELECT place_id, starts_at, ends_at, seat, state FROM appointment_seat
WHERE request_id = %s AND state IN ('booked', 'held') FOR UPDATE
"""
_ANYBODY = """
SELECT 1 FROM appointment_waiting
WHERE place_id = %(place_id)s AND %(day)s BETWEEN from_day AND until_day AND NOT has_offer
  AND request_id <> %(request_id)s LIMIT 1
"""
_FIRST = """
SELECT request_id FROM appointment_waiting
WHERE place_id = %(place_id)s AND %(day)s BETWEEN from_day AND until_day AND NOT has_offer
  AND NOT request_id = ANY(%(but)s::uuid[])
ORDER BY joined_at, request_id LIMIT 1
"""
# Whoever changes what a request has locks its place in the line first, and then its seats: nobody waits in a circle.
_LOCK_LINE = "SELECT 1 FROM appointment_waiting WHERE request_id = %s FOR UPDATE"
_ONE = "place_id = %(place_id)s AND starts_at = %(starts_at)s AND seat = %(seat)s"
_PASS = f"UPDATE appointment_seat SET state = 'passing', request_id = NULL WHERE {_ONE}"
_FREE = f"DELETE FROM appointment_seat WHERE {_ONE}"
_DROP = f"DELETE FROM appointment_seat WHERE {_ONE} AND state = 'passing'"
_PAST = f"UPDATE appointment_seat SET state = %(as)s WHERE {_ONE}"
_HAND_OVER = f"""
UPDATE appointment_seat SET state = 'held', request_id = %(request_id)s
WHERE {_ONE} AND state = 'passing' RETURNING seat
"""
_WAITS = """
INSERT INTO appointment_waiting (request_id, place_id, from_day, until_day, joined_at, has_offer, version)
VALUES (%(request_id)s, %(place_id)s, %(from_day)s, %(until_day)s, %(joined_at)s, %(has_offer)s, %(version)s)
ON CONFLICT (request_id) DO UPDATE SET
    place_id = excluded.place_id, from_day = excluded.from_day, until_day = excluded.until_day,
    joined_at = excluded.joined_at, has_offer = excluded.has_offer, version = excluded.version
"""
_WAITS_NOT = "DELETE FROM appointment_waiting WHERE request_id = %s"
_AHEAD = """
SELECT starts_at, request_id FROM appointment_seat
WHERE place_id = %(place_id)s AND starts_at > %(now)s AND state IN ('booked', 'held')
  AND (%(at)s::timestamptz IS NULL OR (starts_at, request_id) > (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY starts_at, request_id LIMIT %(limit)s
"""
_MARKS = {
    ServiceRequest.AppointmentKept.TOPIC: "kept",
    ServiceRequest.AppointmentMissed.TOPIC: "missed",
}


class PostgresSeats:
    def take(
        self, unit: UnitOfWork, place_id: UUID, slot: Slot, capacity: int, request_id: UUID
    ) -> bool:
        wanted = {
            "place_id": place_id,
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "capacity": capacity,
            "request_id": request_id,
        }
        unit.execute(_LOCK_LINE, (request_id,))
        if unit.execute(_TAKE_KEPT, wanted).fetchone():
            return True
        # Each turn in which another was faster, somebody got a seat: it ends when none is left.
        while unit.execute(_TAKE, wanted).fetchone() is None:
            left = unit.execute(_LEFT, wanted).fetchone()
            if left is None or left["taken"] >= capacity:
                return False
        return True

    def give_back(self, unit: UnitOfWork, request_id: UUID) -> None:
        unit.execute(_LOCK_LINE, (request_id,))
        for row in unit.execute(_OF_REQUEST, (request_id,)).fetchall():
            if row["state"] == "booked":
                self._free(unit, row, request_id)

    def follow(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        saved = {e.version: e.topic for e in unit.saved if e.stream == request.id}
        if request.appointment_version not in saved:
            return
        mark = next((_MARKS[topic] for topic in saved.values() if topic in _MARKS), "unmarked")
        has = {
            "booked": (request.appointment_place, request.appointment_at),
            "held": (request.kept_place, request.kept_at),
        }
        unit.execute(_LOCK_LINE, (request.id,))
        for row in unit.execute(_OF_REQUEST, (request.id,)).fetchall():
            if (row["place_id"], row["starts_at"]) == has[row["state"]]:
                continue
            marked = row["state"] == "booked" and mark != "unmarked"
            if marked or row["starts_at"] <= unit.now:
                unit.execute(_PAST, row | {"as": mark})
            else:
                self._free(unit, row, request.id)
        self._follow_line(unit, request)
        self._follow_waits(unit, request)

    def _follow_line(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        if request.line is None:
            unit.execute(_WAITS_NOT, (request.id,))
            return
        place_id, from_day, until_day = request.line
        row = {
            "request_id": request.id,
            "place_id": place_id,
            "from_day": from_day,
            "until_day": until_day,
            "joined_at": request.line_since,
            "has_offer": request.kept_at is not None,
            "version": request.version,
        }
        unit.execute(_WAITS, row)

    @staticmethod
    def _follow_waits(unit: UnitOfWork, request: ServiceRequest) -> None:
        """Each ends what it began only: it names the event that began it, and finds nothing to do after another."""
        if request.appointment_ends is not None:
            until = request.appointment_ends + MARKED_WITHIN
            unit.wait_until(until, KIND_MARK, request.id, str(request.booking_version))
        elif request.book_by is not None:
            unit.wait_until(request.book_by, KIND_CHOOSE, request.id, str(request.offer_version))
        if request.kept_until is not None:
            unit.wait_until(request.kept_until, KIND_HOLD, request.id, str(request.hold_version))

    def _free(self, unit: UnitOfWork, row: dict[str, Any], request_id: UUID) -> None:
        slot = Slot(row["starts_at"], row["ends_at"])
        wanted = row | {"day": day_in_tehran(slot.starts_at), "request_id": request_id}
        waited_for = hold_until(slot, unit.now) and unit.execute(_ANYBODY, wanted).fetchone()
        if not waited_for:
            unit.execute(_FREE, row)
            return
        unit.execute(_PASS, row)
        seat = Seat.from_row(row)
        unit.wait_until(unit.now, KIND_PASS_ON, seat.place_id, seat_name(seat))

    def hand_over(self, unit: UnitOfWork, seat: Seat, request_id: UUID) -> bool:
        done = unit.execute(_HAND_OVER, vars(seat) | {"request_id": request_id})
        return done.fetchone() is not None

    def drop(self, unit: UnitOfWork, seat: Seat) -> None:
        unit.execute(_DROP, vars(seat))

    def first_in_line(
        self, unit: UnitOfWork, seat: Seat, but: Collection[UUID] = ()
    ) -> UUID | None:
        wanted = {
            "place_id": seat.place_id,
            "day": day_in_tehran(seat.starts_at),
            "but": list(but),
        }
        # Who was first may have got a time, or left, while we waited for them: then nothing is found, and we look again.
        while unit.execute(_FIRST, wanted).fetchone():
            row = unit.execute(f"{_FIRST} FOR UPDATE", wanted).fetchone()
            if row is not None:
                found: UUID = row["request_id"]
                return found
        return None

    def ahead(
        self,
        unit: UnitOfWork,
        place_id: UUID,
        now: datetime,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[tuple[datetime, UUID]]:
        at, request_id = after or (None, None)
        wanted = {
            "place_id": place_id,
            "now": now,
            "at": at,
            "id": request_id,
            "limit": limit,
        }
        return [(row["starts_at"], row["request_id"]) for row in unit.fetch(_AHEAD, wanted)]


_WRITE_PLACE = """
INSERT INTO appointment_place (place_id, authority, version, closed, services, plan)
SELECT place_id, authority, version, closed, services, plan
FROM jsonb_populate_recordset(NULL::appointment_place, %s)
ON CONFLICT (place_id) DO UPDATE SET
    version = excluded.version, closed = excluded.closed, services = excluded.services, plan = excluded.plan
WHERE appointment_place.version < excluded.version
"""
_EXPECTING = """
SELECT DISTINCT place_id FROM appointment_place JOIN appointment_seat USING (place_id)
WHERE (%(scope)s = '' OR authority = %(scope)s) AND NOT closed AND state IN ('booked', 'held')
  AND starts_at >= %(from)s AND starts_at < %(until)s
"""


class PostgresPlaces:
    """The rows of places, written in the commit of their events."""

    def write(self, unit: UnitOfWork, place: AppointmentPlace) -> None:
        row = {
            "place_id": place.id,
            "authority": place.authority,
            "version": place.version,
            "closed": place.closed_because is not None,
            "services": place.plan["services"],
            "plan": place.plan,
        }
        unit.write(_WRITE_PLACE, row)

    def with_appointments(self, unit: UnitOfWork, scope: str, day: datetime) -> list[UUID]:
        wanted = {"scope": scope, "from": day, "until": day + timedelta(days=1)}
        return [row["place_id"] for row in unit.fetch(_EXPECTING, wanted)]
