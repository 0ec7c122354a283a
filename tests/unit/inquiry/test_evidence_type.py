"""An evidence type, as others are told of it: told anew only when it changed, withdrawn, and offered again."""

import pytest
import yaml
from marshmallow import ValidationError

from panjareh_common.testing.aggregates import AT, given, then
from panjareh_inquiry.application.offers import terms_of
from panjareh_inquiry.domain.evidence_type import EvidenceType, stream_of
from panjareh_inquiry.schemas import ProvidersSchema
from panjareh_sandbox.demo import services_dir

TEXTS = {"fa": "متن", "en": "text"}
OFFERED = {
    "name": "income_decile",
    "personal": True,
    "required_loa": 2,
    "legal_basis": TEXTS,
    "schema": {
        "type": "object",
        "properties": {
            "decile": {"type": "integer", "x-title": {"fa": "دهک", "en": "Decile"}},
            "members": {
                "type": "array",
                "items": {"properties": {"birth_date": {"type": "string"}}},
            },
        },
    },
}
TERMS = terms_of(OFFERED, "welfare", None)
registered = (EvidenceType.Registered, {"name": "income_decile"})
published = (EvidenceType.Published, {"name": "income_decile"} | TERMS.content())
withdrawn = (EvidenceType.Withdrawn, {"name": "income_decile"})


def test_it_is_told_when_it_is_first_connected():
    evidence_type = EvidenceType.register("income_decile", AT)

    assert evidence_type.publish(TERMS, AT)

    assert then(evidence_type) == [registered, published]
    assert evidence_type.id == stream_of("income_decile")


def test_connecting_it_again_tells_nothing():
    evidence_type = given(EvidenceType, registered, published)

    assert not evidence_type.publish(TERMS, AT)

    assert then(evidence_type) == []


def test_a_change_is_told():
    evidence_type = given(EvidenceType, registered, published)

    assert evidence_type.publish(terms_of(OFFERED | {"title": TEXTS}, "welfare", None), AT)

    [(_, told)] = then(evidence_type)
    assert told["titles"] == TEXTS


def test_it_is_withdrawn_once_and_may_be_offered_again():
    evidence_type = given(EvidenceType, registered, published)

    assert evidence_type.withdraw(AT)
    assert not evidence_type.withdraw(AT)
    assert evidence_type.publish(TERMS, AT)

    assert then(evidence_type) == [withdrawn, published]


def test_what_was_never_offered_is_not_withdrawn():
    assert not given(EvidenceType, registered).withdraw(AT)


def test_facts_are_told_with_their_titles_also_those_in_a_list():
    assert TERMS.facts == [
        {"name": "decile", "title": {"fa": "دهک", "en": "Decile"}},
        {"name": "members", "title": {"fa": "members", "en": "members"}},
        {"name": "members.birth_date", "title": {"fa": "birth date", "en": "birth date"}},
    ]


def test_what_has_no_title_is_called_by_its_name_and_its_provider_is_the_authority():
    assert TERMS.titles == {"fa": "income decile", "en": "income decile"}
    assert (TERMS.provider, TERMS.authority) == ("welfare", "welfare")
    assert terms_of(OFFERED, "welfare_system", "welfare").authority == "welfare"


def a_file(**changes):
    offered = OFFERED | changes.pop("offered", {})
    provider = {
        "code": "welfare",
        "name": TEXTS,
        "url": "http://welfare.example",
        "timeout_seconds": 3,
        "evidence_types": [offered],
    }
    return {"providers": [provider]} | changes


def test_a_file_from_before_titles_is_still_taken():
    [provider] = ProvidersSchema().load(a_file())["providers"]

    assert provider["authority"] is None
    assert provider["evidence_types"][0]["synonyms"] == {"fa": [], "en": []}


@pytest.mark.parametrize(
    "changes",
    [
        {"offered": {"schema": {"properties": {"a": {"pattern": "(?=a)"}}}}},
        {"offered": {"schema": {"$ref": "#/x"}}},
        {"offered": {"title": {"fa": "متن"}}},
        {"offered": {"synonyms": {"fr": []}}},
        {"withdrawn": ["income_decile"]},
        {"withdrawn": ["Not A Name"]},
        {"providers": a_file()["providers"] * 2},
        {"more": 1},
    ],
)
def test_a_file_that_does_not_fit_is_refused(changes):
    with pytest.raises(ValidationError):
        ProvidersSchema().load(a_file(**changes))


def test_every_evidence_type_of_the_sandbox_can_be_told_and_has_a_title():
    file = services_dir().parent / "providers.yaml"

    for provider in ProvidersSchema().load(yaml.safe_load(file.read_text("utf-8")))["providers"]:
        for offered in provider["evidence_types"]:
            terms = terms_of(offered, provider["code"], provider["authority"])
            assert offered["title"], f"{offered['name']} is told without a title"
            assert terms.facts
