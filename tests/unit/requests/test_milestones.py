"""Steps of the service's own, which an authority reports of a request."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.requests.test_request_rows import TERMS, begin

from panjareh_common.testing.aggregates import AT
from panjareh_requests.domain.refusals_milestones import NotOnItsWay, StepUnknown
from panjareh_requests.domain.service_request import ServiceRequest

CARD = replace(TERMS, milestones={"printed": {"fa": "چاپ شد", "en": "Printed"}})


def reached(request: ServiceRequest) -> list[str]:
    return [
        event.step
        for event in request.pending_events
        if isinstance(event, ServiceRequest.StepCompleted)
    ]


def test_a_step_is_told_once() -> None:
    request = begin(imported=False)

    assert request.reach("printed", CARD, unit=None, at=AT)
    assert not request.reach("printed", CARD, unit=None, at=AT)

    assert reached(request) == ["printed"]


def test_a_step_that_the_card_does_not_have_is_refused_with_those_it_has() -> None:
    request = begin(imported=False)

    with pytest.raises(StepUnknown) as refused:
        request.reach("baked", CARD, unit=None, at=AT)

    assert refused.value.details["steps"] == "printed"
    assert reached(request) == []


def test_nothing_is_reported_of_what_was_withdrawn() -> None:
    request = begin(imported=False)
    request.withdraw("", AT)

    with pytest.raises(NotOnItsWay):
        request.reach("printed", CARD, unit=None, at=AT)
