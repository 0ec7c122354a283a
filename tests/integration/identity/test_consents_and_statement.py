"""Consents, and the privacy statement, on a real database (I6)."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from panjareh_common.refusals import KeyReused, NotFound
from panjareh_identity.application.consents import GiveConsent
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.domain.privacy_statement import (
    Statement,
    StatementChanged,
    StatementMissing,
    StatementNotCurrent,
)
from tests.integration.identity.representing import OPERATOR, House, refused


def consent(scene: House, **changes) -> GiveConsent:
    known = {
        "purpose": "child_allowance",
        "data": ["income_decile"],
        "receiver": "welfare",
        "until": scene.now + timedelta(days=30),
    }
    return GiveConsent(**known | changes)


def give(scene: House, human, **changes):
    return scene.parts.consents.give(consent(scene, **changes), scene.asking(human))


def listed(scene: House, human):
    return scene.parts.consents.list_of(Page(), scene.asking(human))["items"]


def held(scene: House, human, receiver="welfare"):
    with scene.log.unit_of_work(OPERATOR) as unit:
        return scene.parts.consents.held(unit, human.id, receiver)


def statement(version: int, text: str) -> Statement:
    return Statement(
        version,
        {"fa": "بیانیهٔ حریم خصوصی", "en": "Privacy statement"},
        {"fa": f"متن {version}", "en": text},
        {"en": "Something is new."} if version > 1 else {},
    )


def publish(scene: House, version: int, text: str = "What is kept") -> bool:
    return scene.parts.privacy_statements.publish(statement(version, text), cause=OPERATOR)


def show(scene: House, version: int | None = None, language: str = "en"):
    return scene.parts.privacy_statements.show(version, cause=OPERATOR, language=language)


def test_a_consent_is_given_listed_and_withdrawn(scene):
    leila = scene.human()
    given = give(scene, leila, data=["mobile_line", "income_decile"])

    assert listed(scene, leila) == [given]
    assert (given["status"], given["data"]) == ("given", ["income_decile", "mobile_line"])
    assert held(scene, leila) == {"income_decile", "mobile_line"}

    for _ in range(2):
        withdrawn = scene.parts.consents.withdraw(UUID(given["consent_id"]), scene.asking(leila))
    assert (withdrawn["status"], held(scene, leila)) == ("withdrawn", frozenset())
    (row,) = listed(scene, leila)
    assert row == withdrawn
    topics = [each.topic for each in scene.log.history(UUID(given["consent_id"]))]
    assert topics == ["Consent.Given", "Consent.Withdrawn"]


def test_a_consent_says_at_which_level_its_giver_was_known(scene):
    leila = scene.human()
    given = give(scene, leila)

    event = scene.log.history(UUID(given["consent_id"]))[0].event
    assert (event.giver_id, event.assurance) == (leila.id, 2)


def test_a_consent_ends_with_its_time(scene):
    leila = scene.human()
    give(scene, leila)

    scene.now += timedelta(days=30)

    assert held(scene, leila) == frozenset()
    assert listed(scene, leila)[0]["status"] == "over"


def test_a_consent_is_for_one_receiver_and_the_giver_alone_sees_it(scene):
    leila, stranger = scene.human(), scene.human()
    given = give(scene, leila)

    assert held(scene, leila, "police") == frozenset()
    assert held(scene, stranger) == frozenset()
    assert listed(scene, stranger) == []
    with pytest.raises(NotFound):
        scene.parts.consents.withdraw(UUID(given["consent_id"]), scene.asking(stranger))


def test_a_consent_without_a_near_end_is_refused_and_a_repeat_gives_one(scene):
    leila = scene.human()
    with refused("consent_too_long"):
        give(scene, leila, until=scene.now + timedelta(days=4000))

    asking = scene.asking(leila, key="a-key")
    first = scene.parts.consents.give(consent(scene), asking)
    assert scene.parts.consents.give(consent(scene), asking) == first
    with pytest.raises(KeyReused):
        scene.parts.consents.give(consent(scene, receiver="police"), asking)
    assert len(listed(scene, leila)) == 1


def test_consents_are_in_my_download_and_go_with_me(scene):
    leila = scene.human()
    for number in range(3):
        give(scene, leila, receiver=f"receiver_{number}")

    with scene.log.unit_of_work(OPERATOR) as unit:
        assert len(scene.parts.consents.held_about(unit, leila.id)) == 3
    with scene.log.unit_of_work(OPERATOR) as unit:
        scene.parts.consents.leave(unit, leila.id)

    assert listed(scene, leila) == []


def test_consents_are_paged(scene):
    leila = scene.human()
    wanted = {give(scene, leila, receiver=f"receiver_{n}")["consent_id"] for n in range(5)}

    found, page = [], Page(limit=2)
    while page is not None:
        answer = scene.parts.consents.list_of(page, scene.asking(leila))
        found += [each["consent_id"] for each in answer["items"]]
        page = Page(limit=2, after=answer["next"]) if answer["next"] else None

    assert (len(found), set(found)) == (5, wanted)


def test_the_statement_is_shown_in_the_readers_language_and_older_ones_stay(scene):
    with pytest.raises(StatementMissing):
        show(scene)

    assert publish(scene, 1)
    assert publish(scene, 2, "More is kept")

    assert (show(scene)["version"], show(scene)["text"]) == (2, "More is kept")
    assert show(scene, language="fa")["text"] == "متن 2"
    assert show(scene, 1) | {"published_at": None} == {
        "version": 1,
        "current": 2,
        "title": "Privacy statement",
        "text": "What is kept",
        "changes": "",
        "published_at": None,
    }
    with pytest.raises(NotFound):
        show(scene, 3)


def test_publishing_again_changes_nothing_and_another_text_is_refused(scene):
    publish(scene, 1)

    assert not publish(scene, 1)
    with pytest.raises(StatementChanged):
        publish(scene, 1, "Something else is kept")


def test_taking_note_is_recorded_with_its_version_and_asked_for_again(scene):
    leila = scene.human()
    statements = scene.parts.privacy_statements
    publish(scene, 1)
    state = statements.state(caller=leila.caller, cause=OPERATOR)
    assert state == {"current": 1, "accepted": None, "accepted_at": None, "to_accept": True}

    noted = statements.accept(1, scene.asking(leila))
    assert (noted["accepted"], noted["to_accept"]) == (1, False)

    publish(scene, 2, "More is kept")
    assert statements.state(caller=leila.caller, cause=OPERATOR)["to_accept"]
    with refused("statement_not_current"):
        statements.accept(1, scene.asking(leila))
    for _ in range(2):
        assert statements.accept(2, scene.asking(leila))["accepted"] == 2

    notes = scene.log.after(0, ["PrivacyNote.Accepted", "PrivacyNote.AcceptedAgain"], 10)
    assert [(each.event.number, each.metadata["actor"]) for each in notes] == [
        (1, str(leila.id)),
        (2, str(leila.id)),
    ]


def test_what_i_took_note_of_is_in_my_download_and_goes_with_me(scene):
    leila = scene.human()
    publish(scene, 1)
    scene.parts.privacy_statements.accept(1, scene.asking(leila))

    with scene.log.unit_of_work(OPERATOR) as unit:
        assert scene.parts.privacy_statements.held_about(unit, leila.id)["accepted"] == 1
    with scene.log.unit_of_work(OPERATOR) as unit:
        scene.parts.privacy_statements.leave(unit, leila.id)

    assert scene.rows("SELECT 1 FROM privacy_note") == []


def test_a_registration_stands_or_falls_with_the_version_taken_note_of(scene):
    leila = scene.human()
    publish(scene, 1)

    with (
        pytest.raises(StatementNotCurrent),
        scene.log.unit_of_work(OPERATOR) as unit,
    ):
        scene.parts.privacy_statements.accept_in(unit, leila.id, 2)

    assert scene.rows("SELECT 1 FROM privacy_note") == []
