"""Our own copy of who holds which office and who acts for whom, and the skills that supervisors give (I7, R3)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.messaging import Message
from panjareh_requests.application.working import KIND_LEFT

_KEEP = """
INSERT INTO officer (officer_id, authority, roles, sequence)
SELECT officer_id, authority, roles, sequence FROM jsonb_populate_recordset(NULL::officer, %s)
ON CONFLICT (officer_id) DO UPDATE SET
    authority = excluded.authority, roles = excluded.roles, sequence = excluded.sequence
WHERE officer.sequence < excluded.sequence
"""
_BEFORE = "SELECT authority, roles, sequence FROM officer WHERE officer_id = %s"
# Whichever of the two messages of a mandate comes first makes the row.
_TIE = """
INSERT INTO mandate_tie (mandate_id, representative, represented, until)
SELECT mandate_id, representative, represented, until FROM jsonb_populate_recordset(NULL::mandate_tie, %s)
ON CONFLICT (mandate_id) DO UPDATE SET
    representative = excluded.representative, represented = excluded.represented, until = excluded.until
"""
_UNTIE = """
INSERT INTO mandate_tie (mandate_id, ended)
SELECT mandate_id, true FROM jsonb_populate_recordset(NULL::mandate_tie, %s)
ON CONFLICT (mandate_id) DO UPDATE SET ended = true
"""
_TIED = """
SELECT 1 FROM mandate_tie
WHERE NOT ended AND (until IS NULL OR until > %(now)s)
  AND ((representative = %(officer_id)s AND represented = ANY(%(persons)s::uuid[]))
    OR (represented = %(officer_id)s AND representative = ANY(%(persons)s::uuid[])))
LIMIT 1
"""
_SKILLS = """
SELECT skill FROM officer_skill WHERE authority = %s AND officer_id = %s AND taken_at IS NULL
"""
_IS_OFFICER = """
SELECT 1 FROM officer WHERE officer_id = %s AND authority = %s AND 'officer' = ANY(roles)
"""
_GIVE = """
INSERT INTO officer_skill (authority, officer_id, skill, given_by, given_at)
SELECT authority, officer_id, skill, given_by, given_at FROM jsonb_populate_recordset(NULL::officer_skill, %s)
ON CONFLICT (authority, officer_id, skill) WHERE taken_at IS NULL DO NOTHING
"""
_TAKE = """
UPDATE officer_skill SET taken_by = gone.taken_by, taken_at = gone.taken_at
FROM jsonb_populate_recordset(NULL::officer_skill, %s) AS gone
WHERE officer_skill.authority = gone.authority AND officer_skill.officer_id = gone.officer_id
  AND officer_skill.skill = gone.skill AND officer_skill.taken_at IS NULL
"""


class PostgresStaff:
    """The Staff port in SQL, and what keeps its copies."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def keep_officer(self, message: Message, listener: str) -> None:
        """Takes an `officer_appointed.v1`, in any order. Who is no officer there any more gives everything back."""

        def work(unit: UnitOfWork) -> None:
            if not unit.first_time(listener, message.id):
                return
            row = officer_heard(message)
            unit.write(_KEEP, row)
            before = unit.fetch(_BEFORE, (row["officer_id"],))
            if not before or before[0]["sequence"] >= row["sequence"]:
                return
            [known] = before
            stays = known["authority"] == row["authority"] and "officer" in row["roles"]
            if not stays and known["authority"]:
                subject = UUID(row["officer_id"])
                unit.wait_until(unit.now, KIND_LEFT, subject, known["authority"])

        self._log.run(_by(message), work)

    def keep_mandate(self, message: Message, listener: str) -> None:
        """Takes a `mandate_accepted.v1` or `mandate_ended.v1`, in any order."""

        def work(unit: UnitOfWork) -> None:
            if unit.first_time(listener, message.id):
                unit.write(*tie_heard(message))

        self._log.run(_by(message), work)

    def skills_of(self, unit: UnitOfWork, authority: str, officer_id: UUID) -> frozenset[str]:
        return frozenset(row["skill"] for row in unit.fetch(_SKILLS, (authority, officer_id)))

    def is_officer(self, unit: UnitOfWork, authority: str, officer_id: UUID) -> bool:
        return bool(unit.fetch(_IS_OFFICER, (officer_id, authority)))

    def tied(self, unit: UnitOfWork, officer_id: UUID, persons: Collection[UUID]) -> bool:
        wanted = {"officer_id": officer_id, "persons": list(persons), "now": unit.now}
        return bool(unit.fetch(_TIED, wanted))

    def set_skills(
        self, unit: UnitOfWork, authority: str, officer_id: UUID, skills: Collection[str], by: UUID
    ) -> None:
        had = self.skills_of(unit, authority, officer_id)
        whose = {"authority": authority, "officer_id": officer_id}
        for skill in sorted(set(skills) - had):
            unit.write(_GIVE, whose | {"skill": skill, "given_by": by, "given_at": unit.now})
        for skill in sorted(had - set(skills)):
            unit.write(_TAKE, whose | {"skill": skill, "taken_by": by, "taken_at": unit.now})


def officer_heard(message: Message) -> dict[str, Any]:
    """The row of an `officer_appointed.v1`."""
    return {
        "officer_id": message.subject,
        "authority": message.data["authority"] or "",
        "roles": list(message.data["roles"]),
        "sequence": message.sequence,
    }


def tie_heard(message: Message) -> tuple[str, dict[str, Any]]:
    """What a message about a mandate writes."""
    if message.type == "mandate_ended.v1":
        return _UNTIE, {"mandate_id": message.subject}
    data = message.data
    return _TIE, {
        "mandate_id": message.subject,
        "representative": data["representative"],
        "represented": data["represented"],
        "until": data["until"],
    }


def _by(message: Message) -> Cause:
    return Cause("requests", "service", "platform", cause=message.id)
