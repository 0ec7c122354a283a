"""Issued documents for those who may see all of them: their holders, and the authorities that holders sent them to (R4).

A holder's own look is none; that of anybody else is on record before it is served (design rule 9).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.paging import from_cursor, page
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_common.security.caller import EVERY_SERVICE
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.issued_document import IssuedDocument
from panjareh_requests.read_model.documents import PostgresDocuments, public_state
from panjareh_requests.read_model.permitting import permit, record_looks
from panjareh_requests.read_model.sentences.grounds import ground_in_words
from panjareh_requests.read_model.sentences.telling import in_language

Credential = Callable[[IssuedDocument], str]
Pdf = Callable[[IssuedDocument, str], bytes]

READ_DOCUMENTS = "read_documents"
"""The scope with which an authority's own system may read what people sent it."""

_OWN = """
SELECT document.*, authority.name AS authority_name FROM document
JOIN request USING (request_id) LEFT JOIN authority ON authority.code = document.authority
WHERE request.applicant_id = %(applicant_id)s
  AND (%(services)s::text[] IS NULL OR request.service_code = ANY(%(services)s::text[]))
  AND (%(at)s::timestamptz IS NULL OR (document.issued_at, document.number) < (%(at)s::timestamptz, %(number)s))
ORDER BY document.issued_at DESC, document.number DESC LIMIT %(limit)s
"""
_SENT = """
SELECT delivery.delivery_id, delivery.receiver, authority.name AS receiver_name, delivery.sent_at, delivery.opened_at
FROM document_delivery AS delivery LEFT JOIN authority ON authority.code = delivery.receiver
WHERE delivery.number = %s ORDER BY delivery.sent_at, delivery.delivery_id
"""
_INBOX = """
SELECT delivery.delivery_id, delivery.sent_at, delivery.opened_at, document.*, request.applicant_id,
       authority.name AS authority_name
FROM document_delivery AS delivery JOIN document USING (number) JOIN request USING (request_id)
LEFT JOIN authority ON authority.code = document.authority
WHERE delivery.receiver = %(receiver)s
  AND (%(at)s::timestamptz IS NULL
       OR (delivery.sent_at, delivery.delivery_id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY delivery.sent_at DESC, delivery.delivery_id DESC LIMIT %(limit)s
"""
_DELIVERED = """
SELECT number, sent_at, opened_at FROM document_delivery WHERE delivery_id = %s AND receiver = %s
"""
_OPEN = """
UPDATE document_delivery SET opened_at = opened.opened_at
FROM jsonb_populate_recordset(NULL::document_delivery, %s) AS opened
WHERE document_delivery.delivery_id = opened.delivery_id AND document_delivery.opened_at IS NULL
"""


class IssuedDocuments:
    """What holders ask about their own documents."""

    def __init__(
        self,
        log: EventLog,
        documents: PostgresDocuments,
        looks: Looks,
        credential: Credential,
        pdf: Pdf,
        *,
        check_at: Callable[[IssuedDocument], str],
    ) -> None:
        self._log = log
        self._documents = documents
        self._looks = looks
        self._credential = credential
        self._pdf = pdf
        self._check_at = check_at

    def page(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int, language: str
    ) -> dict[str, Any]:
        """`{items, next}`, the newest first. Raises NotAllowed for who can hold none."""
        scope = None if EVERY_SERVICE in caller.mandate_scope else list(caller.mandate_scope)
        key = from_cursor(after, from_wire, str) or (None, None)
        wanted = {
            "applicant_id": caller.person,
            "services": scope if caller.actor else None,
            "at": key[0],
            "number": key[1],
            "limit": limit + 1,
        }
        with self._log.unit_of_work(cause) as unit:
            found = page(
                unit.fetch(_OWN, wanted),
                limit,
                lambda row: (to_wire(row["issued_at"]), row["number"]),
            )
            if caller.actor is not None:
                seen = [(caller.person, row["request_id"]) for row in found["items"]]
                record_looks(unit, self._looks, caller, seen)
            return found | {"items": [_row(row, unit.now, language) for row in found["items"]]}

    def get(self, number: str, *, caller: Caller, cause: Cause, language: str) -> dict[str, Any]:
        """A document with what it shows, to whom it was sent, and the address of its QR code. Raises NotFound."""
        with self._log.unit_of_work(cause) as unit:
            document = self._of(unit, number, caller)
            sent = [
                row | {"receiver_name": in_language(row["receiver_name"], language)}
                for row in unit.fetch(_SENT, (document.number,))
            ]
            check_at = self._check_at(document)
            return whole(document, unit.now, language) | {"sent": sent, "check_at": check_at}

    def credential(self, number: str, *, caller: Caller, cause: Cause) -> dict[str, Any]:
        """The document as a Verifiable Credential. Raises NotFound, also where its holder was erased."""
        with self._log.unit_of_work(cause) as unit:
            return as_credential(self._of(unit, number, caller), self._credential)

    def pdf(self, number: str, *, caller: Caller, cause: Cause, language: str) -> dict[str, Any]:
        """The document for reading and printing. Raises NotFound, also where its holder was erased."""
        with self._log.unit_of_work(cause) as unit:
            document = self._of(unit, number, caller)
        return as_pdf(document, self._pdf, language)

    def _of(self, unit: UnitOfWork, number: str, caller: Caller) -> IssuedDocument:
        found = self._documents.find(unit, number)
        if found is None:
            raise NotFound()
        document, service_code = found
        told = {
            "applicant_id": document.holder,
            "service_code": service_code,
            "authority": document.authority,
        }
        permit(unit, self._looks, caller, document.request_id, told)
        return document


