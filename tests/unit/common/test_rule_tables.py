"""Decision tables of format 2: what is not known decides nothing, the same inputs decide the same for ever."""

import copy
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.common.golden_verdicts import FILES, decided, written
from tests.unit.common.rule_tables import (
    HOME_BUSINESS,
    TEXT,
    boolean,
    derived,
    integer,
    row,
    source,
    text,
)
from tests.unit.common.test_rule_coverage import INPUTS, tables

from panjareh_common.rules import RulesInvalid, Table, faults_of_table, read_rules, told
from panjareh_common.rules.kinds import WHY_NOT_KNOWN
from panjareh_common.rules.wording import titles_of, wording_of
from panjareh_common.texts import LANGUAGES, catalogue

ROOT = Path(__file__).parents[3]


def test_a_rule_set_without_fault_may_be_published():
    assert faults_of_table(HOME_BUSINESS) == []


def test_a_verdict_says_all_that_is_needed_to_decide_it_again():
    table = read_rules(HOME_BUSINESS)

    verdict = table.decide(
        {
            "form.workers": 2,
            "form.area": 20,
            "form.activity": "sewing",
            "form.name": "not looked at",
        }
    )
    again = table.decide(dict(verdict.inputs) | dict(verdict.derived))

    assert (verdict.outcome, verdict.row, verdict.matched) == ("granted", "sewing", ("sewing",))
    assert verdict.inputs == {"form.activity": "sewing", "form.area": 20, "form.workers": 2}
    assert verdict.derived == {"per_worker": 10.0}
    assert again == verdict


@pytest.mark.parametrize("file", sorted(FILES.glob("*.json")), ids=lambda file: file.stem)
def test_what_was_decided_once_is_decided_the_same_for_ever(file):
    assert written(decided(file)) == file.read_text(encoding="utf-8")


def test_another_process_decides_byte_for_byte_the_same_in_a_green_thread_too():
    program = (
        "import eventlet; eventlet.monkey_patch()\n"
        "from tests.unit.common.golden_verdicts import *\n"
        "pool = eventlet.GreenPool()\n"
        "for found in pool.imap(decided, sorted(FILES.glob('*.json'))):\n"
        "    print(written(found), end='')\n"
    )
    environment = os.environ | {"PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "LC_ALL": "C"}

    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=True,
    )

    assert run.stdout == b"".join(file.read_bytes() for file in sorted(FILES.glob("*.json")))


def test_the_order_of_writing_changes_neither_hash_nor_verdict():
    turned = json.loads(json.dumps(HOME_BUSINESS, sort_keys=True))
    inputs = HOME_BUSINESS["tests"][0]["given"]

    assert Table(turned).hash == Table(HOME_BUSINESS).hash
    assert Table(turned).decide(inputs) == Table(HOME_BUSINESS).decide(inputs)


def test_a_format_that_is_not_known_is_never_taken_for_another():
    with pytest.raises(RulesInvalid):
        read_rules(HOME_BUSINESS | {"format": 3})


AGE = {"form.age": integer(0, 130)}
ROWS = [
    row("young", "refused", {"form.age": {"lt": 18}}),
    row("rest", "granted", {}),
]


def test_where_order_decides_the_last_row_takes_the_rest():
    table = Table(source(AGE, ROWS, hit="first"))

    assert table.decide({"form.age": 17}).row == "young"
    assert table.decide({"form.age": 18}).row == "rest"


@pytest.mark.parametrize("unknown", [{}, {"form.age": None}, {"form.age": "17"}, {"form.age": 131}])
def test_a_row_above_that_may_fit_is_not_passed_over(unknown):
    verdict = Table(source(AGE, ROWS, hit="first")).decide(unknown)

    assert (verdict.outcome, verdict.because) == (None, "values_not_known")


def test_rows_that_disagree_decide_nothing():
    rows = [row("a", "granted", {"form.age": {"ge": 1}}), row("b", "refused", {})]

    verdict = Table(source(AGE, rows)).decide({"form.age": 5})

    assert (verdict.outcome, verdict.because, verdict.matched) == (
        None,
        "rules_disagree",
        ("a", "b"),
    )


def test_where_no_row_fits_the_reason_is_the_authoritys():
    rows = [row("young", "refused", {"form.age": {"lt": 18}})]
    table = Table(source(AGE, rows, otherwise={"fa": "بررسی", "en": "review"}))

    verdict = table.decide({"form.age": 20})

    assert (verdict.outcome, verdict.because) == (None, "no_rule_matched")
    assert verdict.reason == {"fa": "بررسی", "en": "review"}
    assert table.decide({}).reason == {}, "and only where nothing fits, not where nothing is known"


