"""The export is CPSV-AP 3.2 that conforms to the official shapes, in either syntax, and what is missing is caught."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pyshacl import validate
from rdflib import RDF, SH, Graph, URIRef
from rdflib.compare import isomorphic

from panjareh_catalog.adapters.cpsv import nodes_of
from panjareh_catalog.adapters.cpsv_vocabulary import CONCEPTS, TERMS, vocabulary
from panjareh_catalog.adapters.rdf import PREFIXES, JsonLd, Turtle
from panjareh_catalog.application.exports import ExportedAuthority, ExportedService, Exports
from panjareh_catalog.domain.card_formats import raised
from panjareh_catalog.domain.refusals import UnknownService
from panjareh_sandbox.demo import services_dir

ROOT = Path(__file__).parents[3]
SPECS = Path(os.environ.get("PANJAREH_SPECS_DIR", ROOT.parent / "shared/specs"))
SHAPES = SPECS / "cpsv-ap-3.2.0-shacl.ttl"
WINDOW = "https://window.example"
AT = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)

needs_shapes = pytest.mark.skipif(not SHAPES.exists(), reason=f"{SHAPES} is not there")

CARD = yaml.safe_load(
    """
code: PASS-001
authority: police
parent: PASS-000
sample: true
name: {fa: گذرنامه, en: Passport}
description: {fa: "گذرنامه می‌گیرید: «تازه» یا \\"تعویضی\\".", en: "You get a passport, new or in exchange\\\\renewal."}
guide: {fa: "گام نخست.\\n\\nگام دوم.", en: "First.\\n\\nSecond."}
keywords: {fa: [پاسپورت, سفر], en: [travel document]}
life_events: [travelling_abroad]
audience: persons
for_groups: [expatriates]
eligibility: [{fa: تابعیت ایران, en: Citizenship of Iran}]
required_loa: 3
decision_mode: rules
time_limit_days: 10
when_time_passes: {what: granted, fa: پذیرفته, en: Granted}
fee:
  amount: 900000
  currency: IRR
  parts: [{fa: دفترچه, en: Booklet, amount: 900000}]
  exemptions: [{fa: ایثارگران, en: Veterans}]
retention: {days: 3650, fa: برای سابقه, en: For the record}
channels:
  - {channel: web, open: always, promised_availability: 0.995, address: "https://passport.example/a b?q=<x>"}
  - {channel: counter, open: {days: [saturday, sunday], from: "08:00", to: "14:00"}, on_holidays: false}
  - {channel: phone, open: null}
hours: {fa: شبانه‌روزی, en: Day and night}
steps: [{fa: پر کنید., en: Fill in., minutes: 5, media: [{id: 5fec, kind: image, fa: فرم, en: The form}]}, {fa: بگیرید., en: Fetch it., minutes: 60}]
form: {type: object, additionalProperties: false, properties: {}}
evidence:
  - {type: civil_identity, title: {fa: سند سجلی, en: Civil record}, purpose: {fa: سنجش هویت, en: To check who you are}}
rules:
  version: 1
  law: {fa: قانون گذرنامه, en: Passport act}
  rows: [{id: eligible, when: {applicant.loa: {ge: 3}}, outcome: granted, reason: {fa: شرط‌ها هست, en: Conditions met}}]
