"""What the gateway itself refuses, and refusals as HTTP answers (RFC 9457)."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from panjareh_common.problems import MEDIA_TYPE, Problem, of_fault, of_refusal
from panjareh_common.refusals import Kind, Refusal


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


class VersionMissing(BadRequest):
    """RFC 6585, section 3."""

    code = "version_missing"
    status = 428
    message = "Send the ETag of what you saw as If-Match, so that nothing that was saved meanwhile is lost."


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
    return _answer(of_refusal(refusal, language, instance))


def fault(language: str, instance: str) -> Response:
    return _answer(of_fault(language, instance))


def _answer(made: Problem) -> Response:
    return JSONResponse(made.body, made.status, media_type=MEDIA_TYPE, headers=made.headers)
