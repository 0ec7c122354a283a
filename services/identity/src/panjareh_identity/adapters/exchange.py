"""Asks the inquiry service over RPC about a person, and waits a little for the answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

import structlog

from panjareh_common.refusals import Refusal
from panjareh_common.rpc.wire import CallFailed, Request
from panjareh_identity.domain.refusals import RegistryUnavailable
from panjareh_identity.domain.values import NoRecord

log = structlog.get_logger(__name__)

_PATIENCE_SECONDS = 4.0  # the person waits on a screen; their call ends after five
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.05, 0.5, 1.6


class Calls(Protocol):
    def call(self, service: str, method: str, request: Request, *, timeout: float) -> Any: ...


class Assertions(Protocol):
    def assertion(self, *, subject: UUID | None, purpose: str, request_id: UUID | None) -> str: ...


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


class InquiryExchange:
    """An answer that comes too late is kept by inquiry: asking the same inquiry again picks it up."""

    def __init__(
        self,
        calls: Calls,
        identity: Assertions,
        *,
        pause: Callable[[float], None] = _wait,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._calls = calls
        self._identity = identity
        self._pause = pause
        self._clock = clock

    def ask(
        self, person_id: UUID, inquiry_id: UUID, *, evidence_type: str, purpose: str
    ) -> dict[str, Any] | NoRecord:
        """The facts that the authority holds about the person. Raises RegistryUnavailable."""
        until = self._clock() + _PATIENCE_SECONDS
        wanted = {
            "inquiry_id": str(inquiry_id),
            "evidence_type": evidence_type,
            "service_code": None,
            "authority": "identity",
        }

        def call(method: str, payload: dict[str, Any]) -> Any:
            token = self._identity.assertion(subject=person_id, purpose=purpose, request_id=None)
            request = Request(payload, token=token, channel="platform")
            left = max(until - self._clock(), _FIRST_PAUSE)
            return self._calls.call("inquiry", method, request, timeout=left)

        try:
            call("ask", wanted)
            pause = _FIRST_PAUSE
            while self._clock() + pause < until:
                self._pause(pause)
                pause = min(pause * _GROWTH, _LONGEST_PAUSE)
                answer = call("get_evidence", {"inquiry_id": str(inquiry_id)})
                if answer["status"] == "answered":
                    return dict(answer["facts"])
                if answer["status"] != "open":
                    return NoRecord(answer["status"])
        except (Refusal, CallFailed) as cause:
            log.warning("inquiry_failed", fault=getattr(cause, "code", type(cause).__name__))
            raise RegistryUnavailable() from cause
        raise RegistryUnavailable()
