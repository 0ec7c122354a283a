"""Everything that requests holds about a person, for that person alone (I6): section by section, page by page.

Of what several persons' requests hold, each reads what is theirs: boxes of others stay closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from panjareh_common.clock import to_wire
from panjareh_common.event_store import EventLog
from panjareh_common.event_store.log import Cause
from panjareh_common.event_store.mapper import SealingMapper
from panjareh_common.event_store.sealing import Keyring, Owners
from panjareh_common.paging import from_cursor, page, whole
from panjareh_common.security import Caller
from panjareh_requests.read_model.drafts import PostgresDrafts
from panjareh_requests.read_model.files import OwnFiles
from panjareh_requests.read_model.issued_documents import IssuedDocuments
from panjareh_requests.read_model.receipts import OF, SignReceipt, receipt_content

# Put together from its parts, because no index serves both.
_HISTORY = """
WITH mine AS (
    SELECT request_id, reference, service_code FROM request WHERE applicant_id = %(person)s
    UNION SELECT request_id, reference, service_code FROM request
          WHERE party_ids <> '{}' AND party_ids @> ARRAY[%(person)s::uuid]
)
SELECT mine.request_id, mine.reference, mine.service_code,
       event.version, event.topic, event.state, event.hash, event.occurred_at, event.recorded_at,
       event.metadata ->> 'role' AS role, event.metadata ->> 'channel' AS channel
FROM mine JOIN event ON event.stream = mine.request_id
WHERE %(id)s::uuid IS NULL OR (mine.request_id, event.version) > (%(id)s::uuid, %(version)s::integer)
ORDER BY mine.request_id, event.version LIMIT %(limit)s
"""
_LOOKS = """
SELECT id, reader, role, authority, purpose, about, read_at FROM person_data_read
WHERE person_id = %(person)s AND (%(id)s::bigint IS NULL OR id < %(id)s)
ORDER BY id DESC LIMIT %(limit)s
"""
_OF_THE_STORE = {"originator_id", "originator_version", "timestamp"}
_OF_OFFICERS = {"officer_id", "officer", "responsible", "from_officer", "supervisor_id"}
"""Who of an authority did it stands in no page of the person's: the authority answers for it."""
_OF_PERSONS = {"applicant_id", "joiner_id", "decliner_id", "leaver_id"}
"""Whose ids are told to themselves only."""
_BETWEEN_OFFICERS: Mapping[str, set[str]] = {
    "ReviewReleased": {"reason"},
    "ConflictDeclared": {"reason"},
    "DecisionProposed": {"outcome", "reason"},
    "ProposalReturned": {"reason"},
    "OpinionAsked": {"question"},
    "OpinionGiven": {"recommendation", "text"},
}
"""What officers say to each other before they decide: the timeline tells that they did, and what counted stands in
the reason of the decision.
"""


class _OnlyTheirs:
    """A keyring that opens what is one person's, and none of the boxes of others."""

    def __init__(self, keyring: Keyring, person_id: UUID) -> None:
        self._keyring = keyring
        self._person_id = person_id

    def open(self, person_id: UUID, box: bytes, context: str) -> Any:
        return self._keyring.open(person_id, box, context) if person_id == self._person_id else None

    def open_for(self, owners: Owners, boxes: list[bytes], context: str) -> Any:
        """What is everybody's of them, or of all of them together, is theirs, too."""
        theirs = self._person_id in owners.persons
        return self._keyring.open_for(owners, boxes, context) if theirs else None


