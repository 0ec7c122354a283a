"""Commands are answered once: a repeat of the same key gets the identical answer (design rule 4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from panjareh_common.event_store.log import Cause, EventLog, UnitOfWork
from panjareh_common.refusals import (
    KeyReused,
    Kind,
    NotFound,
    Refusal,
    RemoteRefusal,
    StillRunning,
)
from panjareh_common.texts import translate

Answer = dict[str, Any]

# Is somebody at it? The lock lives as long as the transaction, so a killed worker leaves none.
_TAKE = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)) AS mine"
_ANSWERED = """
SELECT request_hash, answer FROM idempotency WHERE caller = %s AND method = %s AND key = %s
"""
_KEEP = """
INSERT INTO idempotency (caller, method, key, request_hash, answer, answered_at)
VALUES (%s, %s, %s, %s, %s, %s)
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

    Domain refusals are kept too and said again. Raises KeyReused when the key came with another
    request, StillRunning while the first one is at work, and whatever `work` refuses.
    """
    who, wanted = str(caller), request_hash(request)
    context = f"{who}/{method}/{key}"

    def keep(unit: UnitOfWork, answer: Answer) -> None:
        box = log.keyring.seal(caller, answer, context)
        unit.execute(_KEEP, (who, method, key, wanted, box, unit.now))

    def once(unit: UnitOfWork) -> Answer:
        row = unit.execute(_TAKE, (context,)).fetchone()
        if not (row and row["mine"]):
            raise StillRunning()
        # After the lock, in a statement of its own: its snapshot sees what the last holder committed.
        kept = unit.execute(_ANSWERED, (who, method, key)).fetchone()
        if kept:
            if kept["request_hash"] != wanted:
                raise KeyReused()
            answer = log.keyring.open(caller, kept["answer"], context)
            if answer is None:  # the caller was erased since
                raise NotFound()
            return {"kept": answer}
        unit.execute("SAVEPOINT before_work")
        try:
            answer = {"done": work(unit)}
        except Refusal as refusal:
            if not _is_domain(refusal):
                raise
            unit.execute("ROLLBACK TO SAVEPOINT before_work")
            unit.saved.clear()
            answer = {"refused": _describe(refusal, language)}
        keep(unit, answer)
        return {"kept": answer}

    answer = log.run(cause, once)["kept"]
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
