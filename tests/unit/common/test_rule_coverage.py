"""Overlaps, gaps and rows that are never reached: the check agrees with trying every value."""

import json
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.common.rule_tables import (
    BruteForce,
    boolean,
    derived,
    integer,
    passing,
    row,
    source,
    text,
)

from panjareh_common.rules import Table, faults_of_table
from panjareh_common.rules import coverage as coverage_module
from panjareh_common.rules.coverage import Coverage

INPUTS = {
    "form.age": integer(0, 7),
    "form.city": text("a", "b", "c"),
    "form.class": integer(enum=[1, 3, 5]),
    "form.flag": boolean(),
}
_ordered = st.dictionaries(
    st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]),
    st.integers(-1, 8),
    min_size=1,
    max_size=2,
)
_listed = st.dictionaries(
    st.sampled_from(["in", "not_in"]),
    st.lists(st.integers(-1, 8), min_size=1, max_size=3, unique=True),
    min_size=1,
    max_size=1,
)
_texts = st.sampled_from(["a", "b", "c", "d"])
_cells = {
    "form.age": _ordered | _listed,
    "form.class": _ordered | _listed,
    "form.city": st.fixed_dictionaries({}, optional={"eq": _texts, "ne": _texts}).filter(bool)
    | st.fixed_dictionaries({"in": st.lists(_texts, min_size=1, max_size=2, unique=True)}),
    "form.flag": st.fixed_dictionaries({"eq": st.booleans()}),
    "sum": _ordered,
    "big": st.fixed_dictionaries({"eq": st.booleans()}),
}
DERIVED = {
    "sum": derived("form.age + form.class", "integer", min=0, max=9),
    "big": derived("sum > 6 && form.flag", "boolean"),
}


def tables(names):
    whens = st.fixed_dictionaries({}, optional={name: _cells[name] for name in names})
    rows = st.lists(
        st.tuples(whens, st.sampled_from(["granted", "refused"])), min_size=1, max_size=5
    )
    return rows.map(
        lambda found: source(
            INPUTS,
            [row(f"r{place}", outcome, when) for place, (when, outcome) in enumerate(found)],
            derived=DERIVED,
        )
    )


def agrees_with_brute_force(content):
    force, coverage = BruteForce(content), Coverage(Table(content))
    rows = range(len(force.rows))
    ids = force.rows

    impossible = {ids[n] for n in rows if coverage.impossible(n)}
    overlaps = {(n, m): coverage.overlap(n, m) for n in rows for m in rows if n < m}
    unreached = {ids[n] for n in rows if coverage.reached(n, range(n)) is None}
    gap = coverage.gap()

    assert impossible == force.impossible()
    assert {
        (ids[n], ids[m]) for (n, m), found in overlaps.items() if found is not None
    } == force.overlapping()
    assert unreached == force.unreached()
    assert (gap is not None) == force.has_gap()
    table = force.table
    rest = {"form.age": 0, "form.city": "a", "form.class": 1, "form.flag": False}
    if gap is not None:
        assert table.decide(rest | dict(gap)).matched == ()
    for (n, m), example in overlaps.items():
        if example is not None:
            assert {ids[n], ids[m]} <= set(table.decide(rest | dict(example)).matched)


@settings(max_examples=100, deadline=None)
@given(tables(["form.age", "form.city", "form.class", "form.flag"]))
def test_the_check_agrees_with_trying_every_value(content):
    agrees_with_brute_force(content)


@settings(max_examples=60, deadline=None)
@given(tables(["form.age", "form.city", "sum", "big"]))
def test_it_agrees_with_derived_values_too(content):
    agrees_with_brute_force(content)


