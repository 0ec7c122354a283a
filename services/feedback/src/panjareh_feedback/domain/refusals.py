"""Every way the domain of feedback says no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class RatingOutOfRange(Refusal):
    code = "rating_out_of_range"
    kind = Kind.INVALID
    message = "A rating is a whole number from {least} to {most}."


class TextTooLong(Refusal):
    code = "text_too_long"
    kind = Kind.INVALID
    message = "Write at most {most} letters."
