"""Commands are answered once: a repeat of the same key gets the identical answer (design rule 4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import (
    KeyReused,
    Kind,
    NotFound,
    Refusal,
    RemoteRefusal,
)
from panjareh_common.texts import translate

Answer = dict[str, Any]

_ANSWERED = """
SELECT request_hash, answer FROM idempotency WHERE caller = %s AND method = %s AND key = %s
"""
_KEEP = """
INSERT INTO idempotency SELECT * FROM jsonb_populate_recordset(NULL::idempotency, %s)
"""


def request_hash(request: Any) -> bytes:
    """SHA-256 of a request's JSON, keys sorted: the same content has the same hash."""
    text = json.dumps(request, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def answer_once(
    log: EventLog,
    cause: Cause,
    *,
    caller: UUID,
    method: str,
    key: str,
    request: Any,
    language: str,
    work: Callable[[UnitOfWork], Answer],
) -> Answer:
    """Does `work` and keeps its answer in the same commit, or gives the answer kept from before.

    Nothing is asked first: of two who use a key only one can commit its answer, and the other finds it
    (docs/decisions/0007). Domain refusals are kept too and said again. Raises KeyReused when the key
    came with another request, and whatever `work` refuses.
    """
    who, wanted = str(caller), request_hash(request)
    context = f"{who}/{method}/{key}"

    def kept(unit: UnitOfWork) -> Answer | None:
        rows = unit.fetch(_ANSWERED, (who, method, key))
        if not rows:
            return None
        if rows[0]["request_hash"] != wanted:
            raise KeyReused()
        answer = log.keyring.open(caller, rows[0]["answer"], context)
        if answer is None:  # the caller was erased since
            raise NotFound()
        return dict(answer)

    def once(unit: UnitOfWork) -> Answer:
        # A second try means that somebody was first: perhaps with this very key.
        if unit.tries > 1 and (answer := kept(unit)):
            return answer
        try:
            answer = {"done": work(unit)}
        except Refusal as refusal:
            # What is refused now may have been done before, by the same command.
            unit.discard()
            if answer := kept(unit):
                return answer
            if not _is_domain(refusal):
                raise
            answer = {"refused": _describe(refusal, language)}
        row = {"caller": who, "method": method, "key": key, "request_hash": wanted}
        box = log.keyring.seal(caller, answer, context)
        unit.write(_KEEP, row | {"answer": box, "answered_at": unit.now})
        return answer

    answer = log.run(cause, once)
    if "refused" in answer:
        raise _said_again(answer["refused"])
    return dict(answer["done"])


def _is_domain(refusal: Refusal) -> bool:
    """A rule of the domain said no, as against the door (validation, sign-in) or a fault."""
    return refusal.kind is Kind.CONFLICT


def _describe(refusal: Refusal, language: str) -> Answer:
    return {
        "code": refusal.code,
        "kind": refusal.kind.value,
        "text": translate(refusal, language),
        "details": refusal.details,
    }


def _said_again(kept: Answer) -> RemoteRefusal:
    return RemoteRefusal(kept["code"], Kind(kept["kind"]), kept["text"], kept["details"], [])
