"""The shipped catalogue: every service that the reports name, whole, in plain and correct words, and marked as a sample."""

import re
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from tests.filling import filled

from panjareh_catalog.adapters.card_schema import read_card
from panjareh_catalog.adapters.media_formats import cleaned
from panjareh_catalog.domain.known import Known, KnownService, OfferedEvidence
from panjareh_common.forms import FormValidator
from panjareh_common.rules import read_rules
from panjareh_sandbox.demo import (
    authorities_file,
    life_events_file,
    officers_file,
    providers_file,
    services_dir,
)

CARDS = {
    file.stem: yaml.safe_load(file.read_text(encoding="utf-8"))
    for file in sorted(services_dir().glob("*.yaml"))
}
# Requirement C6, phrase by phrase, and the services that answer it.
NAMED = {
    "birth certificate": ["CERT-001"],
    "identity booklet": ["CERT-002", "CERT-004"],
    "death registration": ["CERT-003"],
    "smart national card: issue": ["CARD-001"],
    "smart national card: duplicate": ["CARD-002"],
    "smart national card: PIN reset": ["CARD-003"],
    "driving licence: issue": ["DRV-001"],
    "driving licence: exchange": ["DRV-002"],
    "passport": ["PASS-001"],
    "vehicle transfer": ["VEH-001"],
    "accident notice": ["VEH-002"],
    "building permit": ["MUN-001", "MUN-010"],
    "renovation": ["MUN-002"],
    "school certificates": ["EDU-001"],
    "transcripts sent straight to universities": ["EDU-002"],
    "health announcements": ["HLT-001"],
    "vaccine sign-up by city": ["HLT-002"],
    "subsidy sign-up": ["SUB-003"],
    "free internet for the three lowest income deciles": ["INET-001"],
    "journalists' scheme": ["JRN-001"],
    "child-bearing scheme": ["FAM-001"],
    "school-book orders": ["EDU-003"],
    "business permits": ["BIZ-001"],
    "guild permits": ["BIZ-002"],
    "home-business permits": ["BIZ-005"],
}
WITH_AN_APPOINTMENT = ["CARD-001", "CARD-002", "CARD-003"]
# fmt: off
WHOLE = {
    "code", "authority", "sample", "name", "description", "guide", "keywords", "life_events", "audience",
    "eligibility", "required_loa", "decision_mode", "time_limit_days", "when_time_passes", "fee", "retention",
    "hours", "channels", "steps", "form", "evidence", "appeal", "legal_basis",
}
WHERE_IT_FITS = {"applicants", "appointment", "payment", "parent", "for_groups", "fits", "renews", "rules", "output"}
# fmt: on
PERSIAN = re.compile("[\u0600-\u06ff]")
ARABIC_LETTERS = re.compile("[يكة]")  # Arabic forms that a Persian text must not contain
# What a half-space joins, and careless typing parts or runs together.
PARTED = re.compile(r"(?<![آ-ی])(?:ن?می) (?=[آ-ی])|(?<=[آ-ی]) (?:ها|های|هایی|ترین)(?![آ-ی\u200c])")
LATIN_MARKS = re.compile(r"[,;?](?![0-9])")
LATIN_DIGITS = re.compile("[0-9]")


def _load(file, name):
    return yaml.safe_load(file.read_text(encoding="utf-8"))[name]


PROVIDERS = _load(providers_file(), "providers")
EVIDENCE = {row["name"]: row for provider in PROVIDERS for row in provider["evidence_types"]}
MEDIA = sorted((services_dir() / "media").iterdir())
LIFE_EVENTS = _load(life_events_file(), "life_events")


def _medium_id(file):
    return sha256(file.read_bytes()).hexdigest()


def _fact_titles(schema, before=""):
    for name, fact in schema["properties"].items():
        yield f"{before}{name}", fact["x-title"]
        if fact["type"] == "array":
            yield from _fact_titles(fact["items"], f"{before}{name}.")


KNOWN = Known(
    authorities={row["code"] for row in _load(authorities_file(), "authorities")},
    services={
        code: KnownService(card["authority"], card.get("parent")) for code, card in CARDS.items()
    },
    evidence={
        row["name"]: OfferedEvidence(
            row["name"],
            provider["code"],
            row["title"],
            dict(_fact_titles(row["schema"])),
            (*row["synonyms"]["fa"], *row["synonyms"]["en"]),
        )
        for provider in PROVIDERS
        for row in provider["evidence_types"]
    },
    life_events={row["code"]: row["name"] for row in LIFE_EVENTS},
    media={_medium_id(file): "image" for file in MEDIA},
)


