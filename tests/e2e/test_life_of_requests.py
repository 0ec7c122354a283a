"""What may still happen to a request, over public HTTP: withdrawn, corrected, written about, appealed, reopened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest

from panjareh_cli.local.platform import Platform
from tests.people import Officer, Person, appointed, officer, somebody
from tests.stored import rows, topics, value

LICENCE = {"old_licence_number": "1234567890", "licence_class": "class_3", "photo_colour": "colour"}


@pytest.fixture(scope="module")
def police(platform: Platform) -> Officer:
    return officer(platform, "police")


@pytest.fixture(scope="module")
def colleague(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """A second officer of the police, who asks for things as a person, too."""
    return appointed(platform, "police", tmp_path_factory.mktemp("officers"))


@pytest.fixture
def person(platform: Platform) -> Person:
    return Person(platform, somebody()).arrive()


def in_review(person: Person, by: Person | None = None) -> str:
    """A request for a licence; reviewed by that officer, or waiting for one."""
    request_id: str = person.submit("DRV-002", LICENCE)["request_id"]
    person.wait_for(request_id, "under_review")
    if by is not None:
        act(by, request_id, "review")
    return request_id


def tell(who: Person, request_id: str, what: str, **body: Any) -> httpx.Response:
    """What an officer does (through the agency's door), or the applicant does, each with a key of its own."""
    officers = {"review", "decision", "reopening", "steps"}
    agency = what in officers or body.pop("agency", False)
    door = "agency" if agency else "api"
    return who.post(f"/{door}/v1/requests/{request_id}/{what}", body, key=str(uuid4()))


def act(who: Person, request_id: str, what: str, **body: Any) -> dict[str, Any]:
    answer = tell(who, request_id, what, **body)
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def in_queue(someone: Person) -> set[str]:
    found, after = set(), None
    while True:
        page = someone.get(
            "/agency/v1/requests", params={"limit": 100} | ({"after": after} if after else {})
        ).json()
        found |= {row["request_id"] for row in page["items"]}
        after = page["next"]
        if after is None:
            return found


def test_who_asked_may_withdraw_and_nobody_decides_any_more(
    platform: Platform, person: Person, police: Officer
) -> None:
    request_id = in_review(person, police)
    assert person.look(request_id)["may"] == ["withdraw", "write"]

    gone = act(person, request_id, "withdrawal", reason="I found my old one.")

    assert (gone["status"], gone["outcome"]) == ("withdrawn", None)
    late = tell(police, request_id, "decision", outcome="granted")
    assert code(late) == (409, "not_under_review")
    assert code(tell(person, request_id, "withdrawal")) == (409, "already_over")
    seen = person.look(request_id)
    assert (seen["status"], seen["may"], seen["output"]) == ("withdrawn", [], None)
    step = person.timeline(request_id)[-1]
    assert step["text"] == "You withdrew the request: I found my old one."
    assert (step["actor_role"], step["channel"]) == ("person", "web")
    assert request_id not in in_queue(police)
    assert topics(platform, "requests", request_id)[-1] == "Withdrawn"


def test_of_a_withdrawal_and_a_decision_at_once_exactly_one_happens(
    platform: Platform, person: Person, police: Officer
) -> None:
    for _ in range(3):
        request_id = in_review(person, police)

        with ThreadPoolExecutor(2) as pool:
            withdrawn = pool.submit(tell, person, request_id, "withdrawal")
            decided = pool.submit(tell, police, request_id, "decision", outcome="granted")
            both = {"Withdrawn": withdrawn.result(), "Decided": decided.result()}

        assert sorted(answer.status_code for answer in both.values()) == [200, 409]
        [won] = [name for name, answer in both.items() if answer.status_code == 200]
        kept = topics(platform, "requests", request_id)
        assert [each for each in kept if each in both] == [won]
        assert ("OutputIssued" in kept) is (won == "Decided")


def test_a_request_goes_back_for_correction_and_on_where_it_was(
    person: Person, police: Officer
) -> None:
    request_id = in_review(person, police)
    asks = [
        {"field": "photo_colour", "text": "عکس رنگی است یا سیاه و سفید؟"},
        {"text": "Please check the number, too."},
    ]

    act(police, request_id, "correction", agency=True, asks=asks, days=7)

    seen = person.look(request_id)
    assert (seen["status"], seen["may"]) == ("awaiting_applicant", ["withdraw", "correct", "write"])
    assert [ask["text"] for ask in seen["correction"]["asks"]] == [ask["text"] for ask in asks]
    assert seen["next"].startswith("It is your turn")
    assert code(tell(police, request_id, "decision", outcome="granted")) == (
        409,
        "not_under_review",
    )
    unfit = tell(person, request_id, "correction", form={"licence_class": "class_3"})
    assert (unfit.status_code, person.look(request_id)["status"]) == (422, "awaiting_applicant")

    corrected = LICENCE | {"old_licence_number": "0987654321"}
    back = act(person, request_id, "correction", form=corrected)

    assert back["status"] == "under_review"
    seen = police.get(f"/agency/v1/requests/{request_id}").json()
    assert (seen["form"], seen["correction"]) == (corrected, None)
    assert "0987654321" not in person.timeline(request_id)[-1]["text"]
    assert code(tell(person, request_id, "correction", form=corrected)) == (
        409,
        "nothing_to_correct",
    )
    before = person.get(
        f"/api/v1/requests/{request_id}", params={"at": person.timeline(request_id)[-2]["at"]}
    ).json()
    assert (before["form"], before["status"]) == (LICENCE, "awaiting_applicant")
    act(police, request_id, "decision", outcome="granted")
    assert person.look(request_id)["outcome"] == "granted"


def test_applicant_and_officer_write_to_each_other_and_each_look_is_on_record(
    platform: Platform, person: Person, police: Officer
) -> None:
    request_id = in_review(person)
    path = f"/v1/requests/{request_id}/messages"

    written = act(person, request_id, "messages", text="چه مدرکی لازم است؟")
    act(police, request_id, "messages", agency=True, text="Only the photo.")
    empty = tell(person, request_id, "messages", text="  ")

    assert (empty.status_code, written["writer"]) == (422, "applicant")
    first = person.get(f"/api{path}", params={"limit": 1}).json()
    rest = person.get(f"/api{path}", params={"limit": 1, "after": first["next"]}).json()
    told = [(m["writer"], m["text"]) for m in first["items"] + rest["items"]]
    assert told == [("applicant", "چه مدرکی لازم است؟"), ("officer", "Only the photo.")]
    assert rest["next"] is None
    looked = "SELECT count(*) FROM person_data_read WHERE about = %s AND role = 'officer'"
    before = value(platform, "requests", looked, request_id)
    assert police.get(f"/agency{path}").json()["items"][1]["text"] == "Only the photo."
    assert value(platform, "requests", looked, request_id) == before + 1
    [stored] = rows(
        platform,
        "requests",
        "SELECT string_agg(convert_from(state, 'UTF8'), '') FROM event WHERE stream = %s",
        request_id,
    )
    assert "Only the photo" not in stored[0]


def test_upon_an_appeal_another_officer_decides_and_until_then_the_first_decision_stands(
    person: Person, police: Officer, colleague: Person
) -> None:
    request_id = in_review(person, police)
    assert code(tell(person, request_id, "appeal", grounds="Too slow.")) == (
        409,
        "not_decided_yet",
    )
    act(police, request_id, "decision", outcome="refused", reason="The photo is too old.")
    seen = person.look(request_id)
    assert (seen["may"], seen["appeal_until"] > seen["changed_at"]) == (["appeal", "write"], True)

    appealed = act(person, request_id, "appeal", grounds="The photo is of last month.")

    assert (appealed["status"], appealed["outcome"]) == ("under_appeal", "refused")
    assert code(tell(person, request_id, "appeal", grounds="Again.")) == (409, "appeal_used")
    assert request_id in in_queue(colleague)
    assert code(tell(police, request_id, "review")) == (409, "decided_it_before")
    act(colleague, request_id, "review")
    shown = colleague.get(f"/agency/v1/requests/{request_id}").json()
    assert shown["appeal"]["grounds"] == "The photo is of last month."
    assert (shown["outcome"], shown["reason"]) == ("refused", "The photo is too old.")
    act(colleague, request_id, "decision", outcome="granted", reason="It is.")
    seen = person.look(request_id)
    assert (seen["status"], seen["outcome"], seen["may"]) == ("closed", "granted", [])
    assert seen["output"]["kind"] == "driving_licence"
    assert [step["kind"] for step in person.timeline(request_id)][-4:] == [
        "ReviewStarted",
        "Decided",
        "OutputIssued",
        "Closed",
    ]


def test_an_appeal_may_be_taken_back_and_the_first_decision_stands(
    person: Person, police: Officer
) -> None:
    request_id = in_review(person, police)
    act(police, request_id, "decision", outcome="refused", reason="No.")
    act(person, request_id, "appeal", grounds="Yes.")

    back = act(person, request_id, "withdrawal")

    assert (back["status"], back["outcome"]) == ("closed", "refused")


def test_an_authority_reopens_what_it_refused_and_says_why(
    person: Person, police: Officer, colleague: Person
) -> None:
    request_id = in_review(person, police)
    act(police, request_id, "decision", outcome="refused", reason="No.")

    act(colleague, request_id, "reopening", reason="The registry was wrong.")

    assert person.look(request_id)["status"] == "under_review"
    assert person.timeline(request_id)[-1]["text"].endswith("The registry was wrong.")
    act(police, request_id, "review")
    act(police, request_id, "decision", outcome="granted")
    assert person.look(request_id)["outcome"] == "granted"
    assert code(tell(police, request_id, "reopening", reason="?")) == (409, "nothing_to_reopen")


def test_nobody_handles_their_own_request(colleague: Person, police: Officer) -> None:
    request_id = in_review(colleague)

    own = tell(colleague, request_id, "review")

    assert code(own) == (409, "own_request")
    act(police, request_id, "review")


WAYS = [
    ("api", "withdrawal", {}),
    ("api", "correction", {"form": LICENCE}),
    ("api", "messages", {"text": "?"}),
    ("api", "appeal", {"grounds": "?"}),
    ("agency", "correction", {"asks": [{"text": "?"}]}),
    ("agency", "messages", {"text": "?"}),
    ("agency", "reopening", {"reason": "?"}),
]


def test_what_is_not_yours_is_not_there_by_any_way(
    platform: Platform, person: Person, police: Officer
) -> None:
    request_id = in_review(person)
    before = topics(platform, "requests", request_id)
    stranger, welfare = Person(platform, somebody()).arrive(), officer(platform, "welfare")

    for door, what, body in WAYS:
        path = f"/{door}/v1/requests/{request_id}/{what}"
        for who in (stranger, welfare) if door == "api" else (welfare,):
            answer = who.post(path, body, key=str(uuid4()))
            assert code(answer) == (404, "not_found"), (path, answer.text)
        if door == "agency":
            assert stranger.post(path, body, key=str(uuid4())).status_code == 403
            assert person.post(path, body, key=str(uuid4())).status_code == 403
    for door, who in (("api", stranger), ("agency", welfare)):
        assert who.get(f"/{door}/v1/requests/{request_id}/messages").status_code == 404

    assert topics(platform, "requests", request_id) == before


def test_each_is_done_once_however_often_it_is_sent(
    platform: Platform, person: Person, police: Officer
) -> None:
    request_id = in_review(person)
    key = str(uuid4())
    path = f"/api/v1/requests/{request_id}/messages"

    first = person.post(path, {"text": "once"}, key=key)
    again = person.post(path, {"text": "once"}, key=key)

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert topics(platform, "requests", request_id).count("MessageWritten") == 1


def test_steps_of_the_authoritys_own_stand_in_the_timeline_in_the_words_of_the_card(
    platform: Platform, person: Person, police: Officer
) -> None:
    request_id = in_review(person, police)
    act(police, request_id, "decision", outcome="granted", reason="All is in order.")

    act(police, request_id, "steps", step="printed")
    again = act(police, request_id, "steps", step="printed")

    assert again["status"] == "decided"
    told = [step["text"] for step in person.timeline(request_id)]
    assert told.count("The card of the licence is printed.") == 1
    unknown = tell(police, request_id, "steps", step="baked")
    assert code(unknown) == (409, "step_not_on_card")
    assert "printed" in unknown.json()["detail"]
    elsewhere = tell(officer(platform, "education"), request_id, "steps", step="posted")
    assert elsewhere.status_code == 404
