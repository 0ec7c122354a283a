"""The rows of drafts: each sealed under its owner's key, in the version that it has."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.event_store.sealing import Keyring
from panjareh_common.paging import from_cursor, page
from panjareh_common.security import Caller
from panjareh_common.security.caller import EVERY_SERVICE
from panjareh_requests.application.drafts import record_look
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.draft import Draft

_COLUMNS = """draft_id, owner_id, service_code, service_version, channel, version, created_at, saved_at,
expires_at, form"""
_ADD = f"""
INSERT INTO draft ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::draft, %s)
ON CONFLICT (draft_id) DO NOTHING
"""
_SAVE = """
UPDATE draft SET service_version = saved.service_version, channel = saved.channel, version = saved.version,
    saved_at = saved.saved_at, expires_at = saved.expires_at, form = saved.form
FROM jsonb_populate_recordset(NULL::draft, %s) AS saved WHERE draft.draft_id = saved.draft_id
"""
_REMOVE = """
DELETE FROM draft USING jsonb_populate_recordset(NULL::draft, %s) AS gone
WHERE draft.draft_id = gone.draft_id
"""
_FIND = f"SELECT {_COLUMNS} FROM draft WHERE draft_id = %s AND owner_id = %s AND expires_at > %s"
_COUNT = "SELECT count(*) AS count FROM draft WHERE owner_id = %s AND expires_at > %s"
_LIST = """
SELECT draft_id, service_code, channel, version, created_at, saved_at, expires_at
FROM draft
WHERE owner_id = %(owner)s AND expires_at > %(now)s
  AND (%(services)s::text[] IS NULL OR service_code = ANY(%(services)s))
  AND (%(saved_at)s::timestamptz IS NULL OR (saved_at, draft_id) < (%(saved_at)s, %(draft_id)s))
ORDER BY saved_at DESC, draft_id DESC LIMIT %(limit)s
"""
_SWEEP = """
DELETE FROM draft WHERE draft_id IN (
    SELECT draft_id FROM draft WHERE expires_at <= %s ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING draft_id
"""
_AT_ONCE = 500
_OF_ERASED = "DELETE FROM draft WHERE owner_id = %s"


class PostgresDrafts:
    """The DraftRows port in SQL."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def add(self, unit: UnitOfWork, draft: Draft) -> None:
        """Raises PersonErased."""
        unit.write(_ADD, self._row(draft))

    def save(self, unit: UnitOfWork, draft: Draft) -> None:
        """Raises PersonErased."""
        unit.write(_SAVE, self._row(draft))

    def remove(self, unit: UnitOfWork, draft_id: UUID) -> None:
        unit.write(_REMOVE, {"draft_id": draft_id})

    def find(
        self, unit: UnitOfWork, draft_id: UUID, owner_id: UUID, *, held: bool = False
    ) -> Draft | None:
        parameters = (draft_id, owner_id, unit.now)
        if held:
            row = unit.execute(f"{_FIND} FOR UPDATE", parameters).fetchone()
        else:
            row = next(iter(unit.fetch(_FIND, parameters)), None)
        if row is None:
            return None
        kept = self._keyring.open(owner_id, row.pop("form"), _context(draft_id, row["version"]))
        return None if kept is None else Draft(id=row.pop("draft_id"), form=kept["form"], **row)

    def count(self, unit: UnitOfWork, owner_id: UUID) -> int:
        return int(unit.fetch(_COUNT, (owner_id, unit.now))[0]["count"])

    def sweep(self, now: datetime) -> int:
        """Raises Unavailable."""
        gone = 0
        while removed := len(self._database.fetch(_SWEEP, (now, _AT_ONCE))):
            gone += removed
        return gone

    def remove_of(self, owner_id: UUID) -> None:
        """What is left of somebody who was erased: nobody can read it any more. Raises Unavailable."""
        with self._database.connection() as connection:
            connection.execute(_OF_ERASED, (owner_id,))

    def page(
        self,
        unit: UnitOfWork,
        owner_id: UUID,
        services: Collection[str] | None,
        after: str | None,
        limit: int,
    ) -> dict[str, Any]:
        """`{items, next}`, what was saved last at the top; `services` None stands for all. Raises InvalidInput."""
        saved_at, draft_id = from_cursor(after, from_wire, UUID) or (None, None)
        rows = unit.fetch(
            _LIST,
            {
                "owner": owner_id,
                "now": unit.now,
                "services": None if services is None else list(services),
                "saved_at": saved_at,
                "draft_id": draft_id,
                "limit": limit + 1,
            },
        )
        return page(rows, limit, lambda row: (to_wire(row["saved_at"]), str(row["draft_id"])))

    def _row(self, draft: Draft) -> Mapping[str, Any]:
        form = self._keyring.seal(
            draft.owner_id, {"form": dict(draft.form)}, _context(draft.id, draft.version)
        )
        return {
            "draft_id": draft.id,
            "owner_id": draft.owner_id,
            "service_code": draft.service_code,
            "service_version": draft.service_version,
            "channel": draft.channel,
            "version": draft.version,
            "created_at": draft.created_at,
            "saved_at": draft.saved_at,
            "expires_at": draft.expires_at,
            "form": form,
        }


class OwnDrafts:
    """A person's own drafts; whoever acts for them sees what the mandate covers, on record."""

    def __init__(self, log: EventLog, rows: PostgresDrafts, looks: Looks) -> None:
        self._log = log
        self._rows = rows
        self._looks = looks

    def page(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`. Raises NotAllowed, and InvalidInput for a cursor that is not ours."""
        everything = caller.actor is None or EVERY_SERVICE in caller.mandate_scope
        services = None if everything else caller.mandate_scope
        with self._log.unit_of_work(cause) as unit:
            found = self._rows.page(unit, caller.beneficiary, services, after, limit)
            if caller.represented is not None and found["items"]:
                seen = [row["draft_id"] for row in found["items"]]
                record_look(unit, self._looks, caller, seen)
            return found


def _context(draft_id: UUID, version: int) -> str:
    return f"draft/{draft_id}/{version}"
