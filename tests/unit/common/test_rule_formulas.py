"""Formulas of derived values: typed, bounded, the same for ever, and nothing of CEL but what rules need."""

import contextlib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from panjareh_common.rules.formulas import MOST_NAMES, Formula, FormulaInvalid
from panjareh_common.rules.kinds import NotKnown, ValueType
from panjareh_common.rules.solar import days_between, years_between

INTEGER, NUMBER, TEXT, BOOLEAN, DATE = ValueType
TYPES = {
    "form.count": INTEGER,
    "form.area": NUMBER,
    "form.city": TEXT,
    "form.in": BOOLEAN,  # a word of CEL, and a name like any other here
    "person.born": DATE,
    "request.submitted_on": DATE,
    "form.later": INTEGER,
}
VALUES = {
    "form.count": 5,
    "form.area": 2.5,
    "form.city": "تهران",
    "form.in": True,
    "person.born": date(2008, 3, 20),
    "request.submitted_on": date(2026, 3, 21),
}


def compute(cel, kind, values=VALUES):
    return Formula(cel, kind, TYPES).evaluate(values)


@pytest.mark.parametrize(
    ("cel", "kind", "expected"),
    [
        ("form.count + 1", INTEGER, 6),
        ("-form.count * 2 % 3", INTEGER, -1),
        ("7 / 2", INTEGER, 3),
        ("double(form.count) * form.area", NUMBER, 12.5),
        ("int(form.area)", INTEGER, 2),
        ("size(form.city)", INTEGER, 5),
        ("form.city.startsWith('ته') && !form.city.endsWith(\"x\")", BOOLEAN, True),
        ("form.city.contains('هر')", BOOLEAN, True),
        ("'a'.size()", INTEGER, 1),
        ("form.city in ['تهران', \"شیراز\"]", BOOLEAN, True),
        ("form.count in [-1, 5]", BOOLEAN, True),
        ("form.in ? 'yes' : 'no'", TEXT, "yes"),
        ("years_between(person.born, request.submitted_on)", INTEGER, 18),
        ("days_between(date('2026-03-20'), request.submitted_on)", INTEGER, 1),
        ('person.born < date("2010-01-01")', BOOLEAN, True),
        ("form.in ? person.born : request.submitted_on", DATE, date(2008, 3, 20)),
    ],
)
def test_a_formula_computes_what_it_says(cel, kind, expected):
    result = compute(cel, kind)

    assert (result, type(result)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("cel", "kind"),
    [
        ("form.later + 1", INTEGER),
        ("form.in && form.later > 1", BOOLEAN),
        ("form.count / 0", INTEGER),
        ("form.count % 0", INTEGER),
        ("1.0 / 0.0", NUMBER),
        ("0.0 / 0.0", NUMBER),
        ("9223372036854775807 + form.count", INTEGER),
        ("int(form.area * 100000000000000000000.0)", INTEGER),
        ("form.later > 1 ? 'a' : 'b'", TEXT),
    ],
)
def test_what_cannot_be_computed_is_not_known(cel, kind):
    with pytest.raises(NotKnown):
        compute(cel, kind)


def test_what_is_missing_does_not_matter_where_it_changes_nothing():
    assert compute("form.in || form.later > 1", BOOLEAN) is True
    assert compute("form.later > 1 || form.in", BOOLEAN) is True


@pytest.mark.parametrize(
    ("cel", "kind", "what"),
    [
        ("form.cuont", INTEGER, "form.cuont"),
        ("form.count + form.area", NUMBER, "+ does not go with integer + number"),
        ("form.count", TEXT, "gives integer, and the type says text"),
        ("[1, 2]", INTEGER, "gives list"),
        ("'a' + 'b'", TEXT, "+ does not go with text + text"),  # texts are chosen, never built
        ("[1, 2].all(x, x > 0)", BOOLEAN, "no function all"),
        ("[1].map(form.count, form.count)", INTEGER, "no function map"),
        ("has(form.count)", BOOLEAN, "no function has"),
        ("form.city.matches('(a+)+$')", BOOLEAN, "no function form.city.matches"),
        ("timestamp('2026-01-01T00:00:00Z')", DATE, "no function timestamp"),
        ("now()", DATE, "no function now"),
        ("dyn(form.count)", INTEGER, "no function dyn"),
        ("type(form.count)", INTEGER, "no function type"),
        ("form.count == null", BOOLEAN, "null"),
        ("{'a': 1}", INTEGER, "At character 1"),
        ("__import__('os')", INTEGER, "no function __import__"),
        ("form.count; form.count", INTEGER, "At character 11"),
        ('"""a"""', TEXT, "At character 3"),
        ("r'a'", TEXT, "r"),
        ("b'a'", TEXT, "b"),
        ("5u", INTEGER, "u"),
        ("'\\u0041'", TEXT, "At character 1"),
        ("1 // one", INTEGER, "one"),
        ("form.count in [1, 2.5]", BOOLEAN, "all of one kind"),
        ("form.count in [1, 'a']", BOOLEAN, "all of one kind"),
        ("form.count in []", BOOLEAN, "all of one kind"),
        ("form.count in [[1]]", BOOLEAN, "all of one kind"),
        ("form.count in [1", BOOLEAN, "ends too early"),
        ("form.count +", INTEGER, "ends too early"),
        ("", INTEGER, "ends too early"),
        ("date(form.city)", DATE, "a day such as"),
        ("date('2026-02-30')", DATE, "a day such as"),
        ("years_between(form.count, person.born)", INTEGER, "form.count is not the name of a date"),
        ("years_between(person.born)", INTEGER, "Here , is missing"),
        ("person.born > form.count", BOOLEAN, "> does not go with date + integer"),
        ("99999999999999999999", INTEGER, "invalid int literal"),
    ],
)
def test_what_rules_do_not_need_is_no_formula(cel, kind, what):
    with pytest.raises(FormulaInvalid) as refused:
        Formula(cel, kind, TYPES)

    assert what in str(refused.value)
    assert str(refused.value) == refused.value.message.format(**refused.value.values)


