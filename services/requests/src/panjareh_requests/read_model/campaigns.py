"""Campaigns in SQL: their lines, the numbers that were drawn, and what became of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_requests.application.ports_campaigns import HeldLine
from panjareh_requests.domain.campaign import CampaignTerms, Line, Ticket

_BEGIN = """
INSERT INTO campaign (campaign_id, service_code, opens_at, closes_at, rate, capacity, turn_minutes,
                      looked_to, counted_to)
VALUES (%(id)s, %(code)s, %(opens_at)s, %(closes_at)s, %(rate)s, %(capacity)s, %(turn_minutes)s,
        %(opens_at)s, %(opens_at)s)
ON CONFLICT (campaign_id) DO NOTHING
"""
_HOLD = "SELECT * FROM campaign WHERE campaign_id = %s FOR UPDATE"
_HOLD_UNHELD = "SELECT * FROM campaign WHERE campaign_id = %s FOR UPDATE SKIP LOCKED"
_FREE = "SELECT place FROM campaign_free_place WHERE campaign_id = %s ORDER BY place LIMIT %s"
_FREED = """
INSERT INTO campaign_free_place SELECT %s, unnest(%s::integer[]) ON CONFLICT DO NOTHING
"""
_NOT_FREE = "DELETE FROM campaign_free_place WHERE campaign_id = %s AND place = ANY(%s)"
_SAVE = """
UPDATE campaign SET closes_at = %(closes_at)s, rate = %(rate)s, capacity = %(capacity)s,
    turn_minutes = %(turn_minutes)s, drawn = %(drawn)s, placed = %(placed)s, waiting = %(waiting)s,
    called = %(called)s, next_turn_at = %(next_turn_at)s, lapsed = %(lapsed)s, looked_to = %(looked_to)s,
    entered = %(entered)s, counted_to = %(counted_to)s, over = %(over)s
WHERE campaign_id = %(id)s
"""
_TICKET = "ticket.number, ticket.drawn_at, ticket.place, ticket.turn_at, ticket.until"
_OF_PERSONS = f"""
SELECT ticket.person_id, {_TICKET}, claim.number IS NOT NULL AS used
FROM campaign_ticket AS ticket LEFT JOIN campaign_claim AS claim USING (campaign_id, number)
WHERE campaign_id = %s AND ticket.person_id = ANY(%s) AND ticket.ended_at IS NULL
"""
_ADD = """
INSERT INTO campaign_ticket (campaign_id, number, person_id, drawn_at, place, turn_at, until)
SELECT %s, * FROM unnest(%s::integer[], %s::uuid[], %s::timestamptz[], %s::integer[], %s::timestamptz[], %s::timestamptz[])
"""
# Who claims at this moment is first, or finds the number claimed: one of the two, never both.
_LAPSE = """
WITH passed AS (
    SELECT number, place FROM campaign_ticket
    WHERE campaign_id = %(id)s AND ended_at IS NULL AND until > %(looked_to)s AND until <= %(now)s
    ORDER BY until LIMIT %(limit)s),
lapsed AS (
    INSERT INTO campaign_claim (campaign_id, number, claimed_at)
    SELECT %(id)s, number, %(now)s FROM passed ORDER BY number
    ON CONFLICT (campaign_id, number) DO NOTHING RETURNING number)
UPDATE campaign_ticket AS ticket SET ended_at = %(now)s
FROM lapsed JOIN passed USING (number)
WHERE ticket.campaign_id = %(id)s AND ticket.number = lapsed.number
RETURNING passed.place
"""
_LOOKED = """
SELECT until FROM campaign_ticket
WHERE campaign_id = %(id)s AND ended_at IS NULL AND until > %(looked_to)s AND until <= %(now)s
ORDER BY until OFFSET %(limit)s - 1 LIMIT 1
"""
_TAKE_BACK = """
WITH given AS (
    SELECT number, place FROM campaign_claim
    WHERE campaign_id = %(id)s AND given_back_at IS NOT NULL AND NOT taken_back
    ORDER BY number LIMIT %(limit)s FOR UPDATE),
emptied AS (
    UPDATE campaign_claim AS claim SET place = NULL, taken_back = true FROM given
    WHERE claim.campaign_id = %(id)s AND claim.number = given.number)
