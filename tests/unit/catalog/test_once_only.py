"""The once-only gate (Q2): no form asks for what an authority already says, however it is worded."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_catalog.domain.checks import once_only
from panjareh_catalog.domain.checks.once_only import asked_again, faults, overrides
from panjareh_catalog.domain.known import Known, OfferedEvidence
from panjareh_catalog.domain.normalising import fa_norm

DECILE = OfferedEvidence(
    "income_decile",
    "welfare",
    {"fa": "دهک درآمدی خانوار", "en": "Household income decile"},
    {
        "decile": {"fa": "دهک درآمدی", "en": "Income decile"},
        "household_size": {"fa": "شمار اعضای خانوار", "en": "People in the household"},
    },
)
CIVIL = OfferedEvidence(
    "civil_identity",
    "civil_registry",
    {"fa": "شناسنامه", "en": "Birth certificate"},
    {
        "birth_date": {"fa": "تاریخ تولد", "en": "Date of birth"},
        "given_name": {"fa": "نام", "en": "Given name"},
    },
    ("سجل", "سند سجلی", "identity booklet"),
)
CHILDREN = OfferedEvidence(
    "children",
    "civil_registry",
    {"fa": "فرزندان", "en": "Children"},
    {
        "children": {"fa": "فهرست فرزندان", "en": "List of children"},
        "children.birth_date": {"fa": "تاریخ تولد", "en": "Date of birth"},
    },
)
KNOWN = Known(evidence={each.type: each for each in (DECILE, CIVIL, CHILDREN)})
OTHER = {"fa": "چیز دیگر", "en": "something else"}
GROUND = {
    "law": {"fa": "مادهٔ ۵ قانون نمونه", "en": "Article 5 of the Sample Act"},
    "reason": {"fa": "اصل سند باید دیده شود", "en": "The original has to be seen"},
}
FILE = {
    "type": "string",
    "format": "panjareh-file",
    "x-file": {"types": ["image/png"], "max_bytes": 1},
}


def card(evidence=(), **properties):
    wanted = [{"type": name, "title": OTHER, "purpose": OTHER} for name in evidence]
    form = {"type": "object", "additionalProperties": False, "properties": properties}
    return {"form": form, "evidence": wanted}


def found(name="thing", known=KNOWN, evidence=(), **field):
    """What a form with one such field is told to ask for."""
    field = {"type": "string", "x-title": OTHER} | field
    again = asked_again(card(evidence, **{name: field}), known)
    assert len(again) <= 1
    return (again[0].type, again[0].fact) if again else None


def fa(text):
    return {"fa": text, "en": "something else"}


def en(text):
    return {"fa": "چیز دیگر", "en": text}


@pytest.mark.parametrize(
    ("field", "match"),
    [
        ({"x-asks": "income_decile"}, ("income_decile", None)),
        ({"x-asks": "income_decile.decile"}, ("income_decile", "decile")),
        ({"x-asks": "children.children.birth_date"}, ("children", "children.birth_date")),
        ({"x-evidence": "income_decile"}, ("income_decile", None)),
        ({"name": "income_decile"}, ("income_decile", None)),
        ({"name": "birth_date"}, ("civil_identity", "birth_date")),
        ({"x-title": fa("دهک درآمدی")}, ("income_decile", "decile")),
        ({"x-title": fa("دهك‌ درآمدي شما")}, ("income_decile", "decile")),
        ({"x-title": fa("لطفاً تاریخِ تولد خود را وارد کنید:")}, ("civil_identity", "birth_date")),
        ({"x-title": fa("تاريخ\u200cتولد")}, ("civil_identity", "birth_date")),
        ({"x-title": en("Your date of birth?")}, ("civil_identity", "birth_date")),
        ({"x-title": en("What is your income decile")}, ("income_decile", "decile")),
        ({"x-title": en("PEOPLE in the household")}, ("income_decile", "household_size")),
        ({"x-title": fa("شناسنامه")}, ("civil_identity", None)),
        ({"x-title": fa("دهک‌های درآمدی")}, ("income_decile", "decile")),
        ({"x-title": fa("شناسنامه‌ها")}, ("civil_identity", None)),
        ({"x-title": en("Birth certificates")}, ("civil_identity", None)),
        (FILE | {"x-title": fa("کپی شناسنامه‌هایتان")}, ("civil_identity", None)),
        (FILE | {"x-title": en("Copies of all birth certificates")}, ("civil_identity", None)),
        (FILE | {"x-title": fa("تصویر شناسنامه")}, ("civil_identity", None)),
        (FILE | {"x-title": fa("کپی صفحهٔ اول شناسنامهٔ متقاضی")}, ("civil_identity", None)),
        (FILE | {"x-title": fa("اسکن سند سجلی")}, ("civil_identity", None)),
        (
            FILE | {"x-title": en("A scanned copy of the identity booklet")},
            ("civil_identity", None),
        ),
        (
            FILE | {"x-title": en("Photo of your birth certificate (all pages)")},
            ("civil_identity", None),
        ),
    ],
)
def test_it_is_recognised_however_it_is_worded(field, match):
    assert found(**field) == match


@pytest.mark.parametrize(
    "field",
    [
        {},
        {"name": "decile_of_spouse"},
        {"x-title": fa("نام کسب‌وکار")},
        {"x-title": fa("دلیل تغییر تاریخ تولد")},
        {"x-title": en("Date of birth of the seller")},
        {"x-asks": "newborn.birth_date"},
        {"name": "birth_date", "x-asks": "newborn.birth_date"},
        {"x-asks": "income_decile.of_last_year"},
        FILE | {"x-title": fa("تصویر محل کسب")},
        FILE | {"x-title": fa("شناسنامهٔ فرزندخوانده"), "x-asks": "adoption.certificate"},
        {"x-title": fa("شمارهٔ شناسنامهٔ خودرو")},
    ],
)
def test_what_is_something_else_is_left_alone(field):
    assert found(**field) is None


def test_a_title_without_end_is_looked_at_in_no_time():
    begun = time.thread_time()

    found(**FILE | {"x-title": fa("شناسنامه نیست " * 20_000)})

    assert time.thread_time() - begun < 2


def test_an_authors_word_does_not_make_the_same_title_another():
    """Whoever reads it is asked the same."""
    assert found(**{"x-title": fa("دهک درآمدی"), "x-asks": "my.decile"}) == (
        "income_decile",
        "decile",
    )


def test_what_stands_in_a_list_is_about_others():
    child = {"type": "object", "properties": {"birth_date": {"x-title": fa("تاریخ تولد")}}}
    people = {"type": "array", "x-title": OTHER, "items": child}

    assert asked_again(card(people=people), KNOWN) == []
    child["properties"]["birth_date"]["x-asks"] = "children.children.birth_date"
    [again] = asked_again(card(people=people), KNOWN)
    assert again.pointer == "/form/properties/people/items/properties/birth_date"


def test_what_a_condition_asks_for_is_asked_for():
    """Hiding a field behind a condition hides it from nobody."""
    form = {"then": {"properties": {"income": {"x-title": fa("دهک درآمدی")}}}, "if": {}}

    assert [a.pointer for a in asked_again({"form": form, "evidence": []}, KNOWN)] == [
        "/form/then/properties/income"
    ]


def test_a_field_that_two_places_speak_of_is_told_once():
    form = {
        "properties": {"income": {"x-title": OTHER}},
        "then": {
            "properties": {"income": {"x-title": fa("دهک درآمدی"), "x-asks": "income_decile"}}
        },
    }

    assert len(asked_again({"form": form, "evidence": []}, KNOWN)) == 1


def test_what_the_card_itself_asks_of_authorities_is_not_asked_of_people():
    """Also before the exchange has told that it is offered."""
    nothing = Known()

    assert found(known=nothing, evidence=["tax_record"], **{"x-asks": "tax_record"}) == (
        "tax_record",
        None,
    )
    assert found("tax_record", nothing, ["tax_record"]) == ("tax_record", None)
    assert found(known=nothing, **{"x-asks": "tax_record"}) is None


def test_a_refusal_names_the_rule_the_evidence_and_what_to_do():
    [fault] = faults(card(income={"type": "integer", "x-title": fa("دهک درآمدی")}), KNOWN)

    assert fault.pointer == "/form/properties/income"
    for named in ("Q2", "income_decile.decile", "`evidence`", "x-asks", "x-once-only-override"):
        assert named in fault.detail


def test_a_legal_ground_overrides_it_and_is_told():
    field = {"type": "string", "x-title": fa("تاریخ تولد"), "x-once-only-override": GROUND}
    overridden = card(born=field)

    assert list(faults(overridden, KNOWN)) == []
    [again] = asked_again(overridden, KNOWN)
    assert (again.type, again.fact, again.override) == ("civil_identity", "birth_date", GROUND)
    assert overrides(overridden) == [("/form/properties/born", field["x-title"], GROUND)]


@pytest.mark.parametrize(
    "ground",
    [
        True,
        {},
        GROUND["law"],
        {"law": GROUND["law"]},
        GROUND | {"law": "Article 5"},
        GROUND | {"reason": {"fa": "دلیل"}},
        GROUND | {"reason": {"fa": " ", "en": "reason"}},
        GROUND | {"until": "2030"},
    ],
)
def test_an_override_without_a_legal_ground_is_none(ground):
    field = {"type": "string", "x-title": fa("تاریخ تولد"), "x-once-only-override": ground}

    assert [fault.pointer for fault in faults(card(born=field), KNOWN)] == [
        "/form/properties/born/x-once-only-override",
        "/form/properties/born",
    ]
    assert overrides(card(born=field)) == []


@pytest.mark.parametrize(
    "asks", ["Income decile", "income_decile.", ".x", 5, "a..b", "دهک", "", [1], {"a": []}]
)
def test_what_a_field_asks_for_is_written_in_the_exchanges_words(asks):
    field = {"type": "string", "x-title": OTHER, "x-asks": asks}

    assert [fault.pointer for fault in faults(card(born=field), KNOWN)] == [
        "/form/properties/born/x-asks"
    ]


@given(st.recursive(st.none() | st.text() | st.integers(), lambda s: st.lists(s) | st.dictionaries(st.sampled_from(["properties", "items", "then", "x-title", "x-asks", "a", once_only.OVERRIDE]), s), max_leaves=20))  # fmt: skip
def test_a_form_that_is_none_is_left_to_others(form):
    list(faults({"form": form, "evidence": []}, KNOWN))


@given(st.sampled_from(["دهک درآمدی", "Date of birth"]), st.data())
def test_marks_spaces_and_foreign_letters_hide_nothing(title, data):
    """Every way of typing the same title is the same title."""
    ways = {"ی": "یي", "ک": "کك", " ": [" ", "\u200c", "  ", "\u00a0", "_"]}
    typed = "".join(
        data.draw(st.sampled_from([*ways.get(letter, letter)]))
        + data.draw(st.sampled_from(["", "\u064e", "\u0640", "\u200c"]))
        + data.draw(st.sampled_from(["", "", "\u00ad", "\u034f", "\ufe0f", "\u3164", "\U000e0100"]))
        for letter in title
    )

    assert found(**{"x-title": {"fa": typed, "en": "x"}}) is not None
    seen = once_only._UNSEEN.sub("", typed)
    assert fa_norm(seen).replace(" ", "") == fa_norm(title).replace(" ", "")
