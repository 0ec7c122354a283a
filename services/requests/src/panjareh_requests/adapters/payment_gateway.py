"""The PaymentProvider port: HTTP and JSON, as payment gateways speak, with every question and answer signed.

    POST {url}/orders {order_id, amount, currency, callback_url}  → 201 or 200 {page_url, expires_at}
    GET  {url}/orders/{order_id}                                  → 200 {state, amount}; 404: never heard of
    POST {url}/orders/{order_id}/settlement {amount}              → 200 {tracking_code}; 409: not to be had (any more)
    POST {url}/orders/{order_id}/refund {amount}                  → 200 {tracking_code}

`state`: open, paid, settled, refunded, cancelled, declined, expired, reversed. Each may be sent again without harm:
the order's number is ours. What is paid and not settled the provider gives back by itself.

A question has X-Timestamp (seconds), X-Nonce and X-Signature: HMAC-SHA256, as hex, with the shared secret over
method, path, timestamp, nonce and the body's SHA-256, with line feeds between them. An answer has X-Signature over
the nonce of its question, its status and its body's SHA-256; one without is none.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import structlog

from panjareh_common import telemetry
from panjareh_common.clock import from_wire
from panjareh_common.refusals import Unavailable
from panjareh_requests.application.paying import OpenedOrder, OrderState
from panjareh_requests.domain.payment import FailedBecause

log = structlog.get_logger(__name__)

_SECONDS = 5.0  # two questions are below the hold of a wait that has come due
_MOST_BYTES = 64 * 1024
_PROVIDER = "payment"
_PAID = frozenset({"paid", "settled", "refunded"})
# They stand in tables that accountants open: nothing that a spreadsheet takes for a formula.
_TRACKING = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}", re.ASCII)
_DURATION = telemetry.Duration(
    "http.client.request.duration", "of asking another system", ("server.address", "error.type")
)


class Unfit(ValueError):
    """An answer that is not what this protocol says, or not from whom it should be."""


class PaymentGateway:
    """`url` is without a slash at its end; `secret` is shared with the provider."""

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._url = url
        self._secret = secret.encode()
        self._now = now
        self._client = httpx.Client(timeout=_SECONDS, transport=transport, trust_env=False)

    def open(self, payment_id: UUID, amount: int, currency: str, come_back_to: str) -> OpenedOrder:
        asked = {
            "order_id": str(payment_id),
            "amount": amount,
            "currency": currency,
            "callback_url": come_back_to,
        }
        status, told = self._ask("POST", "/orders", asked)
        try:
            if status not in (200, 201):
                raise Unfit(f"status {status}")
            return OpenedOrder(_web_address(told["page_url"]), from_wire(told["expires_at"]))
        except (KeyError, TypeError, ValueError, AttributeError) as cause:
            raise self._said_nothing(cause) from cause

    def look(self, payment_id: UUID) -> OrderState:
        status, told = self._ask("GET", f"/orders/{payment_id}")
        try:
            if status == httpx.codes.NOT_FOUND:
                return OrderState(paid=False, amount=0, because=FailedBecause.UNKNOWN)
            if status != httpx.codes.OK:
                raise Unfit(f"status {status}")
            state, amount = told["state"], told["amount"]
            if not isinstance(amount, int) or isinstance(amount, bool):
                raise Unfit("amount")
            if state == "open":
                return OrderState(paid=False, amount=amount)
            if state in _PAID:
                return OrderState(paid=True, amount=amount)
            return OrderState(paid=False, amount=amount, because=FailedBecause(state))
        except (KeyError, TypeError, ValueError) as cause:
            raise self._said_nothing(cause) from cause

    def settle(self, payment_id: UUID, amount: int) -> str | None:
        status, told = self._ask("POST", f"/orders/{payment_id}/settlement", {"amount": amount})
        return None if status == httpx.codes.CONFLICT else self._tracking_code(status, told)

    def refund(self, payment_id: UUID, amount: int) -> str:
        status, told = self._ask("POST", f"/orders/{payment_id}/refund", {"amount": amount})
        return self._tracking_code(status, told)

    def _tracking_code(self, status: int, told: Any) -> str:
        try:
            if status != httpx.codes.OK:
                raise Unfit(f"status {status}")
            code = told["tracking_code"]
            if not isinstance(code, str) or not _TRACKING.fullmatch(code):
                raise Unfit("tracking_code")
            return code
        except (KeyError, TypeError, ValueError) as cause:
            raise self._said_nothing(cause) from cause

    def _ask(
        self, method: str, path: str, asked: Mapping[str, Any] | None = None
    ) -> tuple[int, Any]:
        """Raises Unavailable where there is no answer, or none that is surely the provider's."""
        body = json.dumps(asked).encode() if asked is not None else b""
        nonce, stamp = secrets.token_hex(16), str(int(self._now()))
        whole_path = urlsplit(self._url).path + path
        headers = {
            "X-Timestamp": stamp,
            "X-Nonce": nonce,
            "X-Signature": self._signed(method, whole_path, stamp, nonce, _digest(body)),
        }
        if body:
            headers["Content-Type"] = "application/json"
        try:
            with _DURATION.timed(_PROVIDER), telemetry.ask_span(method, _PROVIDER):
                status, answer, signature = self._send(method, path, body, headers)
            ours = self._signed(nonce, str(status), _digest(answer))
            if not hmac.compare_digest(signature.encode(), ours.encode()):
                raise Unfit("signature")
            return status, json.loads(answer or b"null")
        except (httpx.HTTPError, ValueError, RecursionError) as cause:
            raise self._said_nothing(cause) from cause

    def _send(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, bytes, str]:
        until = time.monotonic() + _SECONDS
        with self._client.stream(
            method, self._url + path, content=body, headers=dict(headers)
        ) as response:
            answer = bytearray()
            for chunk in response.iter_bytes():
                answer += chunk
                if len(answer) > _MOST_BYTES:
                    raise Unfit("length")
                if time.monotonic() > until:
                    raise httpx.ReadTimeout("the answer comes too slowly")
            return response.status_code, bytes(answer), response.headers.get("X-Signature", "")

    def _signed(self, *parts: str) -> str:
        return hmac.new(self._secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()

    @staticmethod
    def _said_nothing(cause: Exception) -> Unavailable:
        told = str(cause) if isinstance(cause, Unfit) else ""
        log.warning("payment_provider_away", because=type(cause).__name__, fault=told)
        return Unavailable()


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unfit("page_url")
    return text
