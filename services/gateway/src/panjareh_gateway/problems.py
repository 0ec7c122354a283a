"""Problem details (RFC 9457): one error shape, in the caller's language, that says whose turn it is."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

from panjareh_common import telemetry
from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import AssuranceTooLow, Kind, NotSignedIn, Refusal
from panjareh_common.texts import text, translate, translate_errors

MEDIA_TYPE = "application/problem+json"
_MAX_AGE_SECONDS = 300
_TITLES = {
    400: "The request cannot be read",
    401: "Sign in first",
    403: "Not allowed",
    404: "Not found",
    405: "Not possible here",
    409: "Not possible now",
    413: "Too large",
    415: "Wrong kind of content",
    422: "Something does not fit",
    429: "Too many tries",
    500: "A fault on our side",
    503: "Not available at the moment",
    504: "No answer in time",
}
FAULT = "This is a fault on our side and has been recorded. Try again; a repeat with the same Idempotency-Key is safe."


class BadRequest(Refusal):
    """What cannot be read at all, or lacks what every such call needs."""

    code = "bad_request"
    kind = Kind.INVALID
    status = 400
    message = "The body is not JSON. Send one JSON object, encoded in UTF-8."


class KeyMissing(BadRequest):
    code = "idempotency_key_missing"
    message = "Send an Idempotency-Key header of 1 to 200 visible characters, so that a repeat is not done twice."


class WrongContentType(BadRequest):
    code = "wrong_content_type"
    status = 415
    message = "Send the content as application/json."


class TooLarge(BadRequest):
    code = "too_large"
    status = 413
    message = "The body is larger than {limit} bytes, which is the most that is taken here."


class TooDeep(BadRequest):
    code = "too_deep"
    message = "The body is nested more than {levels} levels deep. No form here is."


class UnfitText(BadRequest):
    code = "unfit_text"
    message = "A text in the body holds a zero character, or half of a character. Send it without."


class NoSuchPath(BadRequest):
    code = "no_such_path"
    status = 404
    message = "There is nothing at this address. The addresses are listed at /api/docs."


class WrongMethod(BadRequest):
    code = "wrong_method"
    status = 405
    message = "This address does not take {method}. What it takes is listed at /api/docs."


def problem(refusal: Refusal, language: str, instance: str) -> Response:
    """The answer for a refusal, with the headers that go with it."""
    status = getattr(refusal, "status", refusal.kind.value)
    return _problem(
        status,
        refusal.code,
        translate(refusal, language),
        language,
        instance,
        errors=translate_errors(refusal, language),
        headers=_headers(refusal),
    )


def fault(language: str, instance: str) -> Response:
    return _problem(500, "fault", text(__package__, FAULT, language), language, instance)


def _problem(
    status: int,
    code: str,
    detail: str,
    language: str,
    instance: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    body: dict[str, Any] = {
        "type": f"urn:panjareh:problem:{code}",
        "title": text(__package__, _TITLES.get(status, _TITLES[500]), language),
        "status": status,
        "detail": detail,
        "instance": instance,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    body |= {name: value for name, value in telemetry.ids().items() if name == "trace_id"}
    return JSONResponse(
        body,
        status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": language, "Cache-Control": "no-store"} | (headers or {}),
    )


def _headers(refusal: Refusal) -> dict[str, str]:
    if refusal.code == AssuranceTooLow.code:
        acr = AssuranceLevel(refusal.details["required"]).acr
        # RFC 9470, section 3
        challenge = (
            'Bearer error="insufficient_user_authentication", '
            'error_description="A higher assurance level is needed", '
            f'acr_values="{acr}", max_age="{_MAX_AGE_SECONDS}"'
        )
        return {"WWW-Authenticate": challenge}
    if refusal.code == NotSignedIn.code:
        return {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    if refusal.kind in (Kind.UNAVAILABLE, Kind.TOO_LATE):
        return {"Retry-After": "2"}
    if refusal.kind is Kind.TOO_MANY:
        return {"Retry-After": str(refusal.details.get("retry_after", 60))}
    return {}