_full = st.fixed_dictionaries(
    {
        "form.age": st.integers(0, 7),
        "form.city": st.sampled_from("abc"),
        "form.class": st.sampled_from([1, 3, 5]),
        "form.flag": st.booleans(),
    }
)


@settings(max_examples=150, deadline=None)
@given(
    tables(["form.age", "form.city", "sum", "big", "form.flag"]),
    st.sampled_from(["any", "first"]),
    _full,
    st.sets(st.sampled_from(sorted(INPUTS))),
)
def test_what_becomes_known_later_never_turns_a_decision(content, hit, inputs, unknown):
    table = Table(content | {"hit": hit})
    some = {name: value for name, value in inputs.items() if name not in unknown}

    before, after = table.decide(some), table.decide(inputs)

    if before.outcome is not None:
        expected = {before.outcome} if hit == "first" else {before.outcome, None}
        assert after.outcome in expected
        assert after.outcome is not None or after.because == "rules_disagree"


TYPED = {
    "form.n": integer(),
    "form.r": {"type": "number", "title": TEXT},
    "form.t": text(),
    "form.b": boolean(),
    "form.d": {"type": "date", "title": TEXT},
}


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("form.n", True, "not_integer"),
        ("form.n", "1", "not_integer"),
        ("form.n", 1.5, "not_integer"),
        ("form.n", float("nan"), "not_integer"),
        ("form.n", 2**63, "too_large"),
        ("form.n", -(2**63) - 1, "too_small"),
        ("form.n", None, "missing"),
        ("form.n", [1], "not_integer"),
        ("form.r", True, "not_number"),
        ("form.r", float("inf"), "not_number"),
        ("form.r", 10**400, "not_number"),
        ("form.t", 1, "not_text"),
        ("form.t", "\ud800", "not_text"),
        ("form.t", "a" * 1001, "too_long"),
        ("form.b", 1, "not_boolean"),
        ("form.b", "true", "not_boolean"),
        ("form.d", "20260321", "not_date"),
        ("form.d", "2026-W12-6", "not_date"),
        ("form.d", "2026-02-30", "not_date"),
        ("form.d", "۲۰۲۶-۰۳-۲۱", "not_date"),
        ("form.d", "0999-12-31", "too_small"),
        ("form.d", 20260321, "not_date"),
    ],
)
def test_a_value_of_another_kind_is_not_known(name, value, why):
    table = Table(source(TYPED, [row("any", "granted", {name: {"ne": TYPED_LITERAL[name]}})]))

    assert table.read({name: value}).unknown[name] == why
    assert table.decide({name: value}).because == "values_not_known"


TYPED_LITERAL = {
    "form.n": 7,
    "form.r": 7.5,
    "form.t": "seven",
    "form.b": True,
    "form.d": "2007-07-07",
}


def test_a_whole_number_may_be_written_with_a_point_as_in_json_schema():
    table = Table(source(TYPED, [row("seven", "granted", {"form.n": {"eq": 7}})]))

    assert table.decide({"form.n": 7.0}).row == "seven"


def broken(change):
    content = copy.deepcopy(HOME_BUSINESS)
    change(content)
    return {(fault.pointer, str(fault)) for fault in faults_of_table(content)}


