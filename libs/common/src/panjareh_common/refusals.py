"""How the platform says no: named refusals with a sentence a person understands."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """What sort of no it is. The number is the HTTP status that tells it to a browser."""

    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    NOT_FOUND = 404
    CONFLICT = 409
    OUTDATED = 412
    TOO_LARGE = 413
    INVALID = 422
    TOO_MANY = 429
    UNAVAILABLE = 503
    TOO_LATE = 504


class Refusal(Exception):
    """A rule that said no.

    `code` is stored and compared, so it never changes. `message` is English text with named
    places, filled from the keyword arguments and translated by `panjareh_common.texts`.
    """

    code: ClassVar[str]
    kind: ClassVar[Kind] = Kind.CONFLICT
    message: ClassVar[str]

    def __init__(self, **details: Any) -> None:
        super().__init__(self.message.format(**details) if details else self.message)
        self.details = details


class RemoteRefusal(Refusal):
    """A refusal that another service said, as it came over the wire."""

    def __init__(
        self,
        code: str,
        kind: Kind,
        text: str,
        details: dict[str, Any],
        errors: list[dict[str, str]],
    ) -> None:
        Exception.__init__(self, text)
        self.code = code  # type: ignore[misc]  # one instance stands for a class of the far side
        self.kind = kind  # type: ignore[misc]
        self.text = text
        self.details = details
        self.errors = errors


class NotFound(Refusal):
    """There is nothing of that name that is yours: "not yours" looks like "not there"."""

    code = "not_found"
    kind = Kind.NOT_FOUND
    message = "There is nothing here under that address, or it is not yours."


class InvalidInput(Refusal):
    """The input does not fit. `errors` are {pointer, detail}, complete, in the order of the input."""

    code = "invalid_input"
    kind = Kind.INVALID
    message = "Some of what you sent does not fit. Each point is listed; nothing was stored."

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__()
        self.errors = errors


class NotSignedIn(Refusal):
    code = "not_signed_in"
    kind = Kind.UNAUTHENTICATED
    message = "Sign in first, or sign in again: your session is missing or has ended."


class NotAllowed(Refusal):
    code = "not_allowed"
    kind = Kind.FORBIDDEN
    message = "Your role does not allow this."


class AssuranceTooLow(Refusal):
    """Told over HTTP with the challenge of RFC 9470. Requirement I2."""

    code = "assurance_too_low"
    kind = Kind.UNAUTHENTICATED
    message = (
        "This needs assurance level {required} and you have signed in at level {held}. "
        "Raise it at /api/v1/sessions/step-up and ask again."
    )


class SignInTooOld(Refusal):
    """The level is enough, the sign-in is not recent enough. Told with the challenge of RFC 9470, too."""

    code = "sign_in_too_old"
    kind = Kind.UNAUTHENTICATED
    message = (
        "This needs a sign-in that is at most {max_age} seconds old. Sign in again and repeat it."
    )


class NotInOwnName(Refusal):
    """A representative asked for what everybody does for themself only."""

    code = "not_in_own_name"
    kind = Kind.FORBIDDEN
    message = "You are acting for another. This can only be done in one's own name."


class MandateTooNarrow(Refusal):
    code = "mandate_too_narrow"
    kind = Kind.FORBIDDEN
    message = "The mandate under which you act does not cover the service {service_code}."


class ScopeMissing(Refusal):
    """Told over HTTP with the challenge of RFC 6750, section 3.1."""

    code = "scope_missing"
    kind = Kind.FORBIDDEN
    message = "This application was not given the right {scope}."


class KeyReused(Refusal):
    code = "idempotency_key_reused"
    kind = Kind.INVALID
    message = "This Idempotency-Key was used before with another content. Use a new key for a new request."


class ChangedMeanwhile(Refusal):
    code = "changed_meanwhile"
    kind = Kind.CONFLICT
    message = (
        "Someone else changed this at the same moment. Look again and repeat if it is still right."
    )


class Unavailable(Refusal):
    """A part that is needed does not answer now. Nothing was lost; the same call may be repeated."""

    code = "unavailable"
    kind = Kind.UNAVAILABLE
    message = "A part of the platform does not answer at the moment. Try again in a few seconds; nothing was lost."


class TooLate(Refusal):
    code = "deadline_passed"
    kind = Kind.TOO_LATE
    message = "The answer did not come in time. Repeat with the same Idempotency-Key: it will not be done twice."