@settings(max_examples=60, deadline=None)
@given(tables(["form.age", "form.city", "sum", "big"]))
def test_where_derived_values_stand_for_themselves_none_is_missed_and_no_row_is_accused(content):
    # Its limits are those that it really has, so that it is always known.
    limits = {"sum": DERIVED["sum"] | {"max": 12}}
    content = content | {"derived": content["derived"] | limits}
    force = BruteForce(content)
    with mock.patch.object(coverage_module, "MOST_COMPUTED", 0):
        coverage = Coverage(Table(content))
    rows, ids = range(len(force.rows)), force.rows

    overlaps = {
        (ids[n], ids[m]) for n in rows for m in rows if n < m and coverage.overlap(n, m) is not None
    }
    unreached = {ids[n] for n in rows if coverage.reached(n, range(n)) is None}

    assert overlaps >= force.overlapping()
    assert coverage.gap() is not None or not force.has_gap()
    assert unreached <= force.unreached()
    assert {ids[n] for n in rows if coverage.impossible(n)} <= force.impossible()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(
                st.sampled_from(["lt", "le", "gt", "ge", "eq", "ne"]),
                st.sampled_from([-1, 0, 0.5, 2, 3.25, 4]),
                min_size=1,
                max_size=2,
            ),
            st.sampled_from(["granted", "refused"]),
        ),
        min_size=1,
        max_size=4,
    ),
    st.booleans(),
)
def test_numbers_without_end_are_covered_like_a_fine_grid_of_them(found, limited):
    kind = {"type": "number", "title": {"fa": "ن", "en": "n"}}
    limits = {"min": 0, "max": 4} if limited else {}
    rows = [row(f"r{n}", outcome, {"form.n": when}) for n, (when, outcome) in enumerate(found)]
    table = Table(source({"form.n": kind | limits}, rows))
    coverage = Coverage(table)
    grid = [n / 8 for n in range(0, 33)] if limited else [n / 8 for n in range(-40, 80)]
    fitting = [set(table.decide({"form.n": point}).matched) for point in grid]

    assert (coverage.gap() is not None) == any(not fit for fit in fitting)
    for place in range(len(rows)):
        assert coverage.impossible(place) == all(f"r{place}" not in fit for fit in fitting)
        for other in range(place + 1, len(rows)):
            both = any({f"r{place}", f"r{other}"} <= fit for fit in fitting)
            assert (coverage.overlap(place, other) is not None) == both


def told(content):
    return {(fault.pointer, str(fault)) for fault in faults_of_table(content)}


AGE = {"form.age": integer(0, 130)}


def test_a_gap_is_refused_with_values_that_fall_into_it():
    rows = [
        row("young", "refused", {"form.age": {"lt": 18}}),
        row("old", "granted", {"form.age": {"gt": 18}}),
    ]

    [(pointer, sentence)] = told(source(AGE, rows))

    assert pointer == "/rows"
    assert "form.age = 18" in sentence


def test_a_gap_may_be_meant_and_is_then_explained():
    rows = [row("young", "refused", {"form.age": {"lt": 18}})]
    tests = [passing({"form.age": 3}, "refused", "young"), passing({"form.age": 30}, "officers")]

    assert told(source(AGE, rows, tests=tests, otherwise={"fa": "الف", "en": "a"})) == set()


def test_rows_that_decide_differently_for_the_same_values_are_refused_with_them():
    rows = [
        row("young", "refused", {"form.age": {"le": 18}}),
        row("old", "granted", {"form.age": {"ge": 18}}),
    ]
    tests = [
        passing({"form.age": 18}, "refused", "young"),
        passing({"form.age": 19}, "granted", "old"),
    ]

    [(pointer, sentence)] = told(source(AGE, rows))

    assert pointer == "/rows/1"
    assert "form.age = 18" in sentence
    assert told(source(AGE, rows, tests=tests, hit="first")) == set()