@pytest.fixture(params=sorted(CARDS))
def card(request):
    return CARDS[request.param]


def _bilinguals(node, pointer=""):
    """Every mapping that has a text in a language, and where it stands; keywords are lists of words."""
    if isinstance(node, dict):
        if isinstance(node.get("fa"), str) or isinstance(node.get("en"), str):
            yield pointer, node
        for name, child in node.items():
            yield from _bilinguals(child, f"{pointer}/{name}")
    elif isinstance(node, list):
        for place, child in enumerate(node):
            yield from _bilinguals(child, f"{pointer}/{place}")


def test_every_service_that_the_reports_name_is_in_the_catalogue_and_no_other():
    assert sorted(CARDS) == sorted(code for codes in NAMED.values() for code in codes)


def test_the_sandboxs_page_lists_every_service(card):
    page = (Path(__file__).parents[3] / "libs/sandbox/README.md").read_text(encoding="utf-8")
    evidence = ", ".join(f"`{row['type']}`" for row in card["evidence"]) or "none"
    name = card["name"]

    assert (
        f"| {card['code']} | {name['en']} ({name['fa']}) | {card['authority']} | {card['decision_mode']} | {evidence} |"
        in page
    )


def test_the_catalogue_takes_every_card(card):
    _, faults = read_card(card, KNOWN)

    assert [(fault.pointer, fault.detail) for fault in faults] == []


def test_an_identity_card_is_whole(card):
    assert set(card) - WHERE_IT_FITS == WHOLE
    assert ("rules" in card) == (card["decision_mode"] == "rules")
    assert card["sample"] is True
    assert CARDS[card["code"]] is card  # the file is named after the code
    assert card["keywords"]["fa"] and card["keywords"]["en"]
    assert {"web"} <= {channel["channel"] for channel in card["channels"]}
    assert all(channel["open"] for channel in card["channels"])


def test_a_card_says_that_it_is_a_sample_in_words_too(card):
    assert "نمونه" in card["legal_basis"]["fa"]
    assert "sample" in card["legal_basis"]["en"]


def test_a_guide_leads_from_before_the_beginning_to_after_the_end(card):
    paragraphs = {language: text.strip().split("\n\n") for language, text in card["guide"].items()}

    assert len(paragraphs["fa"]) == len(paragraphs["en"]) >= 4
    # Plain sentences: what is long is not read.
    for sentence in re.split(r"[.؟:؛\n]", card["guide"]["fa"]):
        assert len(sentence.split()) <= 30, sentence


def test_every_text_is_there_in_both_languages(card):
    texts = list(_bilinguals(card))

    assert len(texts) > 10
    for pointer, text in texts:
        beside = {
            "minutes",
            "code",
            "amount",
            "what",
            "days",
            "media",
            "id",
            "kind",
            "from",
            "words",
            "when",
            "within_days",
            "move_until_hours",
            "no_show",
        }
        assert set(text) - beside == {"fa", "en"}, pointer
        assert PERSIAN.search(text["fa"]) and text["en"].strip(), pointer


def test_persian_is_typed_as_persian(card):
    for pointer, text in _bilinguals(card):
        words = text["fa"]
        assert not ARABIC_LETTERS.search(words), pointer
        assert not PARTED.search(words), (pointer, PARTED.search(words))
        assert not LATIN_MARKS.search(words), pointer
        if not pointer.endswith("/x-help"):  # there a code is shown as it is typed
            assert not LATIN_DIGITS.search(words), pointer


def test_a_picture_is_small_free_of_its_makers_traces_and_used():
    named = {
        medium["id"]
        for card in CARDS.values()
        for step in card["steps"]
        for medium in step.get("media", [])
    }

    assert named == {_medium_id(file) for file in MEDIA}
    for file in MEDIA:
        content = file.read_bytes()
        assert len(content) < 20_000
        assert cleaned(content).content == content


def test_what_needs_presence_is_by_appointment():
    for code in WITH_AN_APPOINTMENT:
        assert any("نوبت" in step["fa"] for step in CARDS[code]["steps"])


