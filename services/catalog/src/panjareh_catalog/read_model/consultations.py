"""Which drafts are before people, and what became of their opinions: rows written in the commit of their events (C5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.consultation import Consultation, Outcome
from panjareh_catalog.domain.consultation_refusals import UnknownConsultation
from panjareh_catalog.domain.values import Card
from panjareh_common.clock import Clock, from_wire, to_wire
from panjareh_common.database import Database
from panjareh_common.event_store import UnitOfWork
from panjareh_common.paging import from_cursor, page

_COLUMNS = """
consultation_id, service_code, service_name, authority, number, about, questions, required_loa, opened_at, until,
closed_at, ending, published_number, reason
"""
_WRITE = f"""
INSERT INTO consultation ({_COLUMNS})
SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::consultation, %s)
ON CONFLICT (consultation_id) DO UPDATE SET
    until = excluded.until, closed_at = excluded.closed_at, ending = excluded.ending,
    published_number = excluded.published_number, reason = excluded.reason
"""
_NAME = "SELECT service_name FROM consultation WHERE consultation_id = %s"
_CARD = "SELECT card FROM service_version WHERE service_code = %s AND number = %s"
_HOLD = "SELECT 1 FROM consultation WHERE consultation_id = %s FOR {}"
_TOLD = f"""
SELECT {_COLUMNS}, authority.name AS authority_name FROM consultation
JOIN authority ON authority.code = consultation.authority
"""
_LIST = f"""
{_TOLD}
WHERE (%(service)s::text IS NULL OR service_code = %(service)s)
  AND (%(authority)s::text IS NULL OR authority = %(authority)s)
  AND (%(standing)s::text IS NULL OR %(standing)s =
       CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN until > %(now)s THEN 'open' ELSE 'ended' END)
  AND (%(at)s::timestamptz IS NULL
       OR (opened_at, consultation_id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY opened_at DESC, consultation_id DESC LIMIT %(limit)s
"""
_ONE = f"{_TOLD} WHERE consultation_id = %s"
_COUNT = """
SELECT outcome, count(*) AS number FROM opinion WHERE consultation_id = %s GROUP BY outcome
"""
_IDS = "SELECT consultation_id, closed_at IS NOT NULL AS closed FROM consultation"
_WITH_KEY = "SELECT person_id FROM person_key WHERE person_id = ANY(%s)"


class PostgresConsultations:
    """The ConsultationRows and ConsultationIds ports in SQL, and what anyone may read of them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    # Written

    def write(
        self, unit: UnitOfWork, consultation: Consultation, service_name: Mapping[str, str]
    ) -> None:
        row = {
            "consultation_id": consultation.id,
            "service_code": consultation.service_code,
            "service_name": dict(service_name),
            "authority": consultation.authority,
            "number": consultation.number,
            "about": consultation.about,
            "questions": consultation.questions,
            "required_loa": consultation.required_loa,
            "opened_at": consultation.created_on,
            "until": consultation.until,
            "closed_at": consultation.closed_at,
            "ending": consultation.ending and str(consultation.ending),
            "published_number": consultation.published_number,
            "reason": consultation.reason,
        }
        unit.write(_WRITE, row)

    def name_of(self, unit: UnitOfWork, consultation_id: UUID) -> Mapping[str, str]:
        name: Mapping[str, str] = unit.fetch(_NAME, (consultation_id,))[0]["service_name"]
        return name

    def shown_card(self, unit: UnitOfWork, service_code: str, number: int) -> Card:
        card: Card = unit.fetch(_CARD, (service_code, number))[0]["card"]
        return card

    def hold(self, unit: UnitOfWork, consultation_id: UUID, *, alone: bool) -> None:
        unit.execute(_HOLD.format("UPDATE" if alone else "SHARE"), (consultation_id,))

    # For erasures

    def ids(self) -> Iterable[tuple[UUID, bool]]:
        return [(row[0], row[1]) for row in self._database.fetch(_IDS)]

    def with_key(self, names: Iterable[UUID]) -> Iterable[UUID]:
        return [row[0] for row in self._database.fetch(_WITH_KEY, (list(names),))]

    # Read by anyone

    def page(
        self,
        *,
        standing: str | None,
        service: str | None,
        authority: str | None,
        after: str | None,
        limit: int,
        language: str,
    ) -> dict[str, Any]:
        """`{items, next}`, the newest first. Standing: open, ended (being decided about) or closed."""
        now = self._clock()
        at, consultation_id = from_cursor(after, from_wire, UUID) or (None, None)
        wanted = {
            "standing": standing,
            "service": service,
            "authority": authority,
            "now": now,
            "at": at,
            "id": consultation_id,
            "limit": limit + 1,
        }
        with self._database.connection() as connection:
            rows = connection.execute(_LIST, wanted).fetchall()
        found = page(rows, limit, _key)
        return found | {"items": [_in_list(row, now, language) for row in found["items"]]}

    def get(self, consultation_id: UUID, language: str) -> dict[str, Any]:
        """One consultation, with the card that is before people and how their opinions were used.

        Raises UnknownConsultation.
        """
        with self._database.connection() as connection:
            row = connection.execute(_ONE, (consultation_id,)).fetchone()
            if row is None:
                raise UnknownConsultation()
            counted = connection.execute(_COUNT, (consultation_id,)).fetchall()
            version = connection.execute(_CARD, (row["service_code"], row["number"])).fetchone()
        number = {each["outcome"]: each["number"] for each in counted}
        return _in_list(row, self._clock(), language) | {
            "questions": [
                {"question": place, "text": question[language]}
                for place, question in enumerate(row["questions"], 1)
            ],
            "card": raised(version["card"]) if version else None,
            "opinions": {str(outcome): number.get(outcome, 0) for outcome in Outcome}
            | {"given": sum(number.values()), "undecided": number.get(None, 0)},
        }


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return to_wire(row["opened_at"]), str(row["consultation_id"])


def _in_list(row: dict[str, Any], now: datetime, language: str) -> dict[str, Any]:
    if row["closed_at"]:
        standing = "closed"
    else:
        standing = "open" if row["until"] > now else "ended"
    reason = row["reason"]
    return {
        "consultation_id": row["consultation_id"],
        "service": {"code": row["service_code"], "name": row["service_name"][language]},
        "authority": {"code": row["authority"], "name": row["authority_name"][language]},
        "number": row["number"],
        "about": row["about"][language],
        "standing": standing,
        "opened_at": row["opened_at"],
        "until": row["until"],
        "required_loa": row["required_loa"],
        "closed_at": row["closed_at"],
        "ending": row["ending"],
        "published_number": row["published_number"],
        "reason": reason[language] if reason else None,
    }
