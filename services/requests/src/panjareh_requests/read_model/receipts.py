"""Receipts: what the service vouches it stored of a request, and the proof that the log still holds it (R4, RFC 9162).

A receipt is made from the event's row alone, so it is the same whenever it is asked for, and none is stored. Its id
is `<request>.<version of the event>`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_common.database import Connection
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import NotFound
from panjareh_common.security import Caller
from panjareh_common.transparency import store
from panjareh_common.transparency.heads import TreeHead
from panjareh_requests.application.ports import Looks
from panjareh_requests.domain.refusals_outputs import ProofNotReady
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.read_model.permitting import permit

SERVICE = "requests"

OF: Mapping[str, str] = {
    ServiceRequest.Submitted.TOPIC: "submission",
    ServiceRequest.PartyJoined.TOPIC: "joining",
    ServiceRequest.Corrected.TOPIC: "correction",
    ServiceRequest.Withdrawn.TOPIC: "withdrawal",
    ServiceRequest.Decided.TOPIC: "decision",
    ServiceRequest.Appealed.TOPIC: "appeal",
    ServiceRequest.OutputIssued.TOPIC: "document",
    ServiceRequest.OutputRevoked.TOPIC: "revocation",
    ServiceRequest.OutputSent.TOPIC: "delivery",
}
"""The events that the person gets a receipt of, and what each is called."""

_EVENTS = """
SELECT request.applicant_id, request.party_ids, request.service_code, request.authority, request.reference,
       event.version, event.topic, event.hash, event.recorded_at, event.position,
       event.position <= (SELECT max(position) FROM tree_leaf) AS proven
FROM request JOIN event ON event.stream = request.request_id
WHERE request.request_id = %(request_id)s AND event.topic = ANY(%(topics)s)
  AND (%(version)s::integer IS NULL OR event.version = %(version)s)
ORDER BY event.version
"""
_ID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([1-9][0-9]{0,8})\Z")

SignReceipt = Callable[[dict[str, Any]], str]
SignHead = Callable[[TreeHead], str]


def receipt_content(row: Mapping[str, Any], request_id: UUID) -> dict[str, Any]:
    """What a receipt says. `row` has service_code, reference, version, recorded_at, hash and the event's topic."""
    return {
        "iss": SERVICE,
        "id": f"{request_id}.{row['version']}",
        "of": OF[row["topic"]],
        "request_id": str(request_id),
        "reference": row["reference"],
        "service_code": row["service_code"],
        "recorded_at": to_wire(row["recorded_at"]),
        "version": row["version"],
        "hash": bytes(row["hash"]).hex(),
    }


class Receipts:
    """Reads a request's receipts, and their proofs, for whoever may look at the request."""

    def __init__(
        self, log: EventLog, looks: Looks, sign_receipt: SignReceipt, sign_head: SignHead
    ) -> None:
        self._log = log
        self._looks = looks
        self._sign_receipt = sign_receipt
        self._sign_head = sign_head

    def of(self, request_id: UUID, *, caller: Caller, cause: Cause) -> dict[str, Any]:
        """`{items}` in the order of what happened. Raises NotFound."""
        with self._log.unit_of_work(cause) as unit:
            rows = self._rows(unit, request_id, None, caller)
            return {"items": [self._told(row, request_id) for row in rows]}

    def proof(self, id: str, *, caller: Caller, cause: Cause) -> dict[str, Any]:
        """The receipt with its inclusion proof. Raises NotFound, ProofNotReady.

        The tree is that of the earliest head with a time stamp that holds the event; while there is none, the
        tree as it is now, with a head of this moment.

        Leaf hash: SHA-256(0x00 ‖ position, 8 bytes ‖ stream, 16 ‖ version, 4, all big-endian ‖ hash of the event's row).
        From it, index, size and path lead to the root of the signed head as RFC 9162, section 2.1.3.2, says.
        """
        found = _ID.match(id)
        if found is None:
            raise NotFound()
        request_id, version = UUID(found[1]), int(found[2])
        with self._log.unit_of_work(cause) as unit:
            [row] = self._rows(unit, request_id, version, caller)
            # One snapshot: a tree that grows meanwhile has other nodes on its edge.
            with self._log.database.transaction() as connection:
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                return self._told(row, request_id) | self._prove(connection, row, request_id)

    def _prove(
        self, connection: Connection, row: Mapping[str, Any], request_id: UUID
    ) -> dict[str, Any]:
        index = store.index_of(connection, row["position"])
        if index is None:
            raise ProofNotReady()
        size, position = store.measure(connection)
        leaf = store.Leaf(request_id, row["version"], row["position"], bytes(row["hash"]))
        stamp = store.stamp_over(connection, index, size)
        if stamp is not None:
            size = stamp.size
        root = store.growing(connection, size).root()
        if stamp is not None:
            signed = stamp.head
        else:
            now = to_wire(self._log.clock())
            signed = self._sign_head(TreeHead(SERVICE, size, root, position, now))
        return {
            "leaf": {
                "position": str(leaf.position),  # more than JavaScript's numbers hold
                "stream": str(leaf.stream),
                "version": leaf.version,
                "hash": leaf.hash.hex(),
                "leaf_hash": leaf.hashed().hex(),
            },
            "index": index,
            "size": size,
            "root": root.hex(),
            "path": [step.hex() for step in store.inclusion_proof(connection, index, size)],
            "head": signed,
            "time_stamp": _stamp_told(stamp) if stamp else None,
        }

    def _rows(
        self, unit: UnitOfWork, request_id: UUID, version: int | None, caller: Caller
    ) -> list[dict[str, Any]]:
        wanted = {"request_id": request_id, "topics": list(OF), "version": version}
        rows = unit.fetch(_EVENTS, wanted)
        if not rows:
            raise NotFound()
        permit(unit, self._looks, caller, request_id, rows[0], parties=True)
        return rows

    def _told(self, row: Mapping[str, Any], request_id: UUID) -> dict[str, Any]:
        content = receipt_content(row, request_id)
        return {
            "id": content["id"],
            "of": content["of"],
            "recorded_at": row["recorded_at"],
            "receipt": self._sign_receipt(content),
            "proven": bool(row["proven"]),
        }


def _stamp_told(stamp: store.Stamp) -> dict[str, Any]:
    response = base64.b64encode(stamp.response).decode()
    return {"stamped_at": stamp.stamped_at, "response": response}
