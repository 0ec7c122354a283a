"""Every service of the shipped catalogue is asked for, from beginning to end, over public HTTP (requirement C6).

All are sent first and waited for afterwards, on one platform, so that the whole catalogue costs little more than its
slowest service.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import yaml

from panjareh_cli.local.platform import Platform
from panjareh_sandbox.demo import authorities_file, life_events_file, services_dir
from tests.filling import filled
from tests.joining import invite, join
from tests.paying import pay
from tests.people import Person, officer, persona, somebody, until

CARDS: dict[str, dict[str, Any]] = {
    file.stem: yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in sorted(services_dir().glob("*.yaml"))
}
BY_RULES = sorted(code for code, card in CARDS.items() if card["decision_mode"] == "rules")
BY_OFFICERS = sorted(set(CARDS) - set(BY_RULES))
LIFE_EVENTS = yaml.safe_load(life_events_file().read_text(encoding="utf-8"))["life_events"]
AUTHORITIES = yaml.safe_load(authorities_file().read_text(encoding="utf-8"))["authorities"]
# Of these, nobody is refused; of an accident without insurance an officer decides.
NEVER_REFUSED = {"HLT-001", "VEH-002", "BIZ-005"}

Sent = dict[str, str]
"""The id of the request for each service."""


@pytest.fixture(scope="module")
def mina(platform: Platform) -> Person:
    """Somebody who meets the conditions of every service."""
    return Person(platform, persona("fits_every_scheme")).arrive()


@pytest.fixture(scope="module")
def siavash(platform: Platform) -> Person:
    """Somebody who meets the conditions of none."""
    return Person(platform, persona("fits_no_scheme")).arrive()


@pytest.fixture(scope="module")
def refused(siavash: Person) -> Sent:
    return send(siavash, set(BY_RULES) - NEVER_REFUSED)


@pytest.fixture(scope="module")
def asked(platform: Platform, mina: Person, refused: Sent) -> Sent:
    """Everything is sent, and joined by whom it needs; then each officer decides what has come to that authority."""
    sent = send(mina, CARDS)
    others = {code: parties for code in sent if (parties := parties_of(code))}
    other = Person(platform, somebody()).arrive()
    for code, parties in others.items():
        for party in parties:
            join(other, invite(mina, sent[code], party["key"]), filled(party["form"]))
    for code in BY_OFFICERS:
        mina.wait_for(sent[code], "under_review")
        someone = officer(platform, CARDS[code]["authority"])
        path = f"/agency/v1/requests/{sent[code]}"
        review = someone.post(f"{path}/review", key=str(uuid4()))
        assert review.status_code == 200, (code, review.text)
        decision = {"outcome": "granted", "reason": "All that the card asks for is there."}
        decided = someone.post(f"{path}/decision", decision, key=str(uuid4()))
        assert decided.status_code == 200, (code, decided.text)
        if fee_is_due(code, "before_output"):
            pay(mina, sent[code])
    return sent


def send(person: Person, codes: Any) -> Sent:
    sent = {
        code: str(person.submit(code, filled(CARDS[code]["form"]))["request_id"])
        for code in sorted(codes)
    }
    for code, request_id in sent.items():
        if fee_is_due(code, "before_review"):
            pay(person, request_id)
    return sent


def parties_of(code: str) -> list[dict[str, Any]]:
    return list((CARDS[code].get("applicants") or {}).get("parties") or [])


def fee_is_due(code: str, when: str) -> bool:
    return bool((CARDS[code].get("payment") or {}).get("when") == when)


def come_to_rest(person: Person, request_id: str) -> dict[str, Any]:
    """As it stands once it is decided, or waits for an officer, whom nobody sends to it any more."""
    seen: dict[str, Any] = until(
        lambda: person.look(request_id),
        lambda request: request["status"] in ("decided", "under_review"),
    )
    return seen


@pytest.mark.parametrize("code", CARDS)
def test_a_service_of_the_catalogue_is_granted_from_beginning_to_end(
    platform: Platform, mina: Person, asked: Sent, code: str
) -> None:
    card = CARDS[code]

    seen = come_to_rest(mina, asked[code])

    assert (seen["outcome"], bool(seen["reason"])) == ("granted", True)
    steps = [step["kind"] for step in mina.timeline(asked[code])]
    assert steps[0] == "Submitted"
    assert steps.count("EvidenceReceived") == len(card["evidence"]) + sum(
        len(party["evidence"]) for party in parties_of(code)
    )
    assert ("ReviewStarted" in steps) == (code in BY_OFFICERS)
    if not card.get("output"):
        assert seen["output"] is None
        return
    issued = until(lambda: mina.look(asked[code])["output"], bool)
    assert issued["kind"] == card["output"]["kind"]
    told = Person(platform, somebody()).get(f"/api/v1/documents/{issued['number']}/verification")
    assert (told.json()["genuine"], told.json()["valid"]) == (True, True)
    assert told.json()["authority"] == card["authority"]


@pytest.mark.parametrize("code", sorted(set(BY_RULES) - NEVER_REFUSED))
def test_rules_refuse_who_does_not_meet_them_and_say_why(
    siavash: Person, refused: Sent, code: str
) -> None:
    seen = come_to_rest(siavash, refused[code])

    assert (seen["outcome"], seen["output"]) == ("refused", None)
    assert seen["reason"] in {row["reason"]["en"] for row in CARDS[code]["rules"]["rows"]}
    assert "EvidenceMissing" not in [step["kind"] for step in siavash.timeline(refused[code])]


@pytest.mark.parametrize("code", CARDS)
def test_the_whole_guide_is_open_before_any_sign_up(platform: Platform, code: str) -> None:
    card = CARDS[code]

    for language in ("fa", "en"):
        told = Person(platform, somebody(), language).get(f"/api/v1/services/{code}").json()

        assert told["guide"].strip() == card["guide"][language].strip()
        assert [step["text"] for step in told["steps"]] == [
            step[language] for step in card["steps"]
        ]
        assert told["sample"] is True
        assert told["eligibility"] == [row[language] for row in card["eligibility"]]
        for name in ("appeal", "legal_basis"):
            assert told[name] == card[name][language]
        for name, beside in (("when_time_passes", "what"), ("retention", "days")):
            assert told[name] == {"text": card[name][language], beside: card[name][beside]}
        assert {row["channel"]: row["open"] for row in told["channel_hours"]} == {
            row["channel"]: row["open"] for row in card["channels"]
        }
        for step in told["steps"]:
            for medium in step.get("media", []):
                shown = Person(platform, somebody()).get(f"/media/{medium['id']}")
                assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
                assert medium["text"]


@pytest.mark.parametrize("code", CARDS)
def test_a_service_is_found_by_what_people_call_it(platform: Platform, code: str) -> None:
    card = CARDS[code]

    for language in ("fa", "en"):
        stranger = Person(platform, somebody(), language)
        for typed in card["keywords"][language]:
            found = stranger.get("/api/v1/services", params={"q": typed, "limit": 8}).json()

            assert code in [row["code"] for row in found["items"]], typed


def test_the_lists_are_whole(platform: Platform) -> None:
    stranger = Person(platform, somebody())

    def codes(path: str) -> list[str]:
        return [row["code"] for row in stranger.get(path).json()["items"]]

    assert set(CARDS) <= set(codes("/api/v1/services?limit=100"))
    assert codes("/api/v1/life-events?limit=100") == [row["code"] for row in LIFE_EVENTS]
    assert {row["code"] for row in AUTHORITIES} <= set(codes("/api/v1/authorities?limit=100"))
