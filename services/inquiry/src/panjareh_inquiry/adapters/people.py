"""The People port: identity over RPC, with an assertion that names the person and the purpose."""

from __future__ import annotations

from collections.abc import Sequence

from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import Request
from panjareh_common.security import ServiceIdentity
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_inquiry.domain.values import Subject


class IdentityPeople:
    def __init__(self, calls: RpcClient, identity: ServiceIdentity) -> None:
        self._calls = calls
        self._identity = identity

    def subject(self, inquiry: Inquiry, asked_with: Sequence[str]) -> Subject:
        token = self._identity.assertion(
            subject=inquiry.subject_id, purpose=inquiry.purpose, request_id=inquiry.request_id
        )
        payload = {
            "person_id": str(inquiry.subject_id),
            "inquiry_id": str(inquiry.id),
            "asked_with": list(asked_with),
        }
        answer = self._calls.call(
            "identity", "get_subject", Request(payload, token=token, channel="platform")
        )
        return {name: value for name, value in answer.items() if value is not None}