UPDATE campaign_ticket AS ticket SET ended_at = %(now)s FROM given
WHERE ticket.campaign_id = %(id)s AND ticket.number = given.number AND ticket.ended_at IS NULL
RETURNING given.place
"""
_WAITING = f"""
SELECT {_TICKET}, false AS used FROM campaign_ticket AS ticket
WHERE campaign_id = %s AND turn_at IS NULL AND ended_at IS NULL ORDER BY number LIMIT %s
"""
_TURNS = """
UPDATE campaign_ticket AS ticket SET place = moved.place, turn_at = moved.turn_at, until = moved.until
FROM unnest(%s::integer[], %s::integer[], %s::timestamptz[], %s::timestamptz[])
     AS moved (number, place, turn_at, until)
WHERE ticket.campaign_id = %s AND ticket.number = moved.number
"""
_COUNT = """
SELECT count(*) FROM campaign_claim
WHERE campaign_id = %s AND request_id IS NOT NULL AND claimed_at >= %s AND claimed_at < %s
"""
_CLAIM = """
INSERT INTO campaign_claim (campaign_id, number, request_id, place, places, claimed_at)
SELECT campaign_id, number, request_id, place, places, claimed_at
FROM jsonb_populate_recordset(NULL::campaign_claim, %s)
"""
_GIVE_BACK = """
UPDATE campaign_claim AS claim SET given_back_at = given.given_back_at
FROM jsonb_populate_recordset(NULL::campaign_claim, %s) AS given
WHERE claim.request_id = given.request_id AND claim.given_back_at IS NULL
"""
_RUNNING = "SELECT campaign_id FROM campaign WHERE NOT over"
_FIGURES = """
SELECT campaign.*,
    (SELECT max(number) FROM (SELECT number FROM campaign_ticket AS ticket
        WHERE ticket.campaign_id = campaign.campaign_id AND turn_at <= %(now)s
        ORDER BY turn_at DESC LIMIT 1) AS newest) AS served,
    (SELECT count(*) FROM campaign_claim AS claim
        WHERE claim.campaign_id = campaign.campaign_id AND request_id IS NOT NULL
          AND claimed_at > %(since)s) AS entered_of_late