def put(*path, value):
    def change(content):
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (put("version", value=True), "/version"),
        (put("law", value={"fa": "قانون"}), "/law"),
        (put("hit", value="last"), "/hit"),
        (put("extra", value=1), "/extra"),
        (put("inputs", value=[]), "/inputs"),
        (put("inputs", "workers", value=integer()), "/inputs/workers"),
        (put("inputs", "form.x", value=5), "/inputs/form.x"),
        (put("inputs", "form.x", value={"type": "money", "title": TEXT}), "/inputs/form.x/type"),
        (put("inputs", "form.workers", "min", value="1"), "/inputs/form.workers/min"),
        (put("inputs", "form.workers", "max", value=0), "/inputs/form.workers/max"),
        (put("inputs", "form.workers", "enum", value=[1]), "/inputs/form.workers/enum"),
        (put("inputs", "form.activity", "enum", value=["a", "a"]), "/inputs/form.activity/enum/1"),
        (
            put("inputs", "form.activity", "enum_titles", value={"food": TEXT}),
            "/inputs/form.activity/enum_titles",
        ),
        (
            put("inputs", "form.workers", "enum_titles", value={}),
            "/inputs/form.workers/enum_titles",
        ),
        (put("inputs", "form.activity", "min", value=1), "/inputs/form.activity/min"),
        (put("inputs", "form.trained", "title", value="x"), "/inputs/form.trained/title"),
        (put("inputs", "form.unused", value=boolean()), "/inputs/form.unused"),
        (put("derived", "form.x", value=derived("1", "integer")), "/derived/form.x"),
        (put("derived", "per_worker", "cel", value=""), "/derived/per_worker/cel"),
        (put("derived", "per_worker", "cel", value="1"), "/derived/per_worker/cel"),
        (put("derived", "per_worker", "cel", value="per_worker + 1.0"), "/derived/per_worker/cel"),
        (put("derived", "more", value=derived("1", "integer")), "/derived/more"),
        (put("rows", value=[]), "/rows"),
        (put("rows", 0, value="x"), "/rows/0"),
        (put("rows", 0, "id", value="X y"), "/rows/0/id"),
        (put("rows", 1, "id", value="crowded"), "/rows/1/id"),
        (put("rows", 0, "outcome", value="officers"), "/rows/0/outcome"),
        (put("rows", 0, "reason", value={"fa": " ", "en": "x"}), "/rows/0/reason"),
        (put("rows", 0, "law", value="x"), "/rows/0/law"),
        (put("rows", 0, "when", value=None), "/rows/0/when"),
        (put("rows", 0, "when", "form.x", value={"eq": 1}), "/rows/0/when/form.x"),
        (put("rows", 0, "when", "per_worker", value={}), "/rows/0/when/per_worker"),
        (put("rows", 0, "when", "per_worker", value={"like": 1}), "/rows/0/when/per_worker/like"),
        (put("rows", 0, "when", "per_worker", value={"lt": "4"}), "/rows/0/when/per_worker/lt"),
        (
            put("rows", 1, "when", "form.trained", value={"lt": True}),
            "/rows/1/when/form.trained/lt",
        ),
        (
            put("rows", 1, "when", "form.activity", value={"in": "food"}),
            "/rows/1/when/form.activity/in",
        ),
        (put("rows", 0, "when", "per_worker", value={"lt": 1e15}), "/rows/0/when/per_worker/lt"),
        (put("rows", 0, "when", "per_worker", value={"lt": -0.0}), "/rows/0/when/per_worker/lt"),
        (put("tests", value=[]), "/tests"),
        (put("tests", 0, "title", value=None), "/tests/0/title"),
        (put("tests", 0, "given", value=None), "/tests/0/given"),
        (put("tests", 0, "given", "form.x", value=1), "/tests/0/given/form.x"),
        (put("tests", 0, "given", "form.workers", value="6"), "/tests/0/given/form.workers"),
        (put("tests", 0, "then", "outcome", value="maybe"), "/tests/0/then/outcome"),
        (put("tests", 0, "then", "row", value="nobody"), "/tests/0/then/row"),
        (put("tests", 0, "then", "row", value="sewing"), "/tests/0/then"),
        (put("tests", 0, "then", "outcome", value="granted"), "/tests/0/then"),
        (
            put("tests", 0, "then", "derived", value={"per_worker": 9}),
            "/tests/0/then/derived/per_worker",
        ),
        (put("tests", 4, "then", value={"outcome": "granted", "row": "sewing"}), "/tests/4/then"),
        (lambda content: content["tests"].pop(3), "/rows/3"),
    ],
)
def test_every_fault_is_named_with_its_place(change, pointer):
    assert pointer in {where for where, _ in broken(change)}


def test_formulas_that_come_back_to_themselves_are_refused():
    circle = {"a": derived("b + 1", "integer"), "b": derived("a + 1", "integer")}
    rows = [row("all", "granted", {"a": {"gt": 0}})]

    assert {fault.pointer for fault in faults_of_table(source(AGE, rows, derived=circle))} == {
        "/derived/a/cel",
        "/derived/b/cel",
    }


def test_derived_values_are_computed_after_those_that_they_need():
    chain = {
        "a": derived("b + 1", "integer"),
        "b": derived("c * 2", "integer"),
        "c": derived("form.age + 1", "integer"),
    }
    table = Table(source(AGE, [row("all", "granted", {"a": {"gt": 0}})], derived=chain))

    assert table.decide({"form.age": 1}).derived == {"a": 5, "b": 4, "c": 2}


def test_rules_of_many_megabytes_are_refused_unread():
    content = source(AGE, ROWS) | {"law": {"fa": "ا" * 300_000, "en": "a"}}

    [fault] = faults_of_table(content)

    assert "too large" in str(fault)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def _paths(node, path=()):
    yield path
    entries = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for step, inner in entries:
        yield from _paths(inner, (*path, step))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([path for path in _paths(HOME_BUSINESS) if path]), _json)
