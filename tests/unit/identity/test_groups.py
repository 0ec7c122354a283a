from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from panjareh_common.event_store.sealing import sealed_fields
from panjareh_common.testing.aggregates import AT, given, then
from panjareh_identity.domain.groups import Belonging, Group, of_age_group, of_low_income

LEILA = uuid4()
begun = (Belonging.Begun, {"person": LEILA})
declared = (Belonging.Declared, {"groups": ["old", "women"]})
confirmed = (Belonging.Confirmed, {"group": "old", "by": "civil_registry"})


def test_there_are_the_seven_groups_of_the_requirement():
    assert {str(group) for group in Group} == {
        "disability",
        "women",
        "young",
        "low_income",
        "low_literacy",
        "old",
        "migrant",
    }


def test_what_a_person_belongs_to_is_stored_sealed():
    assert sealed_fields(Belonging.Declared) == {"groups"}
    assert sealed_fields(Belonging.Confirmed) == {"group", "by"}


def test_a_person_names_groups_and_takes_them_back():
    belonging = given(Belonging, begun)

    belonging.declare({Group.WOMEN, Group.OLD}, AT)
    belonging.declare({Group.WOMEN, Group.OLD}, AT)
    belonging.declare(set(), AT)

    assert then(belonging) == [declared, (Belonging.Declared, {"groups": []})]


def test_a_group_that_is_taken_back_is_confirmed_no_more():
    belonging = given(Belonging, begun, declared, confirmed)

    belonging.declare({Group.WOMEN}, AT)

    assert belonging.confirmed == {}


def test_only_what_was_named_is_confirmed_and_once():
    belonging = given(Belonging, begun, declared)

    belonging.confirm(Group.MIGRANT, "somebody", AT)
    belonging.confirm(Group.OLD, "civil_registry", AT)
    belonging.confirm(Group.OLD, "civil_registry", AT)

    assert then(belonging) == [confirmed]


def test_nothing_is_left_of_an_erased_person():
    belonging = given(
        Belonging,
        begun,
        (Belonging.Declared, {"groups": None}),
        (Belonging.Confirmed, {"group": None, "by": None}),
    )

    assert (belonging.declared, belonging.confirmed) == ([], {})


@pytest.mark.parametrize(
    ("group", "born", "belongs"),
    [
        (Group.YOUNG, date(2011, 3, 21), True),
        (Group.YOUNG, date(2011, 3, 22), False),
        (Group.YOUNG, date(1996, 3, 22), True),
        (Group.YOUNG, date(1996, 3, 19), False),
        (Group.OLD, date(1966, 3, 21), True),
        (Group.OLD, date(1966, 3, 22), False),
    ],
)
def test_young_and_old_are_what_the_date_of_birth_says(group, born, belongs):
    assert of_age_group(group, born, datetime(2026, 3, 21, 8, tzinfo=UTC)) is belongs


def test_the_three_lowest_deciles_are_low_incomes():
    assert [decile for decile in range(1, 11) if of_low_income(decile)] == [1, 2, 3]
