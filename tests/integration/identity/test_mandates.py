"""Mandates between people, on a real database: asked, answered, limited, withdrawn, and acted under."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.refusals import (
    AssuranceTooLow,
    InvalidInput,
    KeyReused,
    NotFound,
    NotSignedIn,
    Refusal,
)
from panjareh_common.security import CallerKind
from panjareh_identity.application.mandate_commands import AskMandate, LimitMandate
from panjareh_identity.application.mandate_ports import Page
from panjareh_identity.application.mandate_showing import _SAID
from panjareh_identity.application.mandates import MOST_WAITING
from panjareh_identity.domain.mandate_refusals import MandateNotActive
from panjareh_identity.domain.mandate_values import MandateEnd, MandateKind, Side
from panjareh_identity.read_model import mandates as mandate_rows
from tests.integration.identity.representing import refused


def test_a_daughter_asks_and_her_father_agrees(scene):
    daughter, father = scene.human("لیلا"), scene.human("پدر")

    asked = scene.ask(daughter, "adult", father.national_id)
    (seen,) = scene.list_of(father)
    active = scene.answer(father, seen)

    assert (asked["status"], asked["role"], asked["represented"]) == (
        "asked",
        "representative",
        None,
    )
    assert asked["asked_of"] == f"******{father.national_id[-4:]}"
    assert (seen["role"], seen["representative"], seen["asked_of"]) == (
        "represented",
        daughter.name,
        None,
    )
    assert (active["status"], active["accepted_by"]) == ("active", "person")
    (hers,) = scene.list_of(daughter)
    assert (hers["represented"], hers["asked_of"]) == (father.name, None)


def test_whoever_has_not_proved_the_number_learns_nothing_of_who_asks_for_it(scene):
    daughter = scene.human()
    stranger = scene.human("کسی", national_id="9900000161", matched=False)
    asked = scene.ask(daughter, "adult", "9900000161")

    assert scene.list_of(stranger) == []
    for deed in (scene.look, scene.answer):
        with pytest.raises(NotFound):
            deed(stranger, asked)
    with scene.log.unit_of_work(scene.asking(stranger).cause) as unit:
        assert scene.parts.mandates.held_about(unit, stranger.id) == []


def test_a_child_with_an_account_gives_nobody_a_mandate(scene):
    stranger = scene.human()
    child = scene.human("نیما", born=date(2012, 6, 15))
    asked = scene.ask(stranger, "adult", child.national_id)

    with refused("under_age"):
        scene.answer(child, asked)
    with refused("under_age"):
        scene.ask(child, "adult", stranger.national_id, side=Side.REPRESENTED)
    assert scene.answer(child, asked, accept=False)["status"] == "refused"


def test_nobody_learns_from_the_answer_whether_somebody_has_an_account(scene):
    daughter, father = scene.human(), scene.human()
    known = scene.ask(daughter, "adult", father.national_id)
    unknown = scene.ask(daughter, "adult", "9900000161")

    differ = {"mandate_id", "asked_of"}
    assert {k: v for k, v in known.items() if k not in differ} == {
        k: v for k, v in unknown.items() if k not in differ
    }


def test_whoever_signs_up_later_finds_what_they_were_asked(scene):
    daughter = scene.human()
    asked = scene.ask(daughter, "adult", "9900000161")

    father = scene.human("پدر", national_id="9900000161")

    assert [each["mandate_id"] for each in scene.list_of(father)] == [asked["mandate_id"]]
    assert scene.answer(father, asked)["status"] == "active"


def test_a_person_may_ask_somebody_to_act_for_them(scene):
    father, daughter = scene.human("پدر"), scene.human("لیلا")

    asked = scene.ask(father, "adult", daughter.national_id, side=Side.REPRESENTED)
    scene.answer(daughter, asked)

    assert scene.act(daughter, asked)["sub"] == str(father.id)
    with pytest.raises(NotFound):
        scene.act(father, asked)


def test_the_number_is_kept_sealed_until_the_answer_and_in_no_event(scene):
    daughter, father = scene.human(), scene.human()
    asked = scene.ask(daughter, "adult", father.national_id)
    ((number_hash, box),) = scene.rows("SELECT number_hash, number_box FROM mandate_addressee")
    history = scene.log.history(UUID(asked["mandate_id"]))

    assert father.national_id.encode() not in bytes(box) + bytes(number_hash)
    assert father.national_id not in str([vars(each.event) for each in history])

    scene.answer(father, asked)
    assert scene.rows("SELECT 1 FROM mandate_addressee") == []


def test_a_stranger_sees_answers_and_ends_nothing(scene):
    daughter, father, stranger = scene.human(), scene.human(), scene.human()
    asked = scene.ask(daughter, "adult", father.national_id)

    assert scene.list_of(stranger) == []
    for deed in (scene.look, scene.answer, scene.withdraw, scene.act):
        with pytest.raises(NotFound):
            deed(stranger, asked)


def test_whoever_says_no_may_say_why(scene):
    daughter, father = scene.human(), scene.human()
    asked = scene.ask(daughter, "adult", father.national_id)

    scene.answer(father, asked, accept=False, reason="خودم انجام می‌دهم")

    told = scene.look(daughter, asked, language="fa")
    assert (told["status"], told["because"], told["reason"]) == (
        "refused",
        "person",
        "خودم انجام می‌دهم",
    )
    assert told["because_text"] == "کسی که از او خواسته شد نپذیرفت."
    with refused("mandate_answered"):
        scene.answer(daughter, asked)
    with pytest.raises(NotFound):  # no longer asked, and never a part of it
        scene.answer(father, asked)


def test_less_may_be_given_than_was_asked(scene):
    daughter, father = scene.human(), scene.human()
    asked = scene.ask(daughter, "adult", father.national_id)
    until = scene.now + timedelta(days=30)

    scene.answer(father, asked, scope=["INET-001"], until=until)

    claims = scene.act(daughter, asked)
    assert claims["mandate_scope"] == ["INET-001"]
    with refused("mandate_too_wide"):
        command = LimitMandate(UUID(asked["mandate_id"]), scope=["*"])
        scene.parts.mandates.limit(command, scene.asking(father))


def test_both_persons_stand_in_the_token_and_the_level_is_that_of_who_acts(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)

    claims = scene.act(daughter, mandate)

    assert claims["sub"] == str(father.id)
    assert claims["act"] == {"sub": str(daughter.id)}
    assert claims["mandate"] == mandate["mandate_id"]
    assert claims["acr"] == "urn:panjareh:loa:2"
    assert claims["auth_time"] == int(daughter.session.auth_time.timestamp())
    assert claims["sid"] != daughter.session.sid
    assert "roles" not in claims


def test_acting_is_a_look_at_the_other_persons_data(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)

    scene.act(daughter, mandate)

    look = (str(daughter.id), "representative", "mandate", UUID(mandate["mandate_id"]))
    assert look in scene.looks(father.id)


def test_names_are_on_record_when_they_are_told(scene):
    daughter, father = scene.human(), scene.human()
    scene.ask(daughter, "adult", father.national_id)

    (seen,) = scene.list_of(father)

    look = (str(father.id), "person", "mandate", UUID(seen["mandate_id"]))
    assert scene.looks(daughter.id) == [look]
    assert scene.looks(father.id) == []


@pytest.mark.parametrize("side", ["daughter", "father"])
def test_withdrawing_ends_every_token_at_once_and_says_why(scene, side):
    people = {"daughter": scene.human(), "father": scene.human()}
    mandate = scene.given(people["daughter"], people["father"])
    sids = {scene.act(people["daughter"], mandate)["sid"] for _ in range(3)}

    ended = scene.withdraw(people[side], mandate, "تمام شد")

    assert ended["because"] == ("given_up" if side == "daughter" else "withdrawn")
    assert ended["reason"] == "تمام شد"
    assert set(scene.ended_sids()) == sids
    with pytest.raises(MandateNotActive):
        scene.act(people["daughter"], mandate)
    assert scene.rows("SELECT 1 FROM due WHERE kind = 'end_mandate'") == []


def test_an_asking_can_be_taken_back(scene):
    daughter, father = scene.human(), scene.human()
    asked = scene.ask(daughter, "adult", father.national_id)

    scene.withdraw(daughter, asked)

    assert scene.list_of(father) == []
    assert scene.rows("SELECT 1 FROM mandate_addressee") == []


def test_withdrawing_needs_no_second_factor(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)

    weak = replace(father, assurance=AssuranceLevel.SELF_ASSERTED)
    assert scene.withdraw(weak, mandate)["status"] == "ended"


def test_limiting_ends_the_tokens_of_the_wider_mandate(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)
    wide = scene.act(daughter, mandate)["sid"]

    command = LimitMandate(UUID(mandate["mandate_id"]), scope=["INET-001"])
    scene.parts.mandates.limit(command, scene.asking(father))

    assert scene.ended_sids() == [wide]
    assert scene.act(daughter, mandate)["mandate_scope"] == ["INET-001"]


def test_a_mandate_ends_by_itself_when_its_time_is_over(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father, until=scene.now + timedelta(minutes=5))
    claims = scene.act(daughter, mandate)

    assert claims["exp"] <= int((scene.now + timedelta(minutes=5)).timestamp())
    assert scene.pass_time(days=1) == 1

    told = scene.look(daughter, mandate)
    assert (told["status"], told["because"]) == ("ended", "time_over")


def test_nobody_acts_after_the_time_even_while_the_clock_process_is_away(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father, until=scene.now + timedelta(minutes=5))
    scene.now += timedelta(minutes=6)

    with pytest.raises(MandateNotActive):
        scene.act(daughter, mandate)


def test_a_shorter_time_ends_it_sooner_and_only_once(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)
    command = LimitMandate(UUID(mandate["mandate_id"]), until=scene.now + timedelta(days=1))
    scene.parts.mandates.limit(command, scene.asking(daughter))

    scene.pass_time(days=2)
    scene.pass_time(days=400)

    assert scene.topics(mandate) == [
        "Mandate.Asked",
        "Mandate.Accepted",
        "Mandate.Limited",
        "Mandate.Ended",
    ]


def test_an_asking_without_answer_ends_after_thirty_days(scene):
    daughter, father = scene.human(), scene.human()
    asked = scene.ask(daughter, "adult", father.national_id)

    scene.pass_time(days=31)

    assert scene.look(daughter, asked)["because"] == "unanswered"
    assert scene.list_of(father) == []
    assert scene.rows("SELECT 1 FROM mandate_addressee") == []


def test_an_answer_keeps_the_asking_from_ending(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)

    scene.pass_time(days=31)

    assert scene.look(daughter, mandate)["status"] == "active"


def test_who_acts_must_be_signed_in_with_two_factors_and_still(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)

    with pytest.raises(AssuranceTooLow):
        scene.act(replace(daughter, assurance=AssuranceLevel.SELF_ASSERTED), mandate)
    with scene.log.unit_of_work(scene.asking(daughter).cause) as unit:
        scene.ends.end(unit, daughter.session.sid, daughter.id)
    with pytest.raises(NotSignedIn):
        scene.act(daughter, mandate)


@pytest.mark.parametrize("deed", ["ask", "answer"])
def test_giving_and_asking_need_two_factors(scene, deed):
    weak = replace(scene.human(), assurance=AssuranceLevel.SELF_ASSERTED)
    other = scene.human()

    with pytest.raises(AssuranceTooLow):
        if deed == "ask":
            scene.ask(weak, "adult", other.national_id)
        else:
            scene.answer(weak, scene.ask(other, "adult", weak.national_id))


def test_when_the_person_signs_out_what_they_do_for_others_ends_too(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)
    sid = scene.act(daughter, mandate)["sid"]

    scene.devices.sign_out(caller=daughter.caller, cause=scene.asking(daughter).cause)

    assert set(scene.ended_sids()) == {sid, daughter.session.sid}


def test_whoever_stops_acting_stays_signed_in_as_themself(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)
    sid = scene.act(daughter, mandate)["sid"]
    acting = replace(
        daughter.caller,
        kind=CallerKind.REPRESENTATIVE,
        subject=father.id,
        actor=daughter.id,
        session=sid,
    )

    scene.devices.sign_out(caller=acting, cause=acting.cause("web"))
    scene.devices.sign_out(caller=acting, cause=acting.cause("web"))

    assert scene.ended_sids() == [sid]
    assert scene.act(daughter, mandate)["sub"] == str(father.id)


def test_the_same_key_asks_once_and_another_content_is_refused(scene):
    daughter, father = scene.human(), scene.human()
    command = AskMandate(kind=MandateKind.ADULT, number=father.national_id)
    asking = scene.asking(daughter, key="a-key")

    first = scene.parts.mandates.ask(command, asking)
    again = scene.parts.mandates.ask(command, asking)

    assert first == again
    assert len(scene.list_of(daughter)) == 1
    with pytest.raises(KeyReused):
        scene.parts.mandates.ask(replace(command, scope=("INET-001",)), asking)


@pytest.mark.parametrize(
    ("kind", "number", "pointer"),
    [
        ("adult", "123", "/number"),
        ("child", "10380284790", "/number"),
        ("organisation", "9900000013", "/number"),
    ],
)
def test_a_number_that_nobody_can_have_is_named(scene, kind, number, pointer):
    with pytest.raises(InvalidInput) as said:
        scene.ask(scene.human(), kind, number)

    assert [each["pointer"] for each in said.value.errors] == [pointer]


def test_nobody_asks_for_themself_and_nobody_floods_the_registries(scene):
    daughter = scene.human()
    with refused("no_mandate_needed"):
        scene.ask(daughter, "adult", daughter.national_id)

    for number in range(MOST_WAITING):
        scene.ask(daughter, "adult", scene.ward(8000 + number).national_id)
    with refused("too_many_mandates"):
        scene.ask(daughter, "adult", scene.ward(9000).national_id)


def test_a_list_is_paged_and_loses_nothing(scene):
    daughter = scene.human()
    wanted = [scene.ask(daughter, "adult", scene.ward(8000 + n).national_id) for n in range(5)]

    found, page = [], Page(limit=2)
    while page is not None:
        answer = scene.parts.mandates.list_of(page, scene.asking(daughter))
        found += answer["items"]
        page = Page(limit=2, after=answer["next"]) if answer["next"] else None

    assert {each["mandate_id"] for each in found} == {each["mandate_id"] for each in wanted}
    assert len(found) == 5


@pytest.mark.parametrize("dies", ["daughter", "father"])
def test_death_ends_mandates_on_both_sides_and_their_tokens(scene, dies):
    people = {"daughter": scene.human(), "father": scene.human()}
    mandate = scene.given(people["daughter"], people["father"])
    sid = scene.act(people["daughter"], mandate)["sid"]

    with scene.log.unit_of_work(scene.asking(people["father"]).cause) as unit:
        assert scene.parts.mandates.end_all_of(unit, people[dies].id, "death") == 1

    assert scene.ended_sids() == [sid]
    assert scene.look(people["daughter"], mandate)["because"] == "death"


def test_erasing_somebody_ends_their_mandates_and_takes_their_number_away(scene):
    daughter, father, friend = scene.human(), scene.human(), scene.human()
    mandate = scene.given(daughter, father)
    scene.ask(friend, "adult", father.national_id)

    for _ in range(2):  # as after a restore
        with scene.log.unit_of_work(scene.asking(father).cause) as unit:
            scene.parts.mandates.leave(unit, father.id)

    assert scene.look(daughter, mandate)["because"] == "erased"
    assert scene.rows("SELECT 1 FROM mandate_addressee") == []


def test_my_download_holds_all_my_mandates(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)

    with scene.log.unit_of_work(scene.asking(father).cause) as unit:
        (held,) = scene.parts.mandates.held_about(unit, father.id)

    assert (held["mandate_id"], held["status"]) == (mandate["mandate_id"], "active")


def test_no_token_is_made_beside_the_withdrawing_that_outlives_it(scene):
    """Many make tokens while it is withdrawn: each token that came out is an ended one."""
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)
    begun = threading.Barrier(5)

    def make() -> None:
        begun.wait()
        for _ in range(8):
            try:
                scene.act(daughter, mandate)
            except Refusal:
                return

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    begun.wait()
    scene.withdraw(father, mandate)
    for thread in threads:
        thread.join()

    assert scene.rows("SELECT sid FROM acting_session") == []
    committed = set(scene.ended_sids())
    assert committed <= {claims["sid"] for claims in scene.claims}


def test_rows_of_tokens_that_ran_out_are_swept(scene):
    daughter, father = scene.human(), scene.human()
    mandate = scene.given(daughter, father)
    scene.act(daughter, mandate)

    assert scene.parts.acting_sessions.sweep(scene.now) == 0
    assert scene.parts.acting_sessions.sweep(scene.now + timedelta(hours=1)) == 1


LOOKS = {
    name: getattr(mandate_rows, name)
    for name in ("_OF_PERSON", "_WITH_OFFICERS", "_OPEN", "_UNANSWERED", "_NUMBER", "_IS_ADDRESSED")
}


@pytest.mark.parametrize("name", LOOKS)
def test_no_look_goes_through_everybodys_mandates(scene, name):
    """With seq scans forbidden a plan that still has one has no index to go by."""
    query, one = LOOKS[name], uuid4()
    named = {"person": one, "hash": b"", "at": scene.now, "id": one, "limit": 3, "kind": "child"}
    placed = (one, b"")[: query.count("%s")]

    with scene.database.transaction() as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        plan = connection.execute(f"EXPLAIN {query}", placed or named).fetchall()

    assert "Seq Scan" not in str(plan)


def test_ends_are_words_that_are_said_to_people():
    assert {str(end) for end in MandateEnd} <= set(_SAID)
