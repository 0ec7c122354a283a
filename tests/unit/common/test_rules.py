"""The rule evaluator: first match decides, what is not known decides nothing, and nothing makes it fall over."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panjareh_common.rules import RuleSet, RulesInvalid

REASON = {"fa": "چون", "en": "because"}
LAW = {"fa": "قانون", "en": "the law"}


def row(name="only", outcome="granted", **when):
    tests = {key.replace("__", "."): value for key, value in when.items()}
    return {"id": name, "outcome": outcome, "reason": REASON, "when": tests}


def rules(*rows):
    return RuleSet({"version": 3, "law": LAW, "rows": list(rows)})


def holds(tests, value):
    return rules(row(fact=tests)).decide({"fact": value}).row == "only"


def test_the_first_row_that_fits_decides():
    table = rules(
        row("rich", "refused", income__decile={"ge": 8}),
        row("poor", "granted", income__decile={"le": 3}),
        row("rest", "refused"),
    )

    assert table.decide({"income.decile": 9}).row == "rich"
    assert table.decide({"income.decile": 2}).row == "poor"
    assert table.decide({"income.decile": 5}).row == "rest"


def test_a_verdict_says_all_that_is_needed_to_decide_it_again():
    table = rules(row("poor", "granted", income__decile={"le": 3}))

    verdict = table.decide({"income.decile": 2, "form.city": "Tabriz"})

    assert (verdict.outcome, verdict.row) == ("granted", "poor")
    assert (verdict.reason, verdict.law, verdict.version) == (REASON, LAW, 3)
    assert verdict.hash == table.hash
    assert verdict.inputs == {"income.decile": 2}, "only what the rules looked at is kept"


def test_a_row_may_name_a_law_of_its_own():
    own = row() | {"law": {"fa": "ماده ۲", "en": "article 2"}}

    assert rules(own).decide({}).law == own["law"]


def test_where_no_row_fits_nobody_is_granted_or_refused():
    verdict = rules(row(fact={"eq": 1})).decide({"fact": 2})

    assert (verdict.outcome, verdict.row, verdict.reason) == (None, None, {})
    assert verdict.law == LAW


@pytest.mark.parametrize("word", ["eq", "ne", "lt", "le", "gt", "ge"])
def test_a_missing_input_fits_no_condition(word):
    assert rules(row(fact={word: 1})).decide({"other": 1}).row is None


@pytest.mark.parametrize("word", ["in", "not_in"])
def test_a_missing_input_is_in_no_list_and_outside_none(word):
    assert rules(row(fact={word: [1]})).decide({}).row is None


@pytest.mark.parametrize(
    ("tests", "value", "expected"),
    [
        ({"eq": 3}, 3, True),
        ({"eq": 3}, 3.0, True),
        ({"eq": 3}, 4, False),
        ({"eq": None}, None, True),
        ({"ne": 3}, 4, True),
        ({"ne": 3}, 3, False),
        ({"lt": 3}, 2, True),
        ({"lt": 3}, 3, False),
        ({"le": 3}, 3, True),
        ({"gt": 3}, 3.5, True),
        ({"gt": 3}, 3, False),
        ({"ge": 3}, 3, True),
        ({"lt": "b"}, "a", True),
        ({"in": ["a", "b"]}, "a", True),
        ({"in": ["a", "b"]}, "c", False),
        ({"not_in": ["a", "b"]}, "c", True),
        ({"not_in": ["a", "b"]}, "a", False),
        ({"ge": 3, "lt": 5}, 4, True),
        ({"ge": 3, "lt": 5}, 5, False),
    ],
)
def test_each_operator_does_what_its_name_says(tests, value, expected):
    assert holds(tests, value) is expected


@pytest.mark.parametrize(
    ("tests", "value"),
    [
        ({"eq": 1}, True),
        ({"eq": True}, 1),
        ({"eq": 0}, False),
        ({"eq": 1}, "1"),
        ({"ne": 1}, "2"),
        ({"ne": 0}, False),
        ({"ne": "none"}, None),
        ({"lt": 2}, True),
        ({"lt": 2}, "1"),
        ({"lt": "2"}, 1),
        ({"gt": 0}, None),
        ({"gt": 0}, [1]),
        ({"in": [1]}, True),
        ({"in": ["a"]}, ["a"]),
        ({"not_in": [1]}, "x"),
        ({"not_in": ["a"]}, None),
        ({"not_in": [0]}, False),
        ({"in": "abc"}, "a"),
        ({"in": 5}, 5),
        ({"not_in": "abc"}, "x"),
        ({"not_in": 5}, 6),
    ],
)
def test_an_input_of_another_kind_fits_no_condition(tests, value):
    assert holds(tests, value) is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": 0, "rows": [row()]},
        {"version": True, "rows": [row()]},
        {"rows": [row()]},
        {"version": 1},
        {"version": 1, "rows": []},
        {"version": 1, "rows": {}},
        {"version": 1, "rows": ["a row"]},
        {"version": 1, "rows": [row() | {"id": 5}]},
        {"version": 1, "rows": [row(outcome="maybe")]},
        {"version": 1, "rows": [row() | {"reason": {"fa": "چون"}}]},
        {"version": 1, "rows": [row() | {"reason": "because"}]},
        {"version": 1, "rows": [row() | {"when": None}]},
        {"version": 1, "rows": [row(fact={"like": "a"})]},
        {"version": 1, "rows": [row(fact=3)]},
    ],
)
def test_rules_that_cannot_be_evaluated_are_found_before_they_are_used(wrong):
    with pytest.raises(RulesInvalid):
        RuleSet(wrong)


def test_the_hash_follows_the_content_and_not_the_order_of_writing():
    source = {"version": 1, "law": LAW, "rows": [row(fact={"ge": 1, "lt": 5})]}
    turned = {"rows": copy.deepcopy(source["rows"]), "law": LAW, "version": 1}
    turned["rows"][0]["when"] = {"fact": {"lt": 5, "ge": 1}}
    changed = copy.deepcopy(source)
    changed["rows"][0]["when"]["fact"]["lt"] = 6

    assert RuleSet(source).hash == RuleSet(turned).hash
    assert RuleSet(source).hash != RuleSet(changed).hash


def test_the_hash_is_the_same_in_every_process_and_release():
    source = {"version": 1, "law": LAW, "rows": [row(fact={"eq": "الف"})]}

    assert RuleSet(source).hash == (
        "a9eb260799ef2a0ddce5ffefe21d1ea7b2edd74dc305df82dc45d6a82f3b68da"
    )


def test_every_input_that_some_row_looks_at_is_named():
    table = rules(row("one", form__city={"eq": "a"}), row("two", applicant__loa={"ge": 2}))

    assert table.names == {"form.city", "applicant.loa"}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
names = st.sampled_from(["a", "form.b", "c.d"])
tests_of_a_row = st.dictionaries(
    st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), values, max_size=3
) | st.dictionaries(st.sampled_from(["in", "not_in"]), st.lists(values, max_size=3) | values)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.dictionaries(names, tests_of_a_row, max_size=3), min_size=1, max_size=3),
    st.dictionaries(names, values),
)
def test_no_input_makes_a_rule_set_fall_over_or_change_its_mind(conditions, inputs):
    rows = [row(str(place)) | {"when": when} for place, when in enumerate(conditions)]
    table = RuleSet({"version": 1, "rows": rows})

    verdict = table.decide(inputs)

    assert verdict.outcome in ("granted", None)
    assert table.decide(inputs).row == verdict.row
    assert verdict.hash == table.hash
