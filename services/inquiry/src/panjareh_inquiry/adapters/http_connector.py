"""Puts questions to authorities over HTTP and JSON. The inquiry id is the Idempotency-Key, so a repeat is harmless."""

from __future__ import annotations

import json
from typing import Any

import httpx

from panjareh_common import telemetry
from panjareh_common.forms import FormInvalid, FormValidator
from panjareh_common.refusals import InvalidInput
from panjareh_inquiry.adapters.breaker import Breakers
from panjareh_inquiry.domain.inquiry import Inquiry
from panjareh_inquiry.domain.refusals import AnswerUnfit, ProviderUnavailable
from panjareh_inquiry.domain.values import Answer, InquiryStatus, Offer, Subject

_DURATION = telemetry.Duration(
    "http.client.request.duration", "of asking another system", ("server.address", "error.type")
)
_MOST_BYTES = 256 * 1024


class HttpConnector:
    """The Connector port over HTTP."""

    def __init__(self, client: httpx.Client, breakers: Breakers) -> None:
        self._client = client
        self._breakers = breakers

    def put(self, offer: Offer, inquiry: Inquiry, subject: Subject) -> Answer:
        if not self._breakers.closed(offer.provider):
            raise ProviderUnavailable(provider=offer.provider)
        try:
            with _DURATION.timed(offer.provider), telemetry.ask_span("POST", offer.provider):
                status, body = self._post(offer, inquiry, subject)
            answer = _read(offer, status, body)
        except (httpx.HTTPError, ValueError, RecursionError) as cause:
            self._breakers.failed(offer.provider)
            raise ProviderUnavailable(provider=offer.provider) from cause
        except (ProviderUnavailable, AnswerUnfit):
            self._breakers.failed(offer.provider)
            raise
        self._breakers.succeeded(offer.provider)
        return answer

    def _post(self, offer: Offer, inquiry: Inquiry, subject: Subject) -> tuple[int, Any]:
        question = {
            "inquiry_id": str(inquiry.id),
            "subject": dict(subject),
            "purpose": inquiry.purpose,
            "service_code": inquiry.service_code,
        }
        with self._client.stream(
            "POST",
            f"{offer.url}/evidence/{offer.name}",
            json=question,
            headers={"Idempotency-Key": str(inquiry.id)},
            timeout=offer.timeout,
        ) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > _MOST_BYTES:
                    raise AnswerUnfit(provider=offer.provider)
            return response.status_code, json.loads(bytes(body) or b"null")


def _read(offer: Offer, status: int, body: Any) -> Answer:
    """An answer checked against the provider's own schema before anyone sees it."""
    if status == httpx.codes.OK:
        facts = body.get("facts") if isinstance(body, dict) else None
        try:
            FormValidator(dict(offer.schema)).check(facts, "en")
        except (
            InvalidInput,
            FormInvalid,
        ) as cause:  # the second: connected before schemas were bounded
            raise AnswerUnfit(provider=offer.provider) from cause
        return Answer(InquiryStatus.ANSWERED, facts=facts)
    said = {
        httpx.codes.NOT_FOUND: InquiryStatus.NOTHING_HELD,
        httpx.codes.FORBIDDEN: InquiryStatus.REFUSED,
    }
    if status in said:
        reason = body.get("reason") if isinstance(body, dict) else None
        if not (isinstance(reason, dict) and {"fa", "en"} <= set(reason)):
            raise AnswerUnfit(provider=offer.provider)
        return Answer(
            said[httpx.codes(status)], reason={key: str(reason[key]) for key in ("fa", "en")}
        )
    raise ProviderUnavailable(provider=offer.provider)
