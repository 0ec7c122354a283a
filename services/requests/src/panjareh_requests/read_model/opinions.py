"""Opinions that are asked of other authorities: the rows, who sees which, and what of a request is shown with one.

Who is asked sees what was chosen for them while it is awaited, and afterwards only the question and their answer.
Each look is on record before it is served (design rule 9).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import COLUMNS, Cause
from panjareh_common.paging import from_cursor, page
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_requests.application.ports import Looks, Terms
from panjareh_requests.application.requests import terms_of
from panjareh_requests.domain.file import StoredFile
from panjareh_requests.domain.opinion import OpinionState
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import ServiceTerms
from panjareh_requests.read_model.permitting import record_looks
from panjareh_requests.read_model.sentences.telling import in_language

PURPOSE = "give_opinion"

_WRITE = """
INSERT INTO opinion (opinion_id, request_id, authority, asked_by, service_code, service_version, state, files,
                     asked_at, answer_by, asked_version, answered_version, version)
SELECT opinion_id, request_id, authority, asked_by, service_code, service_version, state, files,
       asked_at, answer_by, asked_version, answered_version, version
FROM jsonb_populate_recordset(NULL::opinion, %s)
ON CONFLICT (opinion_id) DO UPDATE SET
    state = excluded.state, answered_version = excluded.answered_version, version = excluded.version
WHERE opinion.version <= excluded.version
"""
_REQUEST_OF = "SELECT request_id FROM opinion WHERE opinion_id = %s AND authority = %s"
_TOLD = """
SELECT opinion.*, asking.name AS asked_by_name, asked.name AS authority_name FROM opinion
LEFT JOIN authority AS asking ON asking.code = opinion.asked_by
LEFT JOIN authority AS asked ON asked.code = opinion.authority
"""
# What is awaited first, and of that what is owed next.
_PAGE = f"""
{_TOLD} WHERE opinion.authority = %(authority)s
  AND (%(answer_by)s::timestamptz IS NULL OR (opinion.state <> 'open', opinion.answer_by, opinion.opinion_id)
       > (%(over)s::boolean, %(answer_by)s, %(opinion_id)s::uuid))
ORDER BY opinion.state <> 'open', opinion.answer_by, opinion.opinion_id LIMIT %(limit)s
"""
_ONE = f"{_TOLD} WHERE opinion.opinion_id = %s AND opinion.authority = %s"
_OF_REQUEST = f"{_TOLD} WHERE opinion.request_id = %s ORDER BY opinion.asked_version"
_EVENTS = f"SELECT {COLUMNS} FROM event WHERE stream = %s AND version = ANY(%s) ORDER BY version"
_SHOWN = """
SELECT opinion.request_id FROM opinion
WHERE opinion.files @> ARRAY[%(file_id)s::uuid] AND opinion.state = 'open' AND opinion.answer_by > %(now)s
  AND opinion.authority = %(authority)s AND opinion.request_id = %(request_id)s LIMIT 1