output: {kind: passport, title: {fa: گذرنامه, en: Passport}, valid_days: 1825}
appeal: {fa: اعتراض کنید., en: Appeal here.}
legal_basis: {fa: قانون گذرنامه, en: Passport act}
"""
)
AUTHORITIES = (
    ExportedAuthority("police", {"fa": "پلیس", "en": "Police"}, parent="interior"),
    ExportedAuthority(
        "interior", {"fa": "کشور", "en": "Interior"}, place={"fa": "تهران", "en": "Tehran"}
    ),
)


def exported(card, **said):
    authorities = [
        ExportedAuthority(card["authority"], {"fa": "دستگاه", "en": "Authority"}),
    ]
    known = {"version": 1, "standing": "published", "published_at": AT, "authorities": authorities}
    return ExportedService(code=card["code"], card=raised(card), **known | said)


def a_whole_one() -> ExportedService:
    """The service of a card that says all that a card can say."""
    return exported(
        CARD,
        version=3,
        standing="suspended",
        authorities=AUTHORITIES,
        life_events={"travelling_abroad": {"fa": "سفر", "en": "Travelling abroad"}},
        evidence_sources={"civil_identity": "civil_registry"},
        rated=7,
        rating_mean=4.25,
    )


def everything() -> list[ExportedService]:
    """That one, and every card that is shipped."""
    files = sorted(services_dir().glob("*.yaml"))
    cards = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in files]
    return [a_whole_one(), *(exported(card) for card in cards if card["code"] != CARD["code"])]


class Kept:
    """The ExportedServices port over a list."""

    def __init__(self, services) -> None:
        self.services = sorted(services, key=lambda service: service.code)

    def tag(self):
        return "tag"

    def page(self, after, limit):
        return [s for s in self.services if after is None or s.code > after][:limit]

    def one(self, code):
        return next((s for s in self.services if s.code == code), None)


def whole(services, syntax) -> str:
    exports, after, text = Exports(Kept(services), nodes_of, vocabulary), None, ""
    while True:
        part = exports.whole(syntax, WINDOW, after)
        text += part["text"]
        after = part["next"]
        if after is None:
            return text


def read(text: str, form: str) -> Graph:
    return Graph().parse(data=text, format=form)


@pytest.fixture(scope="module")
def turtle() -> str:
    return whole(everything(), Turtle())


@pytest.fixture(scope="module")
def graph(turtle) -> Graph:
    return read(turtle, "turtle")


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return Graph().parse(SHAPES)


def faults(graph: Graph, shapes: Graph) -> set[tuple]:
    """What pySHACL finds: of which node which property. Nothing is inferred: a class is typed or missing."""
    conforms, found, _ = validate(graph, shacl_graph=shapes, inference="none")
    named = {
        (found.value(each, SH.focusNode), found.value(each, SH.resultPath))
        for each in found.subjects(RDF.type, SH.ValidationResult)
    }
    assert conforms is not bool(named)
    return named


@needs_shapes
def test_the_whole_export_conforms_to_the_official_shapes(graph, shapes):
    assert len(set(graph.subjects(RDF.type, term("cpsv:PublicService")))) == len(everything())

    assert faults(graph, shapes) == set()


def test_both_syntaxes_say_the_same(graph):
    assert isomorphic(graph, read(whole(everything(), JsonLd()), "json-ld"))


def term(name: str) -> URIRef:
    prefix, _, rest = name.partition(":")
    return URIRef(PREFIXES[prefix] + rest)


# Of every class that the export uses and the shapes want something of: each property that must be there.
MANDATORY = {
    "cpsv:PublicService": (
        "dct:identifier",
        "dct:title",
        "dct:description",
        "m8g:hasCompetentAuthority",
    ),
    "m8g:PublicOrganisation": ("skos:prefLabel", "dct:spatial"),
    "m8g:Channel": ("dct:identifier",),
    "m8g:Cost": ("dct:identifier",),
    "m8g:Output": ("dct:identifier", "dct:title"),
    "m8g:Evidence": ("dct:identifier", "dct:title"),
    "m8g:EvidenceType": ("dct:identifier",),
    "m8g:Requirement": ("dct:identifier", "dct:title"),
    "cpsv:Rule": ("dct:identifier", "dct:title", "dct:description"),
    "m8g:Event": ("dct:identifier", "dct:title"),
    "dcat:Dataset": ("dct:title", "dct:description", "dct:publisher"),
    "foaf:Agent": ("dct:identifier", "dct:title"),
}


@needs_shapes
@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, names in MANDATORY.items() for name in names]
)
def test_a_mandatory_property_that_is_missing_is_caught(kind, name, shapes):
    graph = read(whole([a_whole_one()], Turtle()), "turtle")
    node = sorted(graph.subjects(RDF.type, term(kind)))[0]
    assert (node, term(name), None) in graph

    graph.remove((node, term(name), None))

    assert faults(graph, shapes) == {(node, term(name))}


@needs_shapes
def test_the_list_of_mandatory_properties_is_that_of_the_shapes(graph, shapes):
    """For every class of the export: what the shapes count at least once of, and nothing else."""
    used = set(graph.objects(None, RDF.type))
    wanted = {
        (target, path)
        for shape, target in shapes.subject_objects(SH.targetClass)
        if target in used
        for constraint in shapes.objects(shape, SH.property)
        if any(int(count) for count in shapes.objects(constraint, SH.minCount))
        for path in shapes.objects(constraint, SH.path)
    }

    assert wanted == {
        (term(kind), term(name)) for kind, names in MANDATORY.items() for name in names
    }


@needs_shapes
@pytest.mark.parametrize(
    "kind", ["skos:Concept", "dct:Location", "dct:LinguisticSystem", "org:Organization"]
)
def test_a_code_or_a_place_without_its_class_is_caught(kind, shapes):
    graph = read(whole([a_whole_one()], Turtle()), "turtle")

    graph.remove((None, RDF.type, term(kind)))

    assert faults(graph, shapes)


def test_every_text_has_its_language(graph):
    tagged = ("dct:title", "dct:description", "skos:prefLabel", "dcat:keyword", "panjareh:appeal")
    for name in tagged:
        texts = list(graph.objects(None, term(name)))
        assert texts
        assert {text.language for text in texts} <= {"fa", "en"}, name


def test_what_a_card_says_is_in_the_export(graph):
    service = URIRef(f"{WINDOW}/api/v1/services/PASS-001")

    def said(name, of=service):
        return {value.toPython() for value in graph.objects(of, term(name))}

    assert said("dct:identifier") == {"PASS-001"}
    assert CARD["description"]["fa"] in said("dct:description")
    assert CARD["description"]["en"] in said("dct:description")
    assert said("panjareh:guide") == set(CARD["guide"].values())
    assert said("panjareh:requiredAssuranceLevel") == {3}
    assert said("panjareh:sample") == {True}
    assert said("panjareh:ratingCount") == {7}
    assert said("panjareh:appeal") == set(CARD["appeal"].values())
    steps = list(graph.objects(service, term("panjareh:step")))
    assert sorted(said("panjareh:order", of=steps[0]) | said("panjareh:order", of=steps[1])) == [
        1,
        2,
    ]
    media = URIRef(f"{service}#step-1-media-1")
    assert said("panjareh:media", of=URIRef(f"{service}#step-1")) == {str(media)}
    assert said("dct:description", of=media) == {"فرم", "The form"}
    assert said("rdfs:seeAlso", of=media) == {f"{WINDOW}/media/5fec"}
    evidence = URIRef(f"{service}#evidence-civil_identity")
    assert said("panjareh:onceOnlySource", of=evidence) == {
        f"{WINDOW}/api/v1/authorities/civil_registry"
    }
    web = URIRef(f"{service}#channel-web")
    assert said("panjareh:address", of=web) == {"https://passport.example/a%20b?q=%3Cx%3E"}


def test_every_term_of_ours_that_is_used_is_described(graph):
    described = read(whole_vocabulary(), "turtle")
    ours = {
        each
        for triple in graph
        for each in triple
        if isinstance(each, URIRef) and str(each).startswith(PREFIXES["panjareh"])
    }

    assert ours
    assert ours <= set(described.subjects())


def whole_vocabulary() -> str:
    return str(Exports(Kept([]), nodes_of, vocabulary).vocabulary(Turtle(), WINDOW)["text"])


def test_the_page_of_the_vocabulary_names_every_term():
    page = (ROOT / "docs/reference/vocabulary.md").read_text(encoding="utf-8")
    names = [each.name for each in TERMS]
    names += [f"{scheme}-{code}" for scheme, codes in CONCEPTS.items() for code in codes]

    assert [name for name in names if f"`{name}`" not in page] == []


def test_an_empty_catalogue_is_still_a_document():
    for syntax, form in ((Turtle(), "turtle"), (JsonLd(), "json-ld")):
        graph = read(whole([], syntax), form)
        assert list(graph.subjects(RDF.type, term("dcat:Dataset")))


def test_parts_that_come_one_after_the_other_are_one_document():
    many = [exported(CARD | {"code": f"PASS-{number:03}"}) for number in range(230)]

    graphs = [
        read(whole(many, s), form) for s, form in ((Turtle(), "turtle"), (JsonLd(), "json-ld"))
    ]

    for graph in graphs:
        assert len(set(graph.subjects(RDF.type, term("cpsv:PublicService")))) == 230
    assert len(graphs[0]) == len(graphs[1])


def test_a_service_that_is_not_there_is_refused():
    with pytest.raises(UnknownService):
        Exports(Kept([]), nodes_of, vocabulary).one(Turtle(), WINDOW, "NONE-001")


@pytest.mark.parametrize(
    "text", ["\u0000\u0001\u001f", '"\\\n\r\t\b\f', "</a> <b>", "\u200c\u200f\ufeff", "😀 \u2028"]
)
def test_whatever_a_text_holds_it_arrives_as_it_is(text):
    card = CARD | {"appeal": {"fa": text, "en": text}}
    for syntax, form in ((Turtle(), "turtle"), (JsonLd(), "json-ld")):
        graph = read(whole([exported(card)], syntax), form)
        assert {str(said) for said in graph.objects(None, term("panjareh:appeal"))} == {text}