def test_a_form_is_a_closed_schema_whose_fields_have_titles(card):
    form = card["form"]

    Draft202012Validator.check_schema(form)
    assert form["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert form["additionalProperties"] is False
    assert set(form["required"]) <= set(form["properties"])
    for field in form["properties"].values():
        assert set(field["x-title"]) == {"fa", "en"}
        assert set(field.get("enum", [])) == set(field.get("x-enum-titles", {}))


def test_a_person_reads_why_each_thing_is_asked(card):
    silent = {
        name
        for name, field in card["form"]["properties"].items()
        if field["type"] != "boolean" and "x-purpose" not in field
    }

    assert silent == set()


def test_a_form_can_be_filled_in_from_what_it_says_itself(card):
    FormValidator(card["form"]).check(filled(card["form"]), "en")


def test_a_part_that_depends_on_an_answer_is_asked_for_after_that_answer(card):
    for part in card["form"].get("allOf", []):
        [(name, wanted)] = part["if"]["properties"].items()
        form = filled(card["form"]) | {name: wanted["const"]}
        for asked in part["then"]["required"]:
            form.pop(asked, None)

        missing = {
            error.validator for error in Draft202012Validator(card["form"]).iter_errors(form)
        }

        assert missing == {"required"}


def test_each_authority_has_an_officer_who_decides_what_rules_do_not(card):
    officers = _load(officers_file(), "officers")

    assert any(
        row["authority"] == card["authority"] and "officer" in row["roles"] for row in officers
    )


def test_every_life_event_of_the_vocabulary_is_a_word_in_both_languages():
    codes = [row["code"] for row in LIFE_EVENTS]

    assert len(set(codes)) == len(codes)
    for row in LIFE_EVENTS:
        assert PERSIAN.search(row["name"]["fa"]) and row["name"]["en"]


def test_evidence_is_asked_only_of_authorities_that_hold_it(card):
    types = [row["type"] for row in card["evidence"]]

    assert set(types) <= set(EVIDENCE)
    assert all(EVIDENCE[name]["required_loa"] <= card["required_loa"] for name in types)
    assert len(set(types)) == len(types)


def _decide(card, inputs):
    """The id of the row that decides; None where an officer does."""
    return read_rules(card["rules"]).decide(inputs).row


@pytest.mark.parametrize(
    ("alive", "decile", "plan", "row"),
    [
        (True, 2, "none", "eligible"),
        (True, 3, "basic", "eligible"),
        (True, 4, "none", "income_too_high"),
        (True, 1, "full", "has_full_plan"),
        (False, 2, "none", "deceased"),
    ],
)
def test_free_internet_goes_to_living_people_of_three_deciles_without_a_full_plan(
    alive, decile, plan, row
):
    inputs = {
        "civil_identity.alive": alive,
        "income_decile.decile": decile,
        "mobile_line.data_plan": plan,
    }

    assert _decide(CARDS["INET-001"], inputs) == row


def test_a_missing_fact_never_grants_free_internet():
    inputs = {"civil_identity.alive": True, "mobile_line.data_plan": "none"}

    assert _decide(CARDS["INET-001"], inputs) is None


@pytest.mark.parametrize(("decile", "row"), [(5, "eligible"), (6, "income_too_high")])
def test_the_subsidy_goes_to_five_deciles(decile, row):
    inputs = {"civil_identity.alive": True, "income_decile.decile": decile}

    assert _decide(CARDS["SUB-003"], inputs) == row


@pytest.mark.parametrize(
    ("activity", "workers", "area", "training", "row"),
    [
        ("sewing", 2, 20, False, "eligible"),
        ("food", 2, 20, True, "eligible"),
        ("food", 2, 20, False, "food_without_training"),
        ("sewing", 6, 20, False, "too_many_workers"),
        ("sewing", 5, 101, False, "too_large"),
    ],
)
def test_a_home_business_is_decided_from_the_form_alone(activity, workers, area, training, row):
    inputs = {
        "form.activity": activity,
        "form.workers": workers,
        "form.floor_area_m2": area,
        "form.hygiene_training": training,
    }

    assert _decide(CARDS["BIZ-005"], inputs) == row


def test_every_shipped_authority_has_a_total_that_says_it_is_a_sample():
    entries = yaml.safe_load(authorities_file().read_text(encoding="utf-8"))["authorities"]
    offered = [card["authority"] for card in CARDS.values()]

    for entry in entries:
        assert entry["sample"] is True, entry["code"]
        assert entry["services_total"] >= offered.count(entry["code"]), entry["code"]
