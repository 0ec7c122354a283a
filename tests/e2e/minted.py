"""Tokens made by hand with the platform's own keys, and calls past the gateway: as only a test may."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx

from panjareh_cli.local.platform import Platform
from panjareh_common import settings as names
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import Refusal
from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import Request
from panjareh_common.security import ServiceIdentity
from panjareh_common.security.tokens import ACCESS_TOKEN
from panjareh_common.security.transport import Transport
from panjareh_common.settings import SERVICES, Settings


def identity_of(platform: Platform, service: str = "identity") -> ServiceIdentity:
    return ServiceIdentity(service, json.loads(platform.env[names.signing_key(service).name]))


def claims_of(loa: int = 2, person: UUID | None = None, **more: Any) -> dict[str, Any]:
    """What identity says of a person who signed in just now."""
    now = int(time.time())
    return {
        "iss": "identity",
        "aud": "panjareh",
        "sub": str(person or uuid4()),
        "sid": uuid4().hex,
        "iat": now,
        "exp": now + 900,
        "auth_time": now,
        "acr": AssuranceLevel(loa).acr,
        "amr": ["pwd"],
    } | more


def token_of(platform: Platform, claims: Mapping[str, Any]) -> str:
    return identity_of(platform).sign(claims, ACCESS_TOKEN)


def acting_for(represented: UUID, actor: UUID, *scope: str, loa: int = 2) -> dict[str, Any]:
    return claims_of(
        loa,
        represented,
        act={"sub": str(actor)},
        mandate=str(uuid4()),
        mandate_scope=list(scope),
    )


@contextmanager
def browser(platform: Platform) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=platform.url,
        headers={"Accept-Language": "en"},
        trust_env=False,
        timeout=30,
    ) as client:
        yield client


class Caller:
    """Calls any service as the gateway does."""

    def __init__(self, platform: Platform) -> None:
        keys = {service: names.transport_key(service) for service in SERVICES}
        told = Settings(*keys.values(), environ=platform.env)
        transport = Transport({service: told[key] for service, key in keys.items()})
        self._client = RpcClient(platform.servers.amqp_url, transport).open()
        assert self._client.wait_until_open(20)

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def call(
        self,
        service: str,
        method: str,
        payload: dict[str, Any],
        token: str | None,
        *,
        key: str | None = None,
    ) -> Any:
        request = Request(payload, token, "en", "web", key)
        return self._client.call(service, method, request, timeout=20)

    def refusal(self, service: str, method: str, payload: dict[str, Any], token: str) -> Refusal:
        """What a call is refused with. Raises AssertionError when it is answered."""
        try:
            answer = self.call(service, method, payload, token, key=uuid4().hex)
        except Refusal as refusal:
            return refusal
        raise AssertionError(f"{service}.{method} answered {answer}")

    def believes(self, service: str, token: str) -> bool:
        """Whether a service believes a token: no person may ask whether it is there, and is told which it was."""
        code = self.refusal(service, "ping", {}, token).code
        assert code in ("not_allowed", "not_in_own_name", "not_signed_in"), code
        return code != "not_signed_in"
