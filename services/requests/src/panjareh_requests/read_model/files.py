"""The rows of files: what their senders say of them is sealed under the owner's key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from panjareh_requests.application.files import as_told
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.file import FileState, StoredFile
from panjareh_requests.domain.refusals_work import TakeItFirst
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.content import works_on
from panjareh_requests.read_model.opinions import ShownFiles
from panjareh_requests.read_model.permitting import permit

_COLUMNS = """file_id, owner_id, uploader_id, state, length, received, type, because, about, digest,
request_id, created_at, expires_at"""
_ADD = f"""
INSERT INTO file ({_COLUMNS}) SELECT {_COLUMNS} FROM jsonb_populate_recordset(NULL::file, %s)
ON CONFLICT (file_id) DO NOTHING
"""
_SAVE = """
UPDATE file SET state = saved.state, received = saved.received, type = saved.type, because = saved.because,
    digest = saved.digest, expires_at = saved.expires_at
FROM jsonb_populate_recordset(NULL::file, %s) AS saved WHERE file.file_id = saved.file_id
"""
_FIND = f"""
SELECT {_COLUMNS} FROM file WHERE file_id = ANY(%s) AND (expires_at IS NULL OR expires_at > %s)
ORDER BY file_id
"""
_ATTACH = """
UPDATE file SET request_id = attached.request_id, expires_at = NULL
FROM jsonb_populate_recordset(NULL::file, %s) AS attached WHERE file.file_id = attached.file_id
"""
_KEEP_UNTIL = """
UPDATE file SET expires_at = GREATEST(file.expires_at, kept.expires_at)
FROM jsonb_populate_recordset(NULL::file, %s) AS kept
WHERE file.file_id = kept.file_id AND file.owner_id = kept.owner_id
  AND file.request_id IS NULL AND file.state IN ('checking', 'clean')
"""
_REMOVE = """
DELETE FROM file USING jsonb_populate_recordset(NULL::file, %s) AS gone
WHERE file.file_id = gone.file_id
"""
_COUNT = """
SELECT count(*) AS count FROM file WHERE owner_id = %s AND request_id IS NULL AND expires_at > %s
"""
_SWEEP = """
WITH gone AS (
    DELETE FROM file WHERE file_id IN (
        SELECT file_id FROM file WHERE expires_at <= %s ORDER BY expires_at LIMIT %s FOR UPDATE SKIP LOCKED)
    RETURNING file_id),
chunks AS (DELETE FROM blob_chunk USING gone WHERE blob = gone.file_id)
SELECT file_id FROM gone
"""
_OF_ERASED = """
WITH gone AS (DELETE FROM file WHERE owner_id = %s RETURNING file_id)
DELETE FROM blob_chunk USING gone WHERE blob = gone.file_id
"""
_AT_ONCE = 50
_OF_OWNER = f"""
SELECT {_COLUMNS} FROM file
WHERE owner_id = %(owner)s AND (expires_at IS NULL OR expires_at > %(now)s)
  AND (%(uploader)s::uuid IS NULL OR uploader_id = %(uploader)s)
  AND (%(created_at)s::timestamptz IS NULL OR (created_at, file_id) < (%(created_at)s, %(file_id)s))