"""


class PostgresOpinions:
    """The OpinionRows port in SQL; the rows follow what is saved of their request."""

    def follow(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        unit.write(_WRITE, *(_row(request, opinion_id) for opinion_id in request.opinions))

    def request_of(self, unit: UnitOfWork, opinion_id: UUID, authority: str) -> UUID:
        rows = unit.fetch(_REQUEST_OF, (opinion_id, authority))
        if not rows:
            raise NotFound()
        request_id: UUID = rows[0]["request_id"]
        return request_id


def _row(request: ServiceRequest, opinion_id: UUID) -> dict[str, Any]:
    known = request.opinions[opinion_id]
    return {
        "opinion_id": opinion_id,
        "request_id": request.id,
        "authority": known["authority"],
        "asked_by": request.authority,
        "service_code": request.service_code,
        "service_version": request.service_version,
        "state": str(request.opinion_state(opinion_id)),
        "files": known["files"],
        "asked_at": known["asked_at"],
        "answer_by": known["answer_by"],
        "asked_version": known["asked_version"],
        "answered_version": known["answered_version"],
        "version": request.version,
    }


class AskedOpinions:
    """What is asked of an authority, for its officers."""

    def __init__(
        self,
        log: EventLog,
        looks: Looks,
        terms: Terms,
        files_of: Callable[[UnitOfWork, UUID], Sequence[StoredFile]],
    ) -> None:
        self._log = log
        self._looks = looks
        self._terms = terms
        self._files_of = files_of

    def page(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int, language: str
    ) -> dict[str, Any]:
        """`{items, next}`: what is awaited first. Nothing of a person is in it. Raises NotAllowed, InvalidInput."""
        authority = caller.office("officer")
        over, answer_by, opinion_id = from_cursor(after, _flag, from_wire, UUID) or (None,) * 3
        with self._log.unit_of_work(cause) as unit:
            rows = unit.fetch(
                _PAGE,
                {
                    "authority": authority,
                    "over": over,
                    "answer_by": answer_by,
                    "opinion_id": opinion_id,
                    "limit": limit + 1,
                },
            )
            found = page(rows, limit, _key)
            items = [self._item(unit, row, language)[0] for row in found["items"]]
            return {"items": items, "next": found["next"]}

    def get(
        self, opinion_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """One, with what is shown of the request. Raises NotAllowed, NotFound."""
        authority = caller.office("officer")
        with self._log.unit_of_work(cause) as unit:
            rows = unit.fetch(_ONE, (opinion_id, authority))
            if not rows:
                raise NotFound()
            row = rows[0]
            request = unit.load(ServiceRequest, row["request_id"])
            self._look(unit, caller, request)
            told, terms = self._item(unit, row, language)
            asked, answered = _said(unit, self._log, row)
            awaited = row["state"] == OpinionState.OPEN and row["answer_by"] > unit.now
            return told | {
                "question": asked.question,
                "shown": _fields(request, asked, terms, language) if awaited else [],
                "files": self._files(unit, row) if awaited else [],
                "recommendation": answered.recommendation if answered else None,
                "text": answered.text if answered else None,
                "answered_at": answered.timestamp if answered else None,
            }

    def of_request(
        self, request_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """`{items}`: those that the officers of a request asked for, with the answers. Raises NotAllowed, NotFound."""
        authority = caller.office("officer")
        with self._log.unit_of_work(cause) as unit:
            request = unit.load(ServiceRequest, request_id)
            if request.authority != authority:
                raise NotFound()
            record_looks(unit, self._looks, caller, [(request.applicant_id, request_id)])
            rows = unit.fetch(_OF_REQUEST, (request_id,))
            return {"items": [self._answered(unit, row, language) for row in rows]}

    def _answered(self, unit: UnitOfWork, row: Mapping[str, Any], language: str) -> dict[str, Any]:
        asked, answered = _said(unit, self._log, row)
        return {
            "opinion_id": row["opinion_id"],
            "authority": row["authority"],
            "authority_name": in_language(row["authority_name"], language),
            "state": row["state"],
            "asked_at": row["asked_at"],
            "answer_by": row["answer_by"],
            "question": asked.question,
            "shown_fields": asked.fields or [],
            "shown_files": asked.files,
            "recommendation": answered.recommendation if answered else None,
            "text": answered.text if answered else None,
            "answered_at": answered.timestamp if answered else None,
        }

    def _item(
        self, unit: UnitOfWork, row: Mapping[str, Any], language: str
    ) -> tuple[dict[str, Any], ServiceTerms]:
        terms = terms_of(unit, row["service_code"], row["service_version"], self._terms)
        told = {
            "opinion_id": row["opinion_id"],
            "asked_by": row["asked_by"],
            "asked_by_name": in_language(row["asked_by_name"], language),
            "service_code": row["service_code"],
            "service_name": terms.name.get(language, terms.code),
            "state": row["state"],
            "asked_at": row["asked_at"],
            "answer_by": row["answer_by"],
        }
        return told, terms

    def _files(self, unit: UnitOfWork, row: Mapping[str, Any]) -> list[dict[str, Any]]:
        chosen = set(row["files"])
        if not chosen:
            return []
        return [
            {
                "file_id": file.id,
                "name": file.about.get("name"),
                "type": file.type,
                "length": file.length,
            }
            for file in self._files_of(unit, row["request_id"])
            if file.id in chosen
        ]

    def _look(self, unit: UnitOfWork, caller: Caller, request: ServiceRequest) -> None:
        if request.applicant_id is not None:
            look_of(unit, self._looks, caller, request.applicant_id, request.id)


class ShownFiles:
    """Whether a file is shown to the caller's authority because its opinion is awaited; on record if so."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks

    def __call__(
        self, unit: UnitOfWork, caller: Caller, request: ServiceRequest, file_id: UUID
    ) -> bool:
        if caller.authority is None or "officer" not in caller.roles:
            return False
        shown = unit.fetch(
            _SHOWN,
            {
                "file_id": file_id,
                "now": unit.now,
                "authority": caller.authority,
                "request_id": request.id,
            },
        )
        if shown and request.applicant_id is not None:
            look_of(unit, self._looks, caller, request.applicant_id, request.id)
        return bool(shown)


def look_of(
    unit: UnitOfWork, looks: Looks, caller: Caller, person_id: UUID, request_id: UUID
) -> None:
    looks.record(
        unit,
        [(person_id, request_id)],
        reader=str(caller.doer),
        role=str(caller.kind),
        authority=caller.authority,
        purpose=PURPOSE,
    )


def _said(unit: UnitOfWork, log: EventLog, row: Mapping[str, Any]) -> tuple[Any, Any]:
    """The event that asks, and the one that answers; None where none does."""
    versions = [row["asked_version"], row["answered_version"]]
    rows = unit.fetch(_EVENTS, (row["request_id"], [each for each in versions if each]))
    events = [log.recorded(each).event for each in rows]
    return events[0], events[1] if len(events) > 1 else None


def _fields(
    request: ServiceRequest, asked: Any, terms: ServiceTerms, language: str
) -> list[dict[str, Any]]:
    """The chosen fields as the form says now, in the order in which they were chosen."""
    form, told = request.form or {}, terms.form.get("properties") or {}
    return [
        {
            "name": name,
            "title": in_language((told.get(name) or {}).get("x-title"), language) or name,
            "value": form[name],
        }
        for name in asked.fields or []
        if name in form
    ]


def _flag(text: str) -> bool:
    if text not in ("0", "1"):
        raise ValueError("not one of our keys")
    return text == "1"


def _key(row: Mapping[str, Any]) -> Sequence[str]:
    answer_by: datetime = row["answer_by"]
    over = "0" if row["state"] == OpinionState.OPEN else "1"
    return over, to_wire(answer_by), str(row["opinion_id"])
