"""What is refused about pictures, sounds and films."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class UnknownMedium(Refusal):
    code = "unknown_medium"
    kind = Kind.NOT_FOUND
    message = "There is no picture, sound or film at this address."


class TooManyMedia(Refusal):
    code = "too_many_media"
    message = (
        "Your authority stores {most} pictures, sounds and films already, which is the most. "
        "Use one of them again; they are listed at /agency/v1/media."
    )
