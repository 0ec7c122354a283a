"""How requests say no to a step that is reported."""

from __future__ import annotations

from panjareh_common.refusals import Refusal


class StepUnknown(Refusal):
    code = "step_not_on_card"
    message = (
        "The card of this service, in the version of this request, has no step “{step}”. "
        "Report one of these: {steps}. A new step is a new version of the card."
    )


class NotOnItsWay(Refusal):
    code = "not_on_its_way"
    message = "This request was withdrawn or is closed, so no step of it can be reported any more."