ORDER BY created_at DESC, file_id DESC LIMIT %(limit)s
"""
_OF_REQUEST = f"SELECT {_COLUMNS} FROM file WHERE request_id = %s ORDER BY created_at, file_id"

_IDS_OF_REQUEST = "SELECT file_id FROM file WHERE request_id = %s"


class PostgresFiles:
    """The FileRows port in SQL."""

    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._keyring = keyring

    def add(self, unit: UnitOfWork, file: StoredFile) -> None:
        """Raises PersonErased."""
        unit.write(_ADD, self._row(file))

    def save(self, unit: UnitOfWork, file: StoredFile) -> None:
        """Raises PersonErased."""
        unit.write(_SAVE, self._row(file))

    def find(self, unit: UnitOfWork, file_id: UUID) -> StoredFile | None:
        found = self._files(unit.fetch(_FIND, ([file_id], unit.now)))
        return found[0] if found else None

    def hold(self, unit: UnitOfWork, file_ids: Sequence[UUID]) -> list[StoredFile]:
        rows = unit.execute(f"{_FIND} FOR UPDATE", (list(file_ids), unit.now)).fetchall()
        return self._files(rows)

    def attach(self, unit: UnitOfWork, request_id: UUID, file_ids: Sequence[UUID]) -> None:
        unit.write(_ATTACH, *({"file_id": each, "request_id": request_id} for each in file_ids))

    def keep_until(
        self, unit: UnitOfWork, owner_id: UUID, file_ids: Sequence[UUID], until: datetime
    ) -> None:
        kept = {"owner_id": owner_id, "expires_at": until}
        unit.write(_KEEP_UNTIL, *(kept | {"file_id": each} for each in file_ids))

    def remove(self, unit: UnitOfWork, file_id: UUID) -> None:
        unit.write(_REMOVE, {"file_id": file_id})

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
        uploader_id: UUID | None,
        after: str | None,
        limit: int,
    ) -> tuple[list[StoredFile], str | None]:
        """The newest first, and where the next page begins; of one uploader or of all. Raises InvalidInput."""
        created_at, file_id = from_cursor(after, from_wire, UUID) or (None, None)
        rows = unit.fetch(
            _OF_OWNER,
            {
                "owner": owner_id,
                "uploader": uploader_id,
                "now": unit.now,
                "created_at": created_at,
                "file_id": file_id,
                "limit": limit + 1,
            },
        )
        found = page(rows, limit, lambda row: (to_wire(row["created_at"]), str(row["file_id"])))
        return self._files(found["items"]), found["next"]

    def ids_of_request(self, unit: UnitOfWork, request_id: UUID) -> set[UUID]:
        return {row["file_id"] for row in unit.fetch(_IDS_OF_REQUEST, (request_id,))}

    def of_request(self, unit: UnitOfWork, request_id: UUID) -> list[StoredFile]:
        return self._files(unit.fetch(_OF_REQUEST, (request_id,)))

    def _row(self, file: StoredFile) -> Mapping[str, Any]:
        def sealed(what: str, value: Any) -> bytes:
            return self._keyring.seal(file.owner_id, value, _context(what, file.id))

        return {
            "file_id": file.id,
            "owner_id": file.owner_id,
            "uploader_id": file.uploader_id,
            "state": str(file.state),
            "length": file.length,
            "received": file.received,
            "type": file.type,
            "because": file.because,
            "about": sealed("about", dict(file.about)),
            "digest": sealed("digest", file.digest) if file.digest else None,
            "request_id": file.request_id,
            "created_at": file.created_at,
            "expires_at": file.expires_at,
        }

    def _files(self, rows: Sequence[dict[str, Any]]) -> list[StoredFile]:
        """Those that can be read: of an erased person nothing can."""
        return [file for row in rows if (file := self._file(dict(row))) is not None]

    def _file(self, row: dict[str, Any]) -> StoredFile | None:
        file_id, owner_id = row.pop("file_id"), row["owner_id"]
        about = self._keyring.open(owner_id, row.pop("about"), _context("about", file_id))
        if about is None:
            return None
        box = row.pop("digest")
        digest = box and self._keyring.open(owner_id, box, _context("digest", file_id))
        state = FileState(row.pop("state"))
        return StoredFile(id=file_id, state=state, about=about, digest=digest, **row)


class PermitByRequest:
    """Lets those who may look at a request pass, on record where it is not their own; and to a file those to
    whom it is shown because their opinion is awaited.
    """

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self._shown = ShownFiles(looks)

    def __call__(
        self, unit: UnitOfWork, caller: Caller, request_id: UUID, file_id: UUID | None = None
    ) -> UUID | None:
        """The person whose files of it they may see, None where all. Raises NotFound."""
        request = unit.load(ServiceRequest, request_id)
        if file_id is not None and self._shown(unit, caller, request, file_id):
            return None
        told: dict[str, Any] = {
            "applicant_id": request.applicant_id,
            "service_code": request.service_code,
            "authority": request.authority,
            "party_ids": list(request.joined.values()),
        }
        whose = permit(unit, self._looks, caller, request_id, told, parties=True)
        told |= {"officer_id": request.officer_id, "escalations": request.escalations}
        if whose is None and not works_on(unit, caller, request_id, told):
            raise TakeItFirst()
        return whose


class FilesOfRequests:
    """Which files belong to a request, for those who may look at it."""

    def __init__(self, log: EventLog, rows: PostgresFiles, permit_: PermitByRequest) -> None:
        self._log = log
        self._rows = rows
        self._permit = permit_

    def of(self, caller: Caller, cause: Cause, request_id: UUID) -> dict[str, Any]:
        """`{items}`, the oldest first. Raises NotFound."""
        with self._log.unit_of_work(cause) as unit:
            whose = self._permit(unit, caller, request_id)
            files = self._rows.of_request(unit, request_id)
            return {"items": [as_told(f) for f in files if whose in (None, f.owner_id)]}


class OwnFiles:
    """A person's own files; whoever acts for them sees what they sent themself."""

    def __init__(self, log: EventLog, rows: PostgresFiles) -> None:
        self._log = log
        self._rows = rows

    def page(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int
    ) -> dict[str, Any]:
        """`{items, next}`. Raises NotAllowed, and InvalidInput for a cursor that is not ours."""
        sent_by = None if caller.represented is None else caller.doer
        with self._log.unit_of_work(cause) as unit:
            files, following = self._rows.page(unit, caller.beneficiary, sent_by, after, limit)
            return {"items": [as_told(file) for file in files], "next": following}


def _context(what: str, file_id: UUID) -> str:
    return f"file/{what}/{file_id}"
