"""Anybody may try what rules would decide about values, and reads why; nothing is stored."""

import copy

import pytest
from tests.unit.catalog.test_rules_of_cards import CARD, RULES, TEXT

from panjareh_catalog.application import ruling
from panjareh_catalog.domain.rules_refusals import OfficersDecide
from panjareh_common.refusals import InvalidInput

TRIED = CARD | {"code": "HOME-001"}
GOOD = {"income_decile.decile": 2, "form.workers": 3, "request.submitted_on": "2026-11-30"}


def tried(values, language="en", card=TRIED):
    return ruling.tried(card, 7, values, language)


def test_what_would_be_decided_is_told_with_its_reason_and_every_row():
    told = tried(GOOD)

    assert (told["outcome"], told["row"], told["version"]) == ("granted", "fine", 7)
    assert told["derived"] == [{"name": "early", "title": "text", "value": True}]
    assert [(row["id"], row["fits"]) for row in told["rows"]] == [
        ("rich", False),
        ("crowded", False),
        ("late", False),
        ("fine", True),
    ]


def test_what_is_missing_is_named_and_decides_nothing():
    told = tried({"form.workers": 3}, "fa")

    assert (told["outcome"], told["row"]) == ("officers", None)
    assert "کم باشد" in told["reason"]
    assert told["rows"][0]["conditions"][0]["text"].endswith("داده نشده است.")


def test_a_value_that_no_rule_looks_at_is_refused_with_those_that_they_do():
    with pytest.raises(InvalidInput) as refused:
        tried(GOOD | {"form.wrokers": 1, "early": True})

    assert [error["pointer"] for error in refused.value.errors] == [
        "/values/early",
        "/values/form.wrokers",
    ]
    assert "form.workers" in refused.value.errors[0]["detail"]


def test_where_officers_decide_there_is_nothing_to_try():
    with pytest.raises(OfficersDecide):
        tried({}, card=TRIED | {"rules": None})


def test_where_nothing_fits_the_authoritys_own_words_are_told():
    rules = copy.deepcopy(RULES) | {"otherwise": {"fa": "بررسی", "en": "looked at"}}
    del rules["rows"][3]

    assert tried(GOOD, card=TRIED | {"rules": rules})["reason"] == "looked at"


def test_rules_of_format_1_are_tried_with_the_titles_of_the_form():
    rules = {
        "version": 1,
        "law": TEXT,
        "rows": [
            {
                "id": "small",
                "when": {"form.workers": {"le": 5}, "income_decile.decile": {"le": 3}},
                "outcome": "granted",
                "reason": TEXT,
            }
        ],
    }

    told = tried({"form.workers": 2}, card=TRIED | {"rules": rules})

    assert (told["outcome"], told["derived"]) == ("officers", [])
    assert [one["text"] for one in told["rows"][0]["conditions"]] == [
        "text: it must be at most 5; it is 2.",
        "text (decile): it must be at most 3. It was not given.",
    ]


def test_a_rule_set_is_checked_by_itself():
    broken = copy.deepcopy(RULES)
    broken["rows"][0]["when"] = {"income_decile.decile": {"gt": 30}}

    assert ruling.checked(RULES, "en")["may_be_published"] is True
    told = ruling.checked(broken, "fa")
    assert (told["may_be_published"], told["hash"]) == (False, None)
    assert "/rows/0/when" in [fault["pointer"] for fault in told["faults"]]


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"format": 9},
        {"format": "2"},
        {"rows": []},
        {"format": []},
        {"format": 2, "version": "\ud800"},
        {"format": 2, "rows": [{"id": "a\u202e"}]},
    ],
)
def test_whatever_is_no_rule_set_is_a_fault_and_no_fall(source):
    assert ruling.checked(source, "en")["faults"]
