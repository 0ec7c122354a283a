"""Whole journeys over public HTTP only."""

from __future__ import annotations

from panjareh_cli.local.platform import Platform
from tests.people import Person, internet_form, somebody


def test_a_smart_service_is_decided_online_with_no_paper_and_no_human(platform: Platform) -> None:
    person = Person(platform, somebody(decile=2)).arrive()

    request = person.submit("INET-001", internet_form(person.about))

    decided = person.wait_for(request["request_id"], "decided")
    assert decided["outcome"] == "granted"
    assert decided["reason"]
    assert decided["output"]["number"]
    kinds = [step["kind"] for step in person.timeline(request["request_id"])]
    assert kinds[0] == "Submitted"
    assert kinds.count("EvidenceReceived") == 3
    assert kinds[-2:] == ["Decided", "OutputIssued"]
    assert {step["actor_role"] for step in person.timeline(request["request_id"])} == {
        "person",
        "service",
    }
