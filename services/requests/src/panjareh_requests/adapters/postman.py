"""The Postman port: identity over RPC, with an assertion that names person, purpose and request."""

from __future__ import annotations

from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import Request
from panjareh_common.security import ServiceIdentity
from panjareh_requests.domain.notices import Notice
from panjareh_requests.domain.service_request import ServiceRequest

_PATIENCE_SECONDS = 10.0
"""Identity itself waits for a carrier, and for its own rows."""


class IdentityPostman:
    def __init__(self, calls: RpcClient, identity: ServiceIdentity) -> None:
        self._calls = calls
        self._identity = identity

    def tell(self, notice_id: UUID, notice: Notice, request: ServiceRequest) -> str:
        token = self._identity.assertion(
            subject=notice.person_id or request.applicant_id,
            purpose="notice",
            request_id=request.id,
        )
        payload = {
            "notice_id": str(notice_id),
            "kind": str(notice.kind),
            "reference": request.reference,
            "service_code": request.service_code,
            "by": to_wire(notice.by) if notice.by else None,
        }
        call = Request(payload, token=token, channel="platform")
        answer = self._calls.call("identity", "tell_person", call, timeout=_PATIENCE_SECONDS)
        return str(answer["told"])
