"""The People port: identity over RPC, with an assertion that names the person and the purpose."""

from __future__ import annotations

from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import Request
from panjareh_common.security import ServiceIdentity
from panjareh_inquiry.domain.inquiry import Inquiry


class IdentityPeople:
    def __init__(self, calls: RpcClient, identity: ServiceIdentity) -> None:
        self._calls = calls
        self._identity = identity

    def national_id(self, inquiry: Inquiry) -> str:
        token = self._identity.assertion(
            subject=inquiry.subject_id, purpose=inquiry.purpose, request_id=inquiry.request_id
        )
        payload = {"person_id": str(inquiry.subject_id)}
        answer = self._calls.call(
            "identity", "get_national_id", Request(payload, token=token, channel="platform")
        )
        return str(answer["national_id"])
