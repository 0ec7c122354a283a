"""Commands answered once: who asks, how it came, and the answer that a repeat gets again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.idempotency import Answer, answer_once
from panjareh_common.refusals import InvalidInput, NotAllowed
from panjareh_common.security import Caller


@dataclass(frozen=True)
class Asking:
    """A caller with one command. `key` is its Idempotency-Key."""

    caller: Caller
    cause: Cause
    key: str | None
    language: str

    @property
    def who(self) -> UUID:
        """The human who acts, or the client of an authority's own system. Raises NotAllowed."""
        if self.caller.subject is not None or self.caller.client is None:
            return self.caller.doer
        try:
            return UUID(self.caller.client)
        except ValueError as cause:
            raise NotAllowed() from cause

    def once(
        self, log: EventLog, method: str, request: Any, work: Callable[[UnitOfWork], Answer]
    ) -> Answer:
        """Does `work`, or gives the answer that the same key got before. Raises KeyReused, and what `work` refuses."""
        if not self.key:
            detail = "Send an Idempotency-Key header, so that a repeat is not done twice."
            raise InvalidInput([{"pointer": "", "detail": detail}])
        return answer_once(
            log,
            self.cause,
            caller=self.who,
            method=method,
            key=self.key,
            request=request,
            language=self.language,
            work=work,
        )