class MyData:
    """A person's own look at their own data is none that has to be recorded (design rule 9)."""

    def __init__(
        self,
        log: EventLog,
        *,
        drafts: PostgresDrafts,
        files: OwnFiles,
        documents: IssuedDocuments,
        sign_receipt: SignReceipt,
    ) -> None:
        self._log = log
        self._drafts = drafts
        self._files = files
        self._documents = documents
        self._sign_receipt = sign_receipt
        self._sections: Mapping[str, Callable[..., dict[str, Any]]] = {
            "history": self._history,
            "drafts": self._of_drafts,
            "files": self._of_files,
            "documents": self._of_documents,
            "looks": self._looks,
        }

    def page(
        self,
        section: str,
        *,
        caller: Caller,
        cause: Cause,
        after: str | None,
        limit: int,
        language: str,
    ) -> dict[str, Any]:
        """`{section, items, next}`. Raises InvalidInput for a cursor that is not ours."""
        found = self._sections[section](caller, cause, after, limit, language)
        return {"section": section, "items": _plain(found["items"]), "next": found["next"]}

    def _history(
        self, caller: Caller, cause: Cause, after: str | None, limit: int, _: str
    ) -> dict[str, Any]:
        """Every event of the person's requests, opened: forms, facts, messages, decisions; with its receipt."""
        request_id, version = from_cursor(after, UUID, whole) or (None, None)
        place = {"person": caller.person, "id": request_id, "version": version, "limit": limit + 1}
        mapper = SealingMapper(_OnlyTheirs(self._log.keyring, caller.person))  # type: ignore[arg-type]
        with self._log.unit_of_work(cause) as unit:
            found = page(
                unit.fetch(_HISTORY, place),
                limit,
                lambda row: (str(row["request_id"]), str(row["version"])),
            )
        return found | {
            "items": [self._event(mapper, row, caller.person) for row in found["items"]]
        }

    def _event(self, mapper: SealingMapper, row: dict[str, Any], person_id: UUID) -> dict[str, Any]:
        stored = StoredEvent(row["request_id"], row["version"], row["topic"], row["state"])
        fields = vars(mapper.to_domain_event(stored))
        receipt = None
        if row["topic"] in OF:
            receipt = self._sign_receipt(receipt_content(row, row["request_id"]))
        shown = ("request_id", "reference", "service_code", "version", "role", "channel")
        what = row["topic"].rpartition(".")[2]
        kept_back = _OF_THE_STORE | _OF_OFFICERS | _BETWEEN_OFFICERS.get(what, set())
        kept_back |= {name for name in _OF_PERSONS if fields.get(name) != person_id}
        return {name: row[name] for name in shown} | {
            "what": what,
            "at": row["occurred_at"],
            "data": {name: value for name, value in fields.items() if name not in kept_back},
            "receipt": receipt,
        }

    def _of_drafts(
        self, caller: Caller, cause: Cause, after: str | None, limit: int, _: str
    ) -> dict[str, Any]:
        with self._log.unit_of_work(cause) as unit:
            found = self._drafts.page(unit, caller.person, None, after, limit)
            drafts = [
                row | {"form": draft and dict(draft.form)}
                for row in found["items"]
                for draft in [self._drafts.find(unit, row["draft_id"], caller.person)]
            ]
        return found | {"items": drafts}

    def _of_files(
        self, caller: Caller, cause: Cause, after: str | None, limit: int, _: str
    ) -> dict[str, Any]:
        """What the files are; each itself is fetched at the door for files."""
        return self._files.page(caller, cause, after=after, limit=limit)

    def _of_documents(
        self, caller: Caller, cause: Cause, after: str | None, limit: int, language: str
    ) -> dict[str, Any]:
        asking: dict[str, Any] = {"caller": caller, "cause": cause, "language": language}
        found = self._documents.page(after=after, limit=limit, **asking)
        items = [self._documents.get(row["number"], **asking) for row in found["items"]]
        return found | {"items": items}

    def _looks(
        self, caller: Caller, cause: Cause, after: str | None, limit: int, _: str
    ) -> dict[str, Any]:
        """Who has looked at what of the person's here, the latest first."""
        [last] = from_cursor(after, whole) or [None]
        place = {"person": caller.person, "id": last, "limit": limit + 1}
        with self._log.unit_of_work(cause) as unit:
            found = page(unit.fetch(_LOOKS, place), limit, lambda row: (str(row["id"]),))
        items = [
            {name: value for name, value in row.items() if name != "id"} for row in found["items"]
        ]
        return found | {"items": items}


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return to_wire(value)
    if isinstance(value, UUID | date):
        return str(value)
    return _plain(value.value) if isinstance(value, Enum) else value