def test_two_reasons_to_refuse_may_both_fit():
    inputs = AGE | {"form.flag": boolean()}
    rows = [
        row("young", "refused", {"form.age": {"lt": 18}}),
        row("barred", "refused", {"form.flag": {"eq": True}}),
        row("other", "granted", {"form.age": {"ge": 18}, "form.flag": {"eq": False}}),
    ]
    tests = [
        passing({"form.age": 3, "form.flag": True}, "refused", "young"),
        passing({"form.age": 33, "form.flag": True}, "refused", "barred"),
        passing({"form.age": 33, "form.flag": False}, "granted", "other"),
    ]

    assert told(source(inputs, rows, tests=tests)) == set()


@pytest.mark.parametrize("hit", ["any", "first"])
def test_rows_with_the_same_conditions_contradict_each_other_in_any_order(hit):
    rows = [
        row("one", "granted", {"form.age": {"ge": 18}}),
        row("two", "refused", {"form.age": {"gt": 17}}),
        row("three", "refused", {"form.age": {"lt": 18}}),
    ]

    [(pointer, sentence)] = told(source(AGE, rows, hit=hit))

    assert pointer == "/rows/1"
    assert "contradict" in sentence


def test_a_row_that_is_never_reached_is_named():
    rows = [
        row("young", "refused", {"form.age": {"lt": 18}}),
        row("old", "granted", {"form.age": {"ge": 18}}),
        row("all", "granted", {"form.age": {"in": [20, 30]}}),
    ]

    [(pointer, sentence)] = told(source(AGE, rows))

    assert (pointer, "never reached" in sentence) == ("/rows/2", True)


def test_a_row_that_nothing_fits_is_named():
    rows = [
        row("all", "granted", {}),
        row("none", "granted", {"form.age": {"gt": 130}}),
    ]

    assert ("/rows/1/when", True) in {
        (pointer, sentence.startswith("No values fit the row none"))
        for pointer, sentence in told(source(AGE, rows))
    }


def test_a_derived_value_that_cannot_always_be_computed_leaves_a_gap():
    inputs = {"form.people": integer(0, 9)}
    share = {"share": derived("100 / form.people", "integer", min=0, max=100)}
    rows = [
        row("low", "refused", {"share": {"lt": 20}}),
        row("high", "granted", {"share": {"ge": 20}}),
    ]

    [(pointer, sentence)] = told(source(inputs, rows, derived=share))

    assert (pointer, "form.people = 0" in sentence) == ("/rows", True)


def test_where_inputs_have_many_values_a_derived_one_stands_for_itself():
    inputs = {"form.from": {"type": "date", "title": {"fa": "از", "en": "from"}}}
    days = {"days": derived("days_between(form.from, date('2026-01-01'))", "integer")}
    rows = [row("few", "granted", {"days": {"lt": 30}})]

    [(pointer, sentence)] = told(source(inputs, rows, derived=days))

    assert (pointer, "days = 30" in sentence) == ("/rows", True)


def test_rows_that_are_too_interwoven_are_refused_and_not_computed_for_ever():
    names = [f"form.n{place}" for place in range(30)]
    inputs = {name: integer(0, 1000) for name in names}
    rows = [
        row(
            f"r{place}",
            "granted",
            {name: {"ge": place * 3 % 50 + at, "le": 900 - at} for at, name in enumerate(names)},
        )
        for place in range(60)
    ]
    # Each row leaves out another corner, so the rest falls into ever more boxes.
    for place, one in enumerate(rows):
        one["when"] = {name: one["when"][name] for at, name in enumerate(names) if (at + place) % 3}

    faults = told(source(inputs, rows))

    assert faults, "it ended, and said something"
    assert json.dumps(sorted(faults))


def test_a_list_of_very_many_values_is_refused_and_not_tried_for_ever():
    rows = [
        row(
            f"r{place}",
            "granted",
            {"form.age": {"in": list(range(place * 240, place * 240 + 240))}},
        )
        for place in range(140)
    ]

    told_of = told(source({"form.age": integer()}, rows))

    assert told_of, "it ended, and said something"
