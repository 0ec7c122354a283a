"""People are told of their requests by a short message while they are not looking, over public HTTP."""

from __future__ import annotations

import pytest

from panjareh_cli.local.platform import Platform
from panjareh_common.reference import plain
from tests.e2e.test_life_of_requests import LICENCE, act
from tests.people import Officer, Person, officer, somebody, until
from tests.stored import rows


@pytest.fixture(scope="module")
def police(platform: Platform) -> Officer:
    return officer(platform, "police")


def told(person: Person, reference: str) -> list[str]:
    """The messages to the person's phone about one request, the oldest first."""
    return [text for text in reversed(person.messages()) if reference in plain(text)]


def hears(person: Person, reference: str, words: str) -> list[str]:
    return list(until(lambda: told(person, reference), lambda heard: words in "".join(heard[-1:])))


def in_review(person: Person, by: Person) -> tuple[str, str]:
    made = person.submit("DRV-002", LICENCE)
    person.wait_for(made["request_id"], "under_review")
    act(by, made["request_id"], "review", out_of_order="a test")
    return made["request_id"], made["reference"]


def test_each_step_that_matters_is_told_once_and_never_why(
    platform: Platform, police: Officer
) -> None:
    person = Person(platform, somebody()).arrive()
    request_id, reference = in_review(person, police)

    act(police, request_id, "messages", agency=True, text="A secret word: pomegranate.")
    hears(person, reference, "wrote to you")
    asks = [{"field": None, "text": "A better pomegranate."}]
    act(police, request_id, "correction", agency=True, asks=asks, days=7)
    hears(person, reference, "to be corrected by")
    act(person, request_id, "correction", form=LICENCE)
    act(
        police,
        request_id,
        "decision",
        outcome="refused",
        reason="No pomegranate.",
        out_of_order="a test",
    )
    heard = hears(person, reference, "was decided")

    assert len(heard) == 3
    assert "pomegranate" not in "".join(heard)
    waits = rows(
        platform,
        "requests",
        "SELECT split_part(detail, ' ', 1) AS kind FROM due WHERE kind = 'tell' AND subject = %s",
        request_id,
    )
    assert {kind for (kind,) in waits} == {"appeal_ends", "correction_ends"}


def test_a_person_turns_messages_off_and_is_told_what_they_have_to_know(
    platform: Platform, police: Officer
) -> None:
    person = Person(platform, somebody(), language="fa").arrive()
    person.request("PUT", "/api/v1/my-account/language", json={"language": "fa"})
    chosen = person.request(
        "PUT", "/api/v1/my-account/notices", json={"off": ["messages"], "channel": "sms"}
    )
    assert chosen.status_code == 200, chosen.text
    shown = person.get("/api/v1/my-account/notices").json()
    assert shown == chosen.json()
    assert {group["group"] for group in shown["groups"] if not group["on"]} == {"messages"}
    duties = person.request(
        "PUT", "/api/v1/my-account/notices", json={"off": ["duties"], "channel": "sms"}
    )
    assert duties.status_code == 422

    request_id, reference = in_review(person, police)
    act(police, request_id, "messages", agency=True, text="Hello.")
    act(police, request_id, "decision", outcome="granted", out_of_order="a test")
    [heard] = hears(person, reference, "تصمیم")

    assert heard.startswith("پنجره:")
    held = person.get("/api/v1/my-data").json()["sections"]["notices"]
    assert [each["kind"] for each in held] == ["decided"]
