"""The Knowledge port of hints: identity and requests over RPC, with assertions that name person and purpose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from panjareh_catalog.domain.hints import HeldDocument
from panjareh_common.clock import from_wire
from panjareh_common.refusals import NotFound, Refusal, Unavailable
from panjareh_common.rpc.wire import CallFailed, Request

log = structlog.get_logger(__name__)

PURPOSE = "hints"
_PATIENCE_SECONDS = (
    1.5  # of each: the person waits on a screen, and hints are not worth a long wait
)
_TEHRAN = ZoneInfo("Asia/Tehran")


class Calls(Protocol):
    def call(self, service: str, method: str, request: Request, *, timeout: float) -> Any: ...


class Assertions(Protocol):
    def assertion(self, *, subject: UUID | None, purpose: str, request_id: UUID | None) -> str: ...


class HintKnowledge:
    def __init__(self, calls: Calls, identity: Assertions) -> None:
        self._calls = calls
        self._identity = identity

    def age_of(self, person_id: UUID) -> int | None:
        answer = self._ask("identity", "tell_age", person_id, "en")
        return None if answer is None else answer["age"]

    def documents_of(self, person_id: UUID, language: str) -> Sequence[HeldDocument]:
        answer = self._ask("requests", "list_documents", person_id, language)
        return [
            HeldDocument(
                kind=held["kind"],
                title=held["title"],
                valid_until=from_wire(held["valid_until"]).astimezone(_TEHRAN).date(),
            )
            for held in (answer or {"items": []})["items"]
        ]

    def _ask(self, service: str, method: str, person_id: UUID, language: str) -> Any:
        """None where that service knows nobody of this id. Raises Unavailable."""
        token = self._identity.assertion(subject=person_id, purpose=PURPOSE, request_id=None)
        request = Request({}, token=token, channel="platform", language=language)
        try:
            return self._calls.call(service, method, request, timeout=_PATIENCE_SECONDS)
        except (Refusal, CallFailed) as cause:
            if getattr(cause, "code", None) == NotFound.code:
                return None
            log.warning("hint_not_told", service=service, method=method)
            raise Unavailable() from cause
