import re
from datetime import date

import pytest
import yaml
from jsonschema import Draft202012Validator

from panjareh_sandbox.demo import (
    authorities_file,
    officers_file,
    personas,
    providers_file,
)
from panjareh_sandbox.demo.people import person_with
from panjareh_sandbox.national_id import is_national_id, make_national_id
from panjareh_sandbox.register import AUTHORITIES, Outcome, look_up
from panjareh_sandbox.sms import is_mobile_number

PERSIAN_NAME = re.compile(r"[آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیئ ]+")
PERSONAS = {persona.key: persona for persona in personas()}


def _load(file, name):
    return yaml.safe_load(file.read_text(encoding="utf-8"))[name]


PROVIDERS = _load(providers_file(), "providers")
OFFICERS = _load(officers_file(), "officers")
AUTHORITY_ROWS = _load(authorities_file(), "authorities")
FACT_SCHEMAS = {
    evidence_type["name"]: evidence_type["schema"]
    for provider in PROVIDERS
    for evidence_type in provider["evidence_types"]
}


@pytest.mark.parametrize("persona", personas(), ids=lambda persona: persona.key)
def test_a_persona_is_a_complete_and_valid_person(persona):
    assert is_national_id(persona.national_id)
    assert is_mobile_number(persona.mobile)
    assert PERSIAN_NAME.fullmatch(persona.given_name)
    assert PERSIAN_NAME.fullmatch(persona.family_name)
    assert persona.name_en.isascii()
    assert set(persona.shows) == {"fa", "en"}
    for answer in persona.instead_of_facts.values():
        assert set(answer.reason) == {"fa", "en"}


def test_no_two_personas_share_a_key_a_national_id_or_a_mobile_number():
    people = personas()

    for name in ("key", "national_id", "mobile"):
        assert len({getattr(persona, name) for persona in people}) == len(people)


def test_made_up_national_ids_never_meet_a_persona():
    last_made_up = make_national_id(89_999_999)

    assert min(persona.national_id for persona in personas()) > last_made_up


@pytest.mark.parametrize("evidence_type", sorted(FACT_SCHEMAS))
def test_the_registers_answer_in_the_shape_that_the_providers_file_promises(evidence_type):
    everybody = [persona.national_id for persona in personas()]
    everybody += [make_national_id(n) for n in range(50)]
    validator = Draft202012Validator(FACT_SCHEMAS[evidence_type])

    findings = [look_up(evidence_type, national_id) for national_id in everybody]

    answered = [found for found in findings if found.outcome is Outcome.ANSWERED]
    assert len(answered) > 50
    for found in answered:
        validator.validate(dict(found.facts))


@pytest.mark.parametrize(
    ("key", "evidence_type", "outcome"),
    [
        ("granted", "income_decile", Outcome.ANSWERED),
        ("no_welfare_record", "income_decile", Outcome.NOTHING_HELD),
        ("no_welfare_record", "civil_identity", Outcome.ANSWERED),
        ("welfare_refuses", "income_decile", Outcome.REFUSED),
        ("no_civil_record", "civil_identity", Outcome.NOTHING_HELD),
    ],
)
def test_a_persona_gets_the_answer_they_are_there_to_show(key, evidence_type, outcome):
    found = look_up(evidence_type, PERSONAS[key].national_id)

    assert found.outcome is outcome
    assert (found.facts is None) == (found.reason is not None)


def test_a_person_nobody_made_up_by_hand_has_facts_that_never_change():
    national_id = make_national_id(7)

    person = person_with(national_id)

    assert person == person_with(national_id)
    assert (person.given_name, person.family_name) == ("آزمون", "نمونه")
    assert person.birth_date == date(1990, 1, 1)
    assert person.alive


def test_made_up_people_live_in_every_decile():
    deciles = {person_with(make_national_id(n)).decile for n in range(300)}

    assert deciles == set(range(1, 11))


def test_an_officer_is_a_persona_and_works_at_a_known_authority():
    authorities = {row["code"] for row in AUTHORITY_ROWS}
    by_national_id = {persona.national_id: persona for persona in personas()}

    for officer in OFFICERS:
        persona = by_national_id[officer["national_id"]]
        assert officer["authority"] in authorities
        assert set(officer["roles"]) <= {"officer", "publisher"}
        assert officer["password"].startswith("sandbox-")
        assert len(officer["password"]) >= 15
        for name in ("mobile", "given_name", "family_name"):
            assert officer[name] == getattr(persona, name)
        assert date.fromisoformat(officer["birth_date"]) == persona.birth_date


def test_the_providers_file_names_the_authorities_that_the_program_runs():
    served = {
        provider["code"]: tuple(row["name"] for row in provider["evidence_types"])
        for provider in PROVIDERS
    }

    assert served == dict(AUTHORITIES)
    for provider in PROVIDERS:
        assert provider["url"] == f"${{PANJAREH_PROVIDER_{provider['code'].upper()}_URL}}"
        assert set(provider["name"]) == {"fa", "en"}


@pytest.mark.parametrize("evidence_type", sorted(FACT_SCHEMAS))
def test_the_facts_of_an_evidence_type_are_described_by_a_closed_schema(evidence_type):
    schema = FACT_SCHEMAS[evidence_type]

    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == set(schema["properties"])


def test_a_parent_authority_is_listed_before_its_children():
    seen = set()

    for row in AUTHORITY_ROWS:
        assert row["parent"] is None or row["parent"] in seen
        assert set(row["name"]) == {"fa", "en"}
        seen.add(row["code"])
