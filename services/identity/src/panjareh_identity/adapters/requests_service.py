"""The OpenRequests port: the requests service over RPC, with an assertion that names the person."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

from panjareh_common.rpc.wire import Request


class Calls(Protocol):
    def call(self, service: str, method: str, request: Request) -> Any: ...


class Assertions(Protocol):
    def assertion(self, *, subject: UUID | None, purpose: str, request_id: UUID | None) -> str: ...


class RequestsService:
    def __init__(self, calls: Calls, identity: Assertions) -> None:
        self._calls = calls
        self._identity = identity

    def of(self, person_id: UUID) -> list[str]:
        token = self._identity.assertion(
            subject=person_id, purpose="closing_the_account", request_id=None
        )
        request = Request({}, token=token, channel="platform")
        answer = self._calls.call("requests", "list_open", request)
        return [str(item["reference"]) for item in answer["items"]]