@pytest.mark.parametrize(
    ("cel", "what"),
    [
        ("(" * 400 + "1" + ")" * 400, "nests too deep"),
        ("1" + " + 1" * 240, "nests too deep"),
        ("1" + " + 1" * 1000, "longer than 1000 characters"),
        ("form.in ? 1 : " * 60 + "2", "nests too deep"),
    ],
)
def test_what_is_huge_is_refused_before_it_costs_anything(cel, what):
    with pytest.raises(FormulaInvalid) as refused:
        Formula(cel, INTEGER, TYPES)

    assert what in str(refused.value)


def test_a_formula_with_too_many_names_is_refused():
    types = {f"form.n{place}": BOOLEAN for place in range(MOST_NAMES + 1)}
    most = " && ".join(list(types)[:MOST_NAMES])

    with pytest.raises(FormulaInvalid):
        Formula(f"{most} && form.n{MOST_NAMES}", BOOLEAN, types)


def test_a_formula_names_what_it_looks_at():
    formula = Formula(
        "form.in || years_between(person.born, date('2020-01-01')) > 3", BOOLEAN, TYPES
    )

    assert formula.names == {"form.in", "person.born"}


def test_the_librarys_words_are_told_with_the_authors_names():
    with pytest.raises(FormulaInvalid) as refused:
        Formula("form.count.startsWith('a')", BOOLEAN, TYPES)

    assert "i0" not in str(refused.value)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab01.,()[]'\"+-*/%<>=!&|?: \nformcountinsizedate(){}\\ا", max_size=60))
def test_no_text_makes_the_compiler_fall_over(cel):
    for kind in ValueType:
        try:
            formula = Formula(cel, kind, TYPES)
        except FormulaInvalid:
            continue
        try:
            result = formula.evaluate(VALUES)
        except NotKnown:
            continue
        assert type(result) in (int, float, str, bool, date)


def test_evaluating_for_a_long_time_keeps_no_memory():
    def pages():
        return int(Path("/proc/self/statm").read_text().split()[1])

    formulas = [
        Formula("double(form.count) * form.area", NUMBER, TYPES),
        Formula("years_between(person.born, date('2026-01-01'))", INTEGER, TYPES),
        Formula("form.in && form.later > 1", BOOLEAN, TYPES),
    ]

    def evaluate():
        for _ in range(20_000):
            for formula in formulas:
                with contextlib.suppress(NotKnown):
                    formula.evaluate(VALUES)

    evaluate()
    before = pages()
    evaluate()

    assert pages() - before < 256, "less than 1 MB; a leak of the smallest object would be more"


@pytest.mark.parametrize(
    ("first", "second", "years"),
    [
        ("1988-03-21", "2006-03-20", 17),  # 1 Farvardin 1367, a day before 1 Farvardin 1385
        ("1988-03-21", "2006-03-21", 18),
        ("2001-03-20", "2002-03-20", 0),  # 30 Esfand 1379 to 29 Esfand 1380
        ("2001-03-20", "2002-03-21", 1),  # … to 1 Farvardin 1381
        ("2006-03-21", "1988-03-21", -18),
        ("2020-05-05", "2020-05-05", 0),
    ],
)
def test_years_are_those_of_the_solar_hijri_calendar(first, second, years):
    assert years_between(date.fromisoformat(first), date.fromisoformat(second)) == years


@given(st.dates(date(1800, 1, 1), date(2500, 1, 1)), st.dates(date(1800, 1, 1), date(2500, 1, 1)))
def test_days_and_years_go_together(first, second):
    days, years = days_between(first, second), years_between(first, second)

    assert years == -years_between(second, first)
    assert abs(days - years * 365.2422) < 368
