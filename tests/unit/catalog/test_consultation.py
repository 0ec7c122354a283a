"""People's opinions are gathered on a draft, and each one ends in what became of it, with the reason (C5)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from panjareh_catalog.domain.consultation import (
    LONGEST,
    Consultation,
    Ending,
    Outcome,
    Revision,
    Use,
    leads_to_change,
)
from panjareh_catalog.domain.consultation_refusals import (
    ConsultationClosed,
    ConsultationEndUnfit,
    ConsultationNotShortened,
    ConsultationOver,
    ConsultationUnderWay,
    OpinionEmpty,
    OpinionNamesPerson,
    OpinionsUndecided,
    OutcomeNeedsChange,
    OutcomePointsNowhere,
    OutcomesGiven,
    OutcomesOutdated,
    RefusalNamesChange,
    UnknownQuestion,
)
from panjareh_catalog.domain.opinion import Opinion, Said, stream_of
from panjareh_common.testing.aggregates import given, then

AT = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)
UNTIL = AT + timedelta(days=30)
AFTER = UNTIL + timedelta(days=1)
WHY = {"fa": "چون درست بود.", "en": "Because it was right."}
DRAFT = Revision(4, frozenset({"/steps/1", "/fee/amount"}))
ONE, TWO = uuid4(), uuid4()

opened = (
    Consultation.Opened,
    {
        "service_code": "PASS-001",
        "authority": "police",
        "number": 3,
        "about": {"fa": "گذرنامه", "en": "Passports"},
        "questions": [{"fa": "ساعت کار؟", "en": "Hours?"}],
        "until": UNTIL,
        "required_loa": 2,
    },
)
closed = (
    Consultation.Closed,
    {"ending": "published", "number": 4, "reason": None},
)


def used(outcome="applied", pointers=("/steps/1",), opinions=(ONE,), number=4):
    return (
        Consultation.OpinionsUsed,
        {
            "opinions": list(opinions),
            "outcome": outcome,
            "pointers": list(pointers),
            "reason": WHY,
            "number": number,
        },
    )


def use(outcome=Outcome.APPLIED, *pointers):
    return Use(outcome, pointers, WHY)


@pytest.mark.parametrize("until", [AT, AT - timedelta(days=1), AT + LONGEST + timedelta(seconds=1)])
def test_a_consultation_has_an_end_that_people_can_reach(until):
    with pytest.raises(ConsultationEndUnfit):
        Consultation.open(
            consultation_id=uuid4(),
            service_code="PASS-001",
            authority="police",
            number=3,
            about=WHY,
            questions=[],
            until=until,
            required_loa=2,
            at=AT,
        )


def test_people_may_be_given_more_time_and_never_less():
    consultation = given(Consultation, opened)

    consultation.prolong(AFTER, AT)
    with pytest.raises(ConsultationNotShortened):
        consultation.prolong(UNTIL, AT)

    assert then(consultation) == [(Consultation.Prolonged, {"until": AFTER})]


def test_once_opinions_are_answered_nobody_may_change_theirs():
    consultation = given(Consultation, opened, used())

    with pytest.raises(OutcomesGiven):
        consultation.prolong(AFTER + timedelta(days=9), AFTER)


def test_an_opinion_that_was_applied_points_at_the_change():
    consultation = given(Consultation, opened)

    consultation.use([ONE, TWO], use(Outcome.APPLIED, "/steps/1"), DRAFT, AFTER)

    assert then(consultation) == [used(opinions=(ONE, TWO))]


@pytest.mark.parametrize("outcome", [Outcome.APPLIED, Outcome.PARTLY])
def test_an_opinion_is_not_called_applied_without_a_change(outcome):
    consultation = given(Consultation, opened)

    with pytest.raises(OutcomeNeedsChange):
        consultation.use([ONE], use(outcome), DRAFT, AFTER)
    with pytest.raises(OutcomePointsNowhere):
        consultation.use([ONE], use(outcome, "/steps/1", "/hours"), DRAFT, AFTER)

    assert then(consultation) == []


def test_a_refused_opinion_led_to_nothing():
    consultation = given(Consultation, opened)

    with pytest.raises(RefusalNamesChange):
        consultation.use([ONE], use(Outcome.REFUSED, "/steps/1"), DRAFT, AFTER)
    consultation.use([ONE], use(Outcome.REFUSED), DRAFT, AFTER)

    assert then(consultation) == [used("refused", ())]


def test_nothing_is_decided_while_people_may_still_change_their_minds():
    consultation = given(Consultation, opened)

    with pytest.raises(ConsultationUnderWay):
        consultation.use([ONE], use(Outcome.REFUSED), DRAFT, UNTIL - timedelta(seconds=1))
    with pytest.raises(ConsultationUnderWay):
        consultation.close_as_published(DRAFT, 0, UNTIL - timedelta(seconds=1))


def test_the_same_outcome_again_changes_nothing_and_another_one_holds():
    consultation = given(Consultation, opened, used())

    consultation.use([ONE], use(Outcome.APPLIED, "/steps/1"), DRAFT, AFTER)
    assert then(consultation) == []

    consultation.use([ONE], use(Outcome.REFUSED), DRAFT, AFTER)
    assert then(consultation) == [used("refused", ())]


def test_a_consultation_with_an_undecided_opinion_cannot_be_closed_as_published():
    consultation = given(Consultation, opened, used())

    with pytest.raises(OpinionsUndecided) as refusal:
        consultation.close_as_published(DRAFT, 2, AFTER)

    assert refusal.value.details == {"count": 2}
    assert then(consultation) == []


def test_what_was_called_applied_is_in_what_is_published():
    consultation = given(Consultation, opened, used())

    with pytest.raises(OutcomesOutdated):
        consultation.close_as_published(Revision(5, frozenset({"/fee/amount"})), 0, AFTER)
    consultation.close_as_published(DRAFT, 0, AFTER)

    assert then(consultation) == [closed]


def test_an_outcome_that_was_taken_back_does_not_bind_the_draft():
    consultation = given(Consultation, opened, used(), used("refused", ()))

    consultation.close_as_published(Revision(5, frozenset()), 0, AFTER)

    assert consultation.ending is Ending.PUBLISHED


def test_a_draft_may_be_given_up_at_any_time_with_the_reason():
    consultation = given(Consultation, opened)

    consultation.abandon(WHY, AT)

    assert then(consultation) == [
        (Consultation.Closed, {"ending": "abandoned", "number": None, "reason": WHY})
    ]


def test_a_closed_consultation_stays_as_it_is():
    consultation = given(Consultation, opened, closed)

    for change in (
        lambda: consultation.prolong(AFTER, AT),
        lambda: consultation.takes_opinions(AT),
        lambda: consultation.use([ONE], use(Outcome.REFUSED), DRAFT, AFTER),
        lambda: consultation.close_as_published(DRAFT, 0, AFTER),
        lambda: consultation.abandon(WHY, AFTER),
    ):
        with pytest.raises(ConsultationClosed):
            change()


@pytest.mark.parametrize(
    ("pointer", "leads"),
    [
        ("/steps/1", True),
        ("/steps/1/fa", True),
        ("/steps", True),
        ("/steps/10", False),
        ("/step", False),
        ("/fee/amount", True),
        ("/fee/currency", False),
        ("/", False),
        ("", False),
        ("steps/1", False),
    ],
)
def test_a_pointer_names_a_change_a_part_of_it_or_what_holds_it(pointer, leads):
    assert leads_to_change(pointer, {"/steps/1", "/fee/amount"}) is leads


# Opinions

GIVER = uuid4()


def consultation(*events):
    return given(Consultation, opened, *events)


def gave(said):
    return (Opinion.Given, {"consultation": uuid4(), "giver": GIVER, "said": said.to_json()})


def test_an_opinion_holds_no_more_than_what_was_said():
    asked = consultation()

    opinion = Opinion.give(asked, GIVER, Said({1: " شبانه‌روزی "}, " خوب است. "), AT)

    assert opinion.id == stream_of(GIVER)
    [(kind, told)] = then(opinion)
    assert kind is Opinion.Given
    assert told == {
        "consultation": asked.id,
        "giver": GIVER,
        "said": {"answers": {"1": "شبانه‌روزی"}, "remark": "خوب است."},
    }


@pytest.mark.parametrize("said", [Said(), Said({1: "  "}), Said(remark="\n")])
def test_an_opinion_says_something(said):
    with pytest.raises(OpinionEmpty):
        Opinion.give(consultation(), GIVER, said, AT)


@pytest.mark.parametrize("place", [0, 2])
def test_an_opinion_answers_what_was_asked(place):
    with pytest.raises(UnknownQuestion):
        Opinion.give(consultation(), GIVER, Said({place: "x"}), AT)


@pytest.mark.parametrize(
    "text",
    [
        "به من زنگ بزنید: ۰۹۱۲۱۲۳۴۵۶۷",
        "+98 912 123 4567",
        "کد ملی من 0499370899 است",
        "my id is 049-937089-9",
        "someone@example.org",
        "۶۰۳۷ ۹۹۷۵ ۹۹۹۹ ۹۹۹۳",
        "IR06 2960 0000 0010 0324 2000 01",
    ],
)
def test_an_opinion_does_not_say_whose_it_is(text):
    for said in (Said(remark=text), Said({1: text})):
        with pytest.raises(OpinionNamesPerson):
            Opinion.give(consultation(), GIVER, said, AT)


@pytest.mark.parametrize(
    "text",
    [
        "هزینه ۹۰۰٬۰۰۰ ریال زیاد است؛ ۲۵۰۰۰۰۰ ریال هم بود.",
        "از ۸ تا ۱۴ کم است، تا ۲۰ باشد (ماده ۱۲، بند ۳).",
        "1111111111",
        "در سال ۱۴۰۵-۱۴۰۶",
    ],
)
def test_numbers_that_are_nobodys_are_let_be(text):
    assert Opinion.give(consultation(), GIVER, Said(remark=text), AT).said["remark"] == text


def test_a_person_may_change_their_opinion_until_the_end():
    asked, first, second = consultation(), Said(remark="یک"), Said(remark="دو")
    opinion = given(Opinion, gave(first))

    opinion.change(asked, first, AT)
    assert then(opinion) == []
    opinion.change(asked, second, AT)
    with pytest.raises(ConsultationOver):
        opinion.change(asked, Said(remark="سه"), UNTIL)

    assert then(opinion) == [(Opinion.Changed, {"said": second.to_json()})]


def test_a_person_may_take_their_opinion_back_and_give_it_again():
    asked, said = consultation(), Said(remark="یک")
    opinion = given(Opinion, gave(said))

    opinion.withdraw(asked, AT)
    opinion.withdraw(asked, AT)
    assert (opinion.withdrawn, opinion.said) == (True, None)
    opinion.change(asked, said, AT)

    assert (opinion.withdrawn, opinion.said) == (False, said.to_json())
    assert [kind for kind, _ in then(opinion)] == [Opinion.Withdrawn, Opinion.Changed]


def test_no_opinion_comes_or_goes_after_the_end():
    opinion = given(Opinion, gave(Said(remark="یک")))

    with pytest.raises(ConsultationOver):
        Opinion.give(consultation(), uuid4(), Said(remark="دیر"), UNTIL)
    with pytest.raises(ConsultationOver):
        opinion.withdraw(consultation(), UNTIL)
    with pytest.raises(ConsultationClosed):
        opinion.withdraw(consultation(closed), AT)