def test_whatever_stands_anywhere_is_a_fault_or_decides(path, value):
    content = copy.deepcopy(HOME_BUSINESS)
    put(*path, value=value)(content)

    faults = faults_of_table(content)

    for fault in faults:
        assert str(fault)
        assert fault.pointer == "" or fault.pointer.startswith("/")
    if not faults:
        Table(content).decide(HOME_BUSINESS["tests"][0]["given"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(HOME_BUSINESS["inputs"])), _json))
def test_no_input_makes_a_table_fall_over_or_change_its_mind(inputs):
    table = Table(HOME_BUSINESS)

    assert table.decide(inputs) == table.decide(inputs)
    assert [one.fits for one in table.trace(inputs)] == [
        one.id in table.decide(inputs).matched for one in table.rows
    ]


def test_every_row_says_why_it_fits_or_not_in_the_readers_language():
    table = read_rules(HOME_BUSINESS)
    inputs = {"form.workers": 2, "form.area": 20, "form.activity": "sewing"}
    titles = {"form.trained": {"fa": "گواهی بهداشت", "en": "Hygiene certificate"}}

    def wording(name, value):
        return {"food": "خوراک", "sewing": "دوخت"}.get(value) if name == "form.activity" else None

    trace = {one["id"]: one for one in told(table.trace(inputs), titles, wording, "fa")}

    assert trace["sewing"]["fits"] is True
    assert [(one["holds"], one["text"]) for one in trace["untrained"]["conditions"]] == [
        (False, "form.activity: باید خوراک باشد؛ دوخت است."),
        (False, "گواهی بهداشت: باید خیر باشد. داده نشده است."),
    ]


def test_numbers_days_and_choices_stand_in_a_sentence_as_people_say_them():
    rules = source(
        inputs={
            "card.plan": {
                "type": "text",
                "enum": ["full"],
                "enum_titles": {"full": {"fa": "بستهٔ کامل", "en": "full plan"}},
                "title": {"fa": "بسته", "en": "Plan"},
            },
            "card.since": {"type": "date", "title": {"fa": "از روز", "en": "Since"}},
            "card.share": {"type": "number", "title": {"fa": "سهم", "en": "Share"}},
        },
        rows=[
            row(
                "one",
                "granted",
                {
                    "card.plan": {"eq": "full"},
                    "card.since": {"le": "2026-11-30"},
                    "card.share": {"ge": 0.5},
                },
            )
        ],
    )
    inputs = {"card.plan": "full", "card.since": "2026-03-21", "card.share": 12}

    def said(language):
        trace = read_rules(rules).trace(inputs)
        words = wording_of(rules, {}, language)
        [only] = told(trace, titles_of(rules, {}, {}), words, language)
        return {one["name"]: one["text"] for one in only["conditions"]}

    assert said("fa") == {
        "card.plan": "بسته: باید بستهٔ کامل باشد؛ بستهٔ کامل است.",
        "card.since": "از روز: باید حداکثر ۹ آذر ۱۴۰۵ باشد؛ ۱ فروردین ۱۴۰۵ است.",
        "card.share": "سهم: باید دست‌کم ۰٫۵ باشد؛ ۱۲ است.",
    }
    assert said("en")["card.since"] == (
        "Since: it must be at most 30 November 2026; it is 21 March 2026."
    )


def test_everything_that_is_said_about_values_is_said_in_persian_too():
    assert set(WHY_NOT_KNOWN.values()) <= catalogue("panjareh_common", "fa").keys()
    assert "fa" in LANGUAGES


def test_a_decision_costs_microseconds():
    table = Table(HOME_BUSINESS)
    inputs = HOME_BUSINESS["tests"][0]["given"]

    def fastest():
        began = time.perf_counter()
        for _ in range(200):
            table.decide(inputs)
        return (time.perf_counter() - began) / 200

    assert min(fastest() for _ in range(5)) < 300e-6, "about 20 µs on a quiet machine"


def test_threads_of_one_process_decide_alike():
    """The clock process decides in several threads, with one table among them."""
    cases = [
        (read_rules(case["rules"]), case["verdicts"])
        for case in json.loads((FILES / "format_2.json").read_text(encoding="utf-8"))
    ]

    def decide(_):
        for rules, verdicts in cases:
            for one in verdicts:
                verdict = rules.decide(one["inputs"])
                assert (verdict.outcome, verdict.derived) == (
                    one["verdict"]["outcome"],
                    one["verdict"]["derived"],
                )
            Table(HOME_BUSINESS)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(decide, range(60)))
