"""What differs between two versions is told so that a person can read it, and leads to the very place."""

import copy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.diff import Change, differences
from panjareh_catalog.read_model.diff_vocabulary import NAMES, SECTION_OF, SECTIONS, VALUES
from panjareh_catalog.read_model.diff_words import diff_in_words
from panjareh_sandbox.demo import services_dir

CARDS = [
    yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in sorted(services_dir().glob("*.yaml"))
]
OLD = next(card for card in CARDS if card["code"] == "INET-001")
TEXT = {"fa": "متن", "en": "text"}


def changed(change):
    """The card after a change of it, and the points of the difference."""
    new = copy.deepcopy(OLD)
    change(new)
    return [(point.pointer, str(point.change)) for point in differences(OLD, new)]


def put(path, value):
    def change(card):
        *above, last = path
        for step in above:
            card = card[step]
        card[last] = value

    return change


def test_a_card_does_not_differ_from_itself_in_another_format():
    assert differences(OLD, raised(OLD)) == []


@pytest.mark.parametrize(
    ("change", "points"),
    [
        (put(["time_limit_days"], 3), [("/time_limit_days", "changed")]),
        (put(["name", "en"], "Another name"), [("/name", "changed")]),
        (put(["fee", "amount"], 5), [("/fee/amount", "changed")]),
        (put(["parent"], "BIZ-001"), [("/parent", "added")]),
        (lambda card: card.pop("output"), [("/output", "removed")]),
        (
            lambda card: card["steps"].insert(0, TEXT | {"minutes": 1}),
            [("/steps/0", "added")],
        ),
        (lambda card: card["steps"].pop(0), [("/steps/0", "removed")]),
        (put(["steps", 1, "minutes"], 99), [("/steps/1/minutes", "changed")]),
        (lambda card: card["evidence"].reverse(), []),
        (lambda card: card["evidence"].pop(0), [("/evidence/0", "removed")]),
        (
            put(["form", "properties", "a/b"], {"type": "string", "x-title": TEXT}),
            [("/form/properties/a~1b", "added")],
        ),
        (
            put(["form", "properties", "consent", "x-title"], TEXT),
            [("/form/properties/consent/x-title", "changed")],
        ),
        (lambda card: card["rules"]["rows"].reverse(), [("/rules/rows", "changed")]),
        (put(["rules", "rows", 0, "reason"], TEXT), [("/rules/rows/0/reason", "changed")]),
    ],
)
def test_a_change_is_one_point_at_its_place(change, points):
    assert changed(change) == points


def test_one_and_true_differ():
    assert changed(put(["form", "properties", "consent", "const"], 1)) == [
        ("/form/properties/consent/const", "changed")
    ]


def test_a_field_that_changes_its_channels_hours_is_found_wherever_it_stands():
    old = OLD | {"channels": [{"channel": "web", "open": "always"}, "mobile"]}
    new = OLD | {"channels": ["mobile", {"channel": "web", "open": None}]}

    [point] = differences(old, new)

    assert (point.pointer, point.change) == ("/channels/0/open", Change.REMOVED)


@given(st.sampled_from(CARDS), st.sampled_from(CARDS))
def test_every_point_leads_to_what_it_says(one, other):
    old, new = raised(one), raised(other)

    for point in differences(old, new):
        here = old if point.new is None else new
        for step in point.path:
            here = here[int(step)] if isinstance(here, list) else here[step]
        if point.path[-1] != "rows":  # the order of rows is told by their names
            assert here == (point.old if point.new is None else point.new)


@given(st.sampled_from(CARDS), st.sampled_from(CARDS))
def test_two_cards_without_a_difference_are_the_same(one, other):
    assert bool(differences(one, other)) == (one["code"] != other["code"])


@pytest.mark.parametrize("language", ["fa", "en"])
def test_any_two_cards_are_compared_in_words(language):
    for other in CARDS:
        for section in diff_in_words(OLD, other, language):
            assert section["title"] == SECTIONS[section["section"]][language]
            for change in section["changes"]:
                assert change["what"]
                assert change["before"] or change["after"]


def test_a_difference_is_told_in_words_that_people_use():
    new = copy.deepcopy(OLD)
    new["fee"]["amount"] = 1_250_000
    new["form"]["properties"]["mobile_number"]["maxLength"] = 12
    new["channels"] = [
        *new["channels"],
        {"channel": "post", "open": {"days": ["saturday"], "from": "08:00", "to": "14:00"}},
    ]

    told = {
        change["pointer"]: change
        for section in diff_in_words(OLD, new, "en")
        for change in section["changes"]
    }
    persian = {
        change["pointer"]: change
        for section in diff_in_words(OLD, new, "fa")
        for change in section["changes"]
    }

    assert told["/fee/amount"]["what"] == "Fee › Amount"
    assert (told["/fee/amount"]["before"], told["/fee/amount"]["after"]) == ("0", "1,250,000")
    assert persian["/fee/amount"]["what"] == "هزینه › مبلغ"
    assert persian["/fee/amount"]["after"] == "۱٬۲۵۰٬۰۰۰"
    field = told["/form/properties/mobile_number/maxLength"]
    assert field["what"].endswith("› Longest length")
    by_post = next(change for change in told.values() if change["what"].endswith("post"))
    assert "Saturday" in by_post["after"]
    assert by_post["before"] is None


def test_a_condition_of_the_rules_and_an_hour_are_told_without_names_of_programs():
    new = copy.deepcopy(OLD)
    new["rules"]["rows"][1]["when"]["income_decile.decile"] = {"ge": 4}
    new["channels"][2]["open"]["to"] = "16:30"

    told = {
        change["pointer"]: change
        for section in diff_in_words(OLD, new, "fa")
        for change in section["changes"]
    }

    assert told["/rules/rows/1/when/income_decile.decile/ge"]["what"].endswith(
        "شرط › دهک درآمدی خانوار › دست‌کم"
    )
    assert told["/channels/2/open/to"]["after"] == "۱۶:۳۰"


def test_every_part_of_a_card_has_a_section_and_a_name_in_both_languages():
    assert set(SECTION_OF) == set(raised(OLD)) - {"format"}
    assert set(SECTION_OF) <= set(NAMES)
    assert set(SECTION_OF.values()) <= set(SECTIONS)
    for word in [*NAMES.values(), *SECTIONS.values(), *VALUES.values()]:
        assert word["fa"] and word["en"]
