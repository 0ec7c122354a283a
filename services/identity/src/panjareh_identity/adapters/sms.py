"""The carrier of short messages: posts to an SMS gateway over HTTP."""

from __future__ import annotations

import httpx
import structlog

from panjareh_common import telemetry
from panjareh_identity.domain.refusals import MessageNotSent

log = structlog.get_logger(__name__)

_SECONDS = 3.0
_DURATION = telemetry.Duration(
    "http.client.request.duration", "of asking another system", ("server.address", "error.type")
)


class SmsGateway:
    """`url` takes `{"to", "text"}` as JSON and answers 2xx once it has the message."""

    def __init__(self, url: str, transport: httpx.BaseTransport | None = None) -> None:
        self._url = url
        self._client = httpx.Client(timeout=_SECONDS, transport=transport)

    def send(self, mobile: str, text: str, language: str = "") -> None:
        try:
            with _DURATION.timed("sms"), telemetry.ask_span("POST", "sms"):
                answer = self._client.post(self._url, json={"to": mobile, "text": text})
                answer.raise_for_status()
        except httpx.HTTPError as cause:
            # Neither number nor text: they are personal, and the text holds a code.
            log.warning("message_not_sent", fault=type(cause).__name__)
            raise not_sent(perhaps=perhaps_taken(cause)) from cause


def perhaps_taken(fault: httpx.HTTPError) -> bool:
    """Whether the gateway may have the message all the same: it was on its way, and no answer came."""
    before = httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.HTTPStatusError
    return not isinstance(fault, before)


def not_sent(*, perhaps: bool) -> MessageNotSent:
    refusal = MessageNotSent()
    refusal.perhaps_sent = perhaps
    return refusal