class DocumentInbox:
    """What an authority asks about the documents that people sent it; every look is on record."""

    def __init__(
        self,
        log: EventLog,
        documents: PostgresDocuments,
        looks: Looks,
        credential: Credential,
        pdf: Pdf,
    ) -> None:
        self._log = log
        self._documents = documents
        self._looks = looks
        self._credential = credential
        self._pdf = pdf

    def page(
        self, caller: Caller, cause: Cause, *, after: str | None, limit: int, language: str
    ) -> dict[str, Any]:
        """`{items, next}`, the newest first: kind, title and state of each. Raises NotAllowed, ScopeMissing."""
        receiver = caller.office_or_system("officer", READ_DOCUMENTS)
        key = from_cursor(after, from_wire, UUID) or (None, None)
        wanted = {"receiver": receiver, "at": key[0], "id": key[1], "limit": limit + 1}
        with self._log.unit_of_work(cause) as unit:
            found = page(
                unit.fetch(_INBOX, wanted),
                limit,
                lambda row: (to_wire(row["sent_at"]), str(row["delivery_id"])),
            )
            seen = [(row["applicant_id"], row["request_id"]) for row in found["items"]]
            self._record(unit, caller, cause, seen)
            items = [
                _row(row, unit.now, language)
                | {name: row[name] for name in ("delivery_id", "sent_at", "opened_at")}
                for row in found["items"]
            ]
            return found | {"items": items}

    def get(
        self, delivery_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        """A document that was sent here, with what it shows. Raises NotAllowed, ScopeMissing, NotFound."""
        with self._log.unit_of_work(cause) as unit:
            document, delivery = self._of(unit, delivery_id, caller, cause)
            return whole(document, unit.now, language) | delivery

    def credential(self, delivery_id: UUID, *, caller: Caller, cause: Cause) -> dict[str, Any]:
        with self._log.unit_of_work(cause) as unit:
            document, _ = self._of(unit, delivery_id, caller, cause)
            return as_credential(document, self._credential)

    def pdf(
        self, delivery_id: UUID, *, caller: Caller, cause: Cause, language: str
    ) -> dict[str, Any]:
        with self._log.unit_of_work(cause) as unit:
            document, _ = self._of(unit, delivery_id, caller, cause)
        return as_pdf(document, self._pdf, language)

    def _of(
        self, unit: UnitOfWork, delivery_id: UUID, caller: Caller, cause: Cause
    ) -> tuple[IssuedDocument, dict[str, Any]]:
        receiver = caller.office_or_system("officer", READ_DOCUMENTS)
        rows = unit.fetch(_DELIVERED, (delivery_id, receiver))
        found = self._documents.find(unit, rows[0]["number"]) if rows else None
        if found is None:
            raise NotFound()
        document, _ = found
        self._record(unit, caller, cause, [(document.holder, document.request_id)])
        unit.write(_OPEN, {"delivery_id": delivery_id, "opened_at": unit.now})
        opened_at = rows[0]["opened_at"] or unit.now
        delivery = {"delivery_id": delivery_id, "sent_at": rows[0]["sent_at"]}
        return document, delivery | {"opened_at": opened_at}

    def _record(
        self, unit: UnitOfWork, caller: Caller, cause: Cause, seen: list[tuple[UUID, UUID]]
    ) -> None:
        self._looks.record(
            unit,
            seen,
            reader=cause.actor,
            role=str(caller.kind),
            authority=caller.authority,
            purpose="read_sent_document",
        )


def whole(document: IssuedDocument, now: datetime, language: str) -> dict[str, Any]:
    """A document in one language, for who may see all of it; `shows` is None where its holder was erased."""
    shows = document.shows
    return {
        "number": document.number,
        "request_id": document.request_id,
        "kind": document.kind,
        "title": document.title[language],
        "authority": document.authority,
        "authority_name": document.authority_name[language],
        "issued_at": document.issued_at,
        "valid_until": document.valid_until,
        "state": str(document.state(now)),
        "revoked_at": document.revoked_at,
        "because": document.revoked_because,
        "because_text": ground_in_words(document.revoked_because, language),
        "shows": None
        if shows is None
        else [{"name": line["name"][language], "value": line["value"][language]} for line in shows],
    }


def _row(row: Mapping[str, Any], now: datetime, language: str) -> dict[str, Any]:
    return {
        "number": row["number"],
        "request_id": row["request_id"],
        "kind": row["kind"],
        "title": in_language(row["title"], language),
        "authority": row["authority"],
        "authority_name": in_language(row["authority_name"], language) or row["authority"],
        "issued_at": row["issued_at"],
        "valid_until": row["valid_until"],
        "state": public_state(row, now),
        "revoked_at": row["revoked_at"],
        "because": row["revoked_because"],
        "because_text": ground_in_words(row["revoked_because"], language),
    }


def as_credential(document: IssuedDocument, credential: Credential) -> dict[str, Any]:
    """As the gateway sends on what is no JSON. Raises NotFound where what it shows was erased."""
    if document.shows is None:
        raise NotFound()
    return {"text": credential(document)}


def as_pdf(document: IssuedDocument, pdf: Pdf, language: str) -> dict[str, Any]:
    """As the gateway sends on what is no JSON. Raises NotFound where what it shows was erased."""
    if document.shows is None:
        raise NotFound()
    return {"base64": base64.b64encode(pdf(document, language)).decode()}