FROM campaign WHERE campaign_id = %(id)s
"""
_OF_ERASED = "UPDATE campaign_ticket SET person_id = NULL WHERE person_id = %s"

MEASURED = timedelta(seconds=10)
"""Over which the rate of those who are let in is measured."""


class PostgresCampaigns:
    """The port in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(
        self, unit: UnitOfWork, service_code: str, terms: CampaignTerms, *, free: int
    ) -> HeldLine:
        campaign_id = terms.id_of(service_code)
        row = unit.execute(_HOLD, (campaign_id,)).fetchone()
        if row is None:
            unit.execute(_BEGIN, {"id": campaign_id, "code": service_code} | vars(terms))
            row = unit.execute(_HOLD, (campaign_id,)).fetchone()
        assert row is not None
        return self._held(unit, row, terms, free)

    def hold_known(self, unit: UnitOfWork, campaign_id: UUID) -> HeldLine | None:
        row = unit.execute(_HOLD_UNHELD, (campaign_id,)).fetchone()
        if row is None or row["over"]:
            return None
        names = ("opens_at", "closes_at", "rate", "capacity", "turn_minutes")
        terms = CampaignTerms(**{name: row[name] for name in names})
        return self._held(unit, row, terms, None)

    def save(self, unit: UnitOfWork, held: HeldLine, *, over: bool = False) -> None:
        line = held.line
        before = set(held.known_free)
        if gone := list(before - set(held.free)):
            unit.execute(_NOT_FREE, (held.id, gone))
        if come := list(set(held.free) - before):
            unit.execute(_FREED, (held.id, come))
        row = {name: value for name, value in vars(line).items() if name != "terms"}
        row |= vars(line.terms) | {"id": held.id, "over": over, "lapsed": held.lapsed}
        row |= {"looked_to": held.looked_to, "entered": held.entered, "counted_to": held.counted_to}
        unit.execute(_SAVE, row)

    def tickets_of(
        self, unit: UnitOfWork, campaign_id: UUID, persons: Collection[UUID]
    ) -> dict[UUID, Ticket]:
        rows = unit.fetch(_OF_PERSONS, (campaign_id, list(persons)))
        return {row.pop("person_id"): Ticket(**row) for row in rows}

    def add(
        self, unit: UnitOfWork, campaign_id: UUID, drawn: Sequence[tuple[UUID, Ticket]]
    ) -> None:
        if drawn:
            columns = (
                [ticket.number for _, ticket in drawn],
                [person for person, _ in drawn],
                [ticket.drawn_at for _, ticket in drawn],
                [ticket.place for _, ticket in drawn],
                [ticket.turn_at for _, ticket in drawn],
                [ticket.until for _, ticket in drawn],
            )
            unit.execute(_ADD, (campaign_id, *columns))

    def end_lapsed(self, unit: UnitOfWork, held: HeldLine, now: datetime, limit: int) -> int:
        wanted = {"id": held.id, "looked_to": held.looked_to, "now": now, "limit": limit}
        last = unit.execute(_LOOKED, wanted).fetchone()  # turns end one after another
        rows = unit.execute(_LAPSE, wanted).fetchall()
        held.looked_to = last["until"] if last else now
        held.lapsed += len(rows)
        held.free += [row["place"] for row in rows if row["place"] is not None]
        return len(rows)

    def take_back(self, unit: UnitOfWork, held: HeldLine, now: datetime, limit: int) -> int:
        wanted = {"id": held.id, "now": now, "limit": limit}
        rows = unit.execute(_TAKE_BACK, wanted).fetchall()
        held.free += [row["place"] for row in rows if row["place"] is not None]
        return len(rows)

    def first_waiting(self, unit: UnitOfWork, campaign_id: UUID, limit: int) -> list[Ticket]:
        return [Ticket(**row) for row in unit.execute(_WAITING, (campaign_id, limit))]

    def give_turns(self, unit: UnitOfWork, campaign_id: UUID, moved: Sequence[Ticket]) -> None:
        columns = (
            [ticket.number for ticket in moved],
            [ticket.place for ticket in moved],
            [ticket.turn_at for ticket in moved],
            [ticket.until for ticket in moved],
        )
        unit.execute(_TURNS, (*columns, campaign_id))

    def count_entered(self, unit: UnitOfWork, held: HeldLine, to: datetime) -> None:
        if to > held.counted_to:
            row = unit.execute(_COUNT, (held.id, held.counted_to, to)).fetchone()
            assert row is not None
            held.entered += row["count"]
            held.counted_to = to

    def claim(
        self, unit: UnitOfWork, campaign_id: UUID, ticket: Ticket, places: int | None, request: UUID
    ) -> None:
        row = {"campaign_id": campaign_id, "number": ticket.number, "request_id": request}
        taken = {"place": ticket.place, "places": places, "claimed_at": unit.now}
        unit.write(_CLAIM, row | taken)

    def give_back(self, unit: UnitOfWork, request_id: UUID) -> None:
        unit.write(_GIVE_BACK, {"request_id": request_id, "given_back_at": unit.now})

    def running(self) -> list[UUID]:
        """Raises Unavailable."""
        return [campaign_id for (campaign_id,) in self._database.fetch(_RUNNING)]

    def figures(self, campaign_id: UUID, now: datetime) -> Mapping[str, Any] | None:
        with self._database.connection() as connection:
            wanted = {"id": campaign_id, "now": now, "since": now - MEASURED}
            return connection.execute(_FIGURES, wanted).fetchone()

    def remove_of(self, person_id: UUID) -> None:
        """Whose number it was is forgotten; what became of it stays. Raises Unavailable."""
        with self._database.connection() as connection:
            connection.execute(_OF_ERASED, (person_id,))

    def _held(
        self, unit: UnitOfWork, row: Mapping[str, Any], terms: CampaignTerms, free: int | None
    ) -> HeldLine:
        names = ("drawn", "placed", "waiting", "called", "next_turn_at")
        found = unit.execute(_FREE, (row["campaign_id"], free)).fetchall()
        places = [each["place"] for each in found]
        return HeldLine(
            row["campaign_id"],
            row["service_code"],
            Line(terms, **{name: row[name] for name in names}),
            list(places),
            looked_to=row["looked_to"],
            counted_to=row["counted_to"],
            lapsed=row["lapsed"],
            entered=row["entered"],
            known_free=tuple(places),
        )
