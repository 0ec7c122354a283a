"""Which services a person is pointed to, and why (I8): the rule, and its sentences."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_catalog.application.hints import Hinted
from panjareh_catalog.domain.hints import (
    CHOSE,
    EXPIRED,
    EXPIRES,
    LATE,
    MOST_HINTS,
    OF_AGE,
    SOON,
    Candidate,
    Choice,
    HeldDocument,
    hints,
)
from panjareh_catalog.read_model.hints_told import told

TODAY = date(2026, 3, 21)
ALL = Choice(on=True, life_events=("birth",), age=True, documents=True)


def service(code="TEST-001", *, life_events=(), renews=None, ages=(None, None)):
    return Candidate(code, {one: f"title of {one}" for one in life_events}, renews, *ages)


def licence(valid_until):
    return HeldDocument("licence", "Licence", valid_until)


def made(*services, choice=ALL, age=30, documents=()):
    return hints(services, choice, age=age, documents=documents, today=TODAY)


def messages(hint):
    return [reason.message for reason in hint.reasons]


def test_a_chosen_life_event_is_a_reason_and_is_named():
    (hint,) = made(service(life_events=["birth", "travel"]))

    assert messages(hint) == [CHOSE]
    assert hint.reasons[0].values == {"title": "title of birth"}


def test_without_a_reason_there_is_no_hint():
    assert made(service(life_events=["travel"]), service(ages=(18, 60)), service()) == []


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, [EXPIRES]),
        (SOON.days, [EXPIRES]),
        (SOON.days + 1, []),
        (-1, [EXPIRED]),
        (-LATE.days, [EXPIRED]),
        (-LATE.days - 1, []),
    ],
)
def test_a_document_is_spoken_of_around_its_end(days, said):
    held = licence(TODAY + timedelta(days=days))

    found = made(service(renews="licence"), documents=[held])

    assert [message for hint in found for message in messages(hint)] == said


def test_a_document_of_another_kind_is_no_reason():
    assert made(service(renews="passport"), documents=[licence(TODAY)]) == []


@pytest.mark.parametrize(
    ("age", "said"), [(17, []), (18, [OF_AGE]), (19, []), (60, []), (None, [])]
)
def test_reaching_the_age_is_a_reason(age, said):
    found = made(service(ages=(18, 60)), age=age)

    assert [message for hint in found for message in messages(hint)] == said


@pytest.mark.parametrize(
    ("age", "there"), [(17, False), (18, True), (60, True), (61, False), (None, True)]
)
def test_a_service_for_another_age_is_no_hint_whatever_speaks_for_it(age, there):
    found = made(service(life_events=["birth"], ages=(18, 60)), age=age)

    assert bool(found) == there


def test_what_ends_first_stands_first_and_then_what_more_speaks_for():
    found = made(
        service("TEST-001", life_events=["birth"]),
        service("TEST-002", life_events=["birth"], ages=(30, None)),
        service("TEST-003", renews="licence"),
        service("TEST-004", renews="passport"),
        documents=[
            licence(TODAY + timedelta(days=9)),
            HeldDocument("passport", "Passport", TODAY + timedelta(days=3)),
        ],
    )

    assert [hint.service_code for hint in found] == ["TEST-004", "TEST-003", "TEST-002", "TEST-001"]


@given(st.integers(0, 60))
def test_there_are_never_too_many(count):
    found = made(*(service(f"TEST-{n:03}", life_events=["birth"]) for n in range(count)))

    assert len(found) == min(count, MOST_HINTS)
    assert all(hint.reasons for hint in found), "each says why"


class Rows:
    """The view of services, with one of them."""

    def rows(self, codes, language):
        return {code: {"code": code} for code in codes if code != "GONE-001"}


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            [
                "Your document “Licence” is valid until 5 May 2026; this service renews it.",
                "You chose the life event “title of birth”.",
                "You are 18 years old; this service is open from 18 years on.",
            ],
        ),
        (
            "fa",
            [
                "سند «Licence» شما تا ۱۵ اردیبهشت ۱۴۰۵ اعتبار دارد؛ با این خدمت آن را تمدید می‌کنید.",
                "شما رویداد زندگی «title of birth» را برگزیده‌اید.",
                "شما ۱۸ ساله‌اید؛ این خدمت از ۱۸ سالگی در دسترس است.",
            ],
        ),
    ],
)
def test_reasons_are_told_in_words(language, sentences):
    found = made(
        service(life_events=["birth"], renews="licence", ages=(18, 60)),
        age=18,
        documents=[licence(date(2026, 5, 5))],
    )

    said = told(Hinted(ALL, found, ["age"]), Rows(), language)

    assert said["items"] == [
        {"service": {"code": "TEST-001"}, "reasons": sentences, "until": "2026-05-05"}
    ]
    assert said["missing"] == ["age"]
    assert said["choice"]["life_events"] == ["birth"]


def test_a_service_that_went_meanwhile_is_left_out():
    found = made(service("GONE-001", life_events=["birth"]))

    assert told(Hinted(ALL, found, []), Rows(), "en")["items"] == []
