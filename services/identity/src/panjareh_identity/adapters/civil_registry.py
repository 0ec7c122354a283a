"""The CivilRegistry port: asks the inquiry service over RPC, and waits a little for the answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

import structlog

from panjareh_common.refusals import Refusal
from panjareh_common.rpc.wire import CallFailed, Request
from panjareh_identity.domain.refusals import RegistryUnavailable
from panjareh_identity.domain.values import NoRecord, RegistryAnswer, RegistryRecord

log = structlog.get_logger(__name__)

_EVIDENCE_TYPE = "civil_identity"
_PURPOSE = "identity_proofing"
_PATIENCE_SECONDS = 4.0  # the person waits on a screen; their call ends after five
_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.05, 0.5, 1.6


class Calls(Protocol):
    def call(self, service: str, method: str, request: Request, *, timeout: float) -> Any: ...


class Assertions(Protocol):
    def assertion(self, *, subject: UUID | None, purpose: str, request_id: UUID | None) -> str: ...


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)


class InquiryCivilRegistry:
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

    def ask(self, person_id: UUID, inquiry_id: UUID) -> RegistryAnswer:
        until = self._clock() + _PATIENCE_SECONDS
        wanted = {
            "inquiry_id": str(inquiry_id),
            "evidence_type": _EVIDENCE_TYPE,
            "service_code": None,
            "authority": "identity",
        }
        try:
            self._call("ask", wanted, person_id, until)
            pause = _FIRST_PAUSE
            while self._clock() + pause < until:
                self._pause(pause)
                pause = min(pause * _GROWTH, _LONGEST_PAUSE)
                answer = self._call(
                    "get_evidence", {"inquiry_id": str(inquiry_id)}, person_id, until
                )
                if answer["status"] != "open":
                    return _read(answer)
        except (Refusal, CallFailed) as cause:
            log.warning("inquiry_failed", fault=getattr(cause, "code", type(cause).__name__))
            raise RegistryUnavailable() from cause
        raise RegistryUnavailable()

    def _call(self, method: str, payload: dict[str, Any], person_id: UUID, until: float) -> Any:
        token = self._identity.assertion(subject=person_id, purpose=_PURPOSE, request_id=None)
        request = Request(payload, token=token, channel="platform")
        left = max(until - self._clock(), _FIRST_PAUSE)
        return self._calls.call("inquiry", method, request, timeout=left)


def _read(answer: Mapping[str, Any]) -> RegistryAnswer:
    if answer["status"] != "answered":
        return NoRecord(answer["status"])
    facts = answer["facts"]
    return RegistryRecord(
        given_name=facts["given_name"],
        family_name=facts["family_name"],
        birth_date=facts["birth_date"],
        alive=facts["alive"],
    )
