"""The order in which an authority takes what waits for it, asked of its rows (migration 0011)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_requests.application.ports_work import Lane
from panjareh_requests.domain.queue_order import MOST_COUNTED
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.work_rows import NEVER

# What this officer could take: neither decides about the other who acts for the other.
OPEN_TO = """
NOT (%(officer_id)s = ANY(work.blocked)) AND NOT EXISTS (
    SELECT FROM mandate_tie
    WHERE NOT ended AND (until IS NULL OR until > %(now)s)
      AND ((representative = %(officer_id)s AND represented = ANY(work.persons))
        OR (represented = %(officer_id)s AND representative = ANY(work.persons))))
"""
_LANES = {
    Lane.FREE: "work.officer_id IS NULL",
    Lane.HELD: "work.officer_id = %(officer_id)s AND work.proposed_by IS NULL",
    Lane.PROPOSED: "work.proposed_by IS NOT NULL AND work.proposed_by <> %(officer_id)s",
}
# A row that an older release did not write is placed by what is known elsewhere.
_AHEAD = f"""
SELECT count(*) AS ahead FROM (
    SELECT FROM work
    WHERE work.authority = %(authority)s AND work.skill = %(skill)s AND {{lane}} AND {OPEN_TO}
      AND (work.due_at, work.submitted_at, work.request_id) < (
          COALESCE((SELECT due_at FROM work WHERE request_id = %(request_id)s),
                   (SELECT deadline_at FROM clock WHERE request_id = %(request_id)s), '{NEVER}'),
          %(submitted_at)s, %(request_id)s)
    LIMIT {MOST_COUNTED}) AS those
"""
_AT_ONCE = 100  # who may ask for the next at the same moment
# What a colleague is taking at this moment is passed over, so that two who ask at once wait for nobody. The lock is
# no row's: commands lock events first and rows then, and whoever did it the other way round would stand in their way.
_FIRST = f"""
SELECT request_id FROM (
    SELECT request_id FROM work
    WHERE authority = %(authority)s AND {{skill}} AND officer_id IS NULL AND {OPEN_TO}
      AND NOT (request_id = ANY(%(but)s::uuid[]))
    ORDER BY due_at, submitted_at, request_id LIMIT {_AT_ONCE}) AS first
WHERE pg_try_advisory_xact_lock(hashtextextended('take_next:' || request_id, 0)) LIMIT 1
"""
_OF_ONE, _OF_SOME = "skill = %(skill)s", "skill = ANY(%(skills)s)"
_SORT = f"""
SELECT wanted.id FROM unnest(%s::uuid[]) WITH ORDINALITY AS wanted (id, place)
LEFT JOIN work ON work.request_id = wanted.id
ORDER BY COALESCE(due_at, '{NEVER}'), submitted_at, wanted.id
"""
_HELD = """
SELECT request_id FROM request
WHERE officer_id = %s AND authority = %s AND status NOT IN ('decided', 'withdrawn', 'closed') LIMIT %s
"""


class PostgresOrder:
    """The Order port in SQL."""

    def ahead(
        self, unit: UnitOfWork, request: ServiceRequest, skill: str, officer_id: UUID, lane: Lane
    ) -> int:
        parameters = {
            "authority": request.authority,
            "skill": skill,
            "officer_id": officer_id,
            "request_id": request.id,
            "submitted_at": request.created_on,
            "now": unit.now,
        }
        [row] = unit.fetch(_AHEAD.format(lane=_LANES[lane]), parameters)
        return int(row["ahead"])

    def take_first(
        self,
        unit: UnitOfWork,
        authority: str,
        officer_id: UUID,
        skills: Collection[str],
        but: Sequence[UUID],
    ) -> UUID | None:
        parameters = {
            "authority": authority,
            "officer_id": officer_id,
            "skill": next(iter(skills)),
            "skills": sorted(skills),
            "but": list(but),
            "now": unit.now,
        }
        query = _FIRST.format(skill=_OF_ONE if len(skills) == 1 else _OF_SOME)
        found = unit.execute(query, parameters).fetchone()
        return None if found is None else found["request_id"]

    def sort(self, unit: UnitOfWork, requests: Sequence[UUID]) -> list[UUID]:
        return [row["id"] for row in unit.fetch(_SORT, (list(requests),))]

    def held_by(self, unit: UnitOfWork, officer_id: UUID, authority: str, limit: int) -> list[UUID]:
        return [row["request_id"] for row in unit.fetch(_HELD, (officer_id, authority, limit))]
