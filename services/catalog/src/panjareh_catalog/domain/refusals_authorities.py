"""How the register of authorities and the record of their connection say no."""

from __future__ import annotations

from panjareh_common.refusals import Kind, Refusal


class StepKnown(Refusal):
    code = "step_known"
    message = "The step {step} is recorded already. Withdraw it first if its day is wrong."


class StepUnknown(Refusal):
    code = "step_unknown"
    message = "The step {step} is not recorded, so there is nothing to withdraw."


class StepsInOrder(Refusal):
    code = "steps_in_order"
    message = (
        "An authority connects in three steps, one after the other: it opens its window, offers its "
        "services there, and joins. Record the earlier ones first, and withdraw the later ones first."
    )


class StepInFuture(Refusal):
    code = "step_in_future"
    message = "The day {on} has not come yet. Record the step when it is done."


class WindowMissing(Refusal):
    code = "window_missing"
    kind = Kind.INVALID
    message = "Write the address of the window that was opened."


class NothingPublished(Refusal):
    code = "nothing_published"
    message = (
        "An authority has joined when its services stand in the window. "
        "Publish at least one of them, then record this step."
    )


class DayTooFar(Refusal):
    code = "day_too_far"
    kind = Kind.INVALID
    message = "The day {day} is too far away to be announced. Look whether its year is right."


class DayNotAnnounced(Refusal):
    code = "day_not_announced"
    message = "Nothing was announced of the day {day}, so there is nothing to withdraw."


class NoSuchAuthority(Refusal):
    code = "no_such_authority"
    kind = Kind.NOT_FOUND
    message = "There is no authority with the code {authority}. Look at /api/v1/authorities."


class NoWorkingDay(Refusal):
    code = "no_working_day"
    kind = Kind.INVALID
    message = "The authority {authority} would rest on every day of the week. Leave it at least one to work on."
