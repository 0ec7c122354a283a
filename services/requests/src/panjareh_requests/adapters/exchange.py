"""The Exchange port: the inquiry service over RPC, with an assertion that names person, purpose and request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import Request
from panjareh_common.security import ServiceIdentity
from panjareh_requests.domain.joining import party_of_evidence
from panjareh_requests.domain.service_request import ServiceRequest


class InquiryExchange:
    def __init__(self, calls: RpcClient, identity: ServiceIdentity) -> None:
        self._calls = calls
        self._identity = identity

    def ask(self, inquiry_id: UUID, evidence_type: str, request: ServiceRequest) -> None:
        _, of_exchange = party_of_evidence(evidence_type)
        payload = {
            "inquiry_id": str(inquiry_id),
            "evidence_type": of_exchange,
            "service_code": request.service_code,
            "authority": request.authority,
        }
        self._call("ask", payload, request, inquiry_id)

    def get_evidence(self, inquiry_id: UUID, request: ServiceRequest) -> Mapping[str, Any]:
        return self._call("get_evidence", {"inquiry_id": str(inquiry_id)}, request, inquiry_id)

    def _call(
        self, method: str, payload: dict[str, Any], request: ServiceRequest, inquiry_id: UUID
    ) -> Mapping[str, Any]:
        party, _ = party_of_evidence(request.evidence_named(inquiry_id) or "")
        token = self._identity.assertion(
            subject=request.persons[party], purpose="service_request", request_id=request.id
        )
        answer = self._calls.call(
            "inquiry", method, Request(payload, token=token, channel="platform")
        )
        return cast(Mapping[str, Any], answer)
