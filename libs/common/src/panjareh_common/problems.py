"""Problem details (RFC 9457): one error shape for every HTTP door, in the caller's language, that says whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from panjareh_common import telemetry
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import (
    AssuranceTooLow,
    Kind,
    NotSignedIn,
    Refusal,
    ScopeMissing,
    SignInTooOld,
)
from panjareh_common.texts import text, translate, translate_errors

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "The request cannot be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Not possible now",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Wrong kind of content",
    422: "Something does not fit",
    428: "Say which version you mean",
    429: "Too many tries",
    500: "A fault on our side",
    503: "Not available at the moment",
    504: "No answer in time",
}
FAULT = "This is a fault on our side and has been recorded. Try again; a repeat with the same Idempotency-Key is safe."


@dataclass(frozen=True)
class Problem:
    """An HTTP answer that says no: its status, its JSON body, and the headers that go with it."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def of_refusal(refusal: Refusal, language: str, instance: str) -> Problem:
    """A refusal as problem details; `instance` is the path that was asked."""
    status = getattr(refusal, "status", refusal.kind.value)
    detail = translate(refusal, language)
    made = _made(status, refusal.code, detail, language, instance)
    made.headers.update(_headers(refusal))
    errors = translate_errors(refusal, language)
    if errors:
        made.body["errors"] = errors
    return made


def of_fault(language: str, instance: str) -> Problem:
    """A fault of ours: nothing of its inside is told."""
    return _made(500, "fault", text(__package__, FAULT, language), language, instance)


def _made(status: int, code: str, detail: str, language: str, instance: str) -> Problem:
    body = {
        "type": f"urn:panjareh:problem:{code}",
        "title": text(__package__, _TITLES.get(status, _TITLES[500]), language),
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
    }
    body |= {name: value for name, value in telemetry.ids().items() if name == "trace_id"}
    return Problem(status, body, {"Content-Language": language, "Cache-Control": "no-store"})


def _headers(refusal: Refusal) -> dict[str, str]:
    if refusal.code in (AssuranceTooLow.code, SignInTooOld.code):
        return {"WWW-Authenticate": step_up_challenge(refusal.details)}
    if refusal.code == ScopeMissing.code:
        scope = refusal.details["scope"]
        return {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'}
    if refusal.code == NotSignedIn.code:
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    if refusal.kind in (Kind.UNAVAILABLE, Kind.TOO_LATE):
        return {"Retry-After": "2"}
    if refusal.kind is Kind.TOO_MANY:
        return {"Retry-After": str(refusal.details.get("retry_after", 60))}
    return {}


def step_up_challenge(details: Mapping[str, Any]) -> str:
    """RFC 9470, section 3: the level that is `required`, and `max_age` in seconds where that was asked for."""
    acr = AssuranceLevel(details["required"]).acr
    wanted = [f'acr_values="{acr}"']
    if "max_age" in details:
        wanted.append(f'max_age="{details["max_age"]}"')
    return (
        'Bearer error="insufficient_user_authentication", '
        'error_description="A higher assurance level or a newer sign-in is needed", '
        + ", ".join(wanted)
    )
