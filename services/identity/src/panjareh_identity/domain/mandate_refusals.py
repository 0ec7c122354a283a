"""Every way mandates say no, by name."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class MandateTooLong(Refusal):
    code = "mandate_too_long"
    kind = Kind.INVALID
    message = "A mandate of this kind lasts at most {days} days, and begins now."


class MandateTooWide(Refusal):
    """A mandate can be narrowed in scope and time; for more, a new one is asked for."""

    code = "mandate_too_wide"
    message = (
        "This reaches further than what was asked for. "
        "A mandate can only be limited; for more, ask for a new one."
    )


class MandateAnswered(Refusal):
    code = "mandate_answered"
    message = "This mandate has been answered or ended already. Look at it again."


class MandateNotActive(Refusal):
    code = "mandate_not_active"
    message = "This mandate is not in force: it was not accepted, or it has ended."


class NoMandateNeeded(Refusal):
    code = "no_mandate_needed"
    message = "You need no mandate to act for yourself."


class ChosenByOfficers(Refusal):
    """Who is asked for is proved by a registry or its officers, so nobody else can accept it."""

    code = "chosen_by_officers"
    kind = Kind.FORBIDDEN
    message = "This mandate is proved by a registry or by its officers; nobody else accepts it."


class TooManyMandates(Refusal):
    code = "too_many_mandates"
    message = "You have {most} mandates without an answer. Wait for the answers, or withdraw one."


class OfAge(Refusal):
    code = "of_age"
    message = "This person is eighteen or older, so no guardian acts for them."


class UnderAge(Refusal):
    code = "under_age"
    message = "Whoever is under eighteen gives no mandate: their guardian acts for them."


class NumberTaken(Refusal):
    """An account whose holder has not proved the number: its owner has to take it over first."""

    code = "number_taken"
    message = (
        "Somebody has an account under this number and has not proved that it is theirs. "
        "That has to be settled at an office first."
    )


class DetailsMissing(Refusal):
    code = "details_missing"
    kind = Kind.INVALID
    message = "Write who it is as the papers say: names and date of birth, or the company's name."


class WhyMissing(Refusal):
    code = "why_missing"
    kind = Kind.INVALID
    message = "Write why: it is told to whoever asked for the mandate."
