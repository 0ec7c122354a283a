"""What is foreseen holds: whatever comes besides, the rules then decide as was said, or nothing certain was said."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from panjareh_common.rules import Table, read_rules
from panjareh_requests.domain.preview import Result, foresee
from panjareh_requests.domain.values import Decision, Outcome

TEXT = {"fa": "متن", "en": "text"}
NAMES, VALUES = ("form.a", "income.b", "income.c"), (0, 1, 2)
CONDITIONS = st.dictionaries(
    st.sampled_from([*NAMES, "sum"]),
    st.dictionaries(
        st.sampled_from(["eq", "le", "ge"]), st.sampled_from(VALUES), min_size=1, max_size=1
    ),
    min_size=1,
    max_size=3,
)
ROWS = st.lists(
    st.tuples(CONDITIONS, st.sampled_from(["granted", "refused"])), min_size=1, max_size=5
)
KNOWN = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VALUES))


def table_of(rows: list[tuple[dict[str, Any], str]], hit: str) -> dict[str, Any]:
    return {
        "format": 2,
        "version": 1,
        "hit": hit,
        "law": TEXT,
        "inputs": {name: {"type": "integer", "title": TEXT} for name in NAMES},
        "derived": {"sum": {"cel": "form.a + income.b", "type": "integer", "title": TEXT}},
        "rows": [
            {"id": f"r{number}", "when": when, "outcome": outcome, "reason": TEXT}
            for number, (when, outcome) in enumerate(rows)
        ],
        "tests": [{"title": TEXT, "given": {}, "then": {"outcome": "officers"}}],
    }


def first_format_of(rows: list[tuple[dict[str, Any], str]]) -> dict[str, Any]:
    return {
        "version": 1,
        "law": TEXT,
        "rows": [
            {"id": f"r{number}", "when": when, "outcome": outcome, "reason": TEXT}
            for number, (when, outcome) in enumerate(rows)
        ],
    }


def decided(rules: Any, inputs: dict[str, Any]) -> Decision | str:
    verdict = rules.decide(inputs)
    if verdict.outcome is None:
        return verdict.because or "no_rule_matched"
    return Decision(Outcome(verdict.outcome), {}, {"row": verdict.row}, {})


def foreseen_of(rules: Any, known: dict[str, Any]) -> Any:
    unknown = {name for name in rules.names if name not in known}
    ordered = not isinstance(rules, Table) or rules.order_decides
    return foresee(decided(rules, known), rules.trace(known), unknown, rules.names, ordered=ordered)


def completions(rules: Any, known: dict[str, Any]) -> set[str]:
    """What the rules say about everything that what is known may still become."""
    left = [name for name in NAMES if name not in known]
    said = set()
    for values in itertools.product(VALUES, repeat=len(left)):
        decision = decided(rules, known | dict(zip(left, values, strict=True)))
        said.add(str(decision.outcome) if isinstance(decision, Decision) else "officers")
    return said


def must_hold(rules: Any, known: dict[str, Any]) -> None:
    foreseen = foreseen_of(rules, known)
    if foreseen.result is Result.DEPENDS:
        assert foreseen.depends_on
        assert set(foreseen.depends_on) <= set(rules.names) - set(known)
    else:
        assert completions(rules, known) == {str(foreseen.result)}
        assert foreseen.depends_on == ()


@given(ROWS, st.sampled_from(["any", "first"]), KNOWN)
@settings(max_examples=400, deadline=None)
def test_what_is_foreseen_holds_whatever_comes(
    rows: list[tuple[dict[str, Any], str]], hit: str, known: dict[str, Any]
) -> None:
    must_hold(read_rules(table_of(rows, hit)), known)


@given(ROWS, KNOWN)
@settings(max_examples=200, deadline=None)
def test_so_it_does_under_rules_of_the_first_format(
    rows: list[tuple[dict[str, Any], str]], known: dict[str, Any]
) -> None:
    without = [({n: t for n, t in when.items() if n != "sum"}, outcome) for when, outcome in rows]
    must_hold(read_rules(first_format_of(without)), known)


@given(ROWS, st.sampled_from(["any", "first"]), st.tuples(*[st.sampled_from(VALUES)] * 3))
@settings(max_examples=200, deadline=None)
def test_where_all_is_known_it_is_the_decision_itself(
    rows: list[tuple[dict[str, Any], str]], hit: str, values: tuple[int, int, int]
) -> None:
    rules = read_rules(table_of(rows, hit))
    known = dict(zip(NAMES, values, strict=True))
    decision = decided(rules, known)
    result = str(decision.outcome) if isinstance(decision, Decision) else "officers"

    assert str(foreseen_of(rules, known).result) == result
    assert foreseen_of(rules, known).decision == decision


def test_a_row_that_could_still_speak_against_it_makes_it_depend() -> None:
    rows = [({"form.a": {"eq": 1}}, "granted"), ({"income.b": {"ge": 2}}, "refused")]
    rules = read_rules(table_of(rows, "any"))

    foreseen = foreseen_of(rules, {"form.a": 1})

    assert foreseen.result is Result.DEPENDS
    assert foreseen.depends_on == ("income.b",)
    assert foreseen_of(rules, {"form.a": 1, "income.b": 0}).result is Result.GRANTED


def test_what_does_not_come_any_more_is_not_waited_for() -> None:
    """An answer is held, and has no such fact: the real decision would not know it either."""
    rows = [({"form.a": {"eq": 1}}, "granted"), ({"income.b": {"ge": 2}}, "refused")]
    rules = read_rules(table_of(rows, "any"))
    known = {"form.a": 1}

    foreseen = foresee(decided(rules, known), rules.trace(known), (), rules.names, ordered=False)

    assert foreseen.result is Result.GRANTED
