"""Whatever stands in a card, both syntaxes say it, and say the same."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic

from panjareh_catalog.adapters.rdf import (
    PREFIXES,
    JsonLd,
    Turtle,
    address,
    merged,
    part_of_iri,
    ref,
    typed,
    words,
)

WINDOW = "https://window.example"
# Half of a surrogate pair has no UTF-8; no door lets one in.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def read(nodes) -> Graph:
    """The graph that both syntaxes hold."""
    graphs = []
    for syntax, form in ((Turtle(), "turtle"), (JsonLd(), "json-ld")):
        text = syntax.head(WINDOW) + syntax.nodes(nodes, first=True) + syntax.tail()
        graphs.append(Graph().parse(data=text.encode(), format=form))
    assert isomorphic(*graphs)
    return graphs[0]


@settings(max_examples=150, deadline=None)
@given(text=TEXT)
def test_a_text_arrives_as_it_is(text):
    graph = read([{"@id": "x", "dct:title": words({"fa": text, "en": text}), "dct:source": [text]}])

    said = set(graph.objects(URIRef(f"{WINDOW}/x")))
    assert said == {Literal(text, lang="fa"), Literal(text, lang="en"), Literal(text)}


@settings(max_examples=150, deadline=None)
@given(text=TEXT)
def test_whatever_somebody_calls_an_address_is_one_address(text):
    # Dots that stand alone in a path mean another place, and each reader resolves them when it likes.
    assume(not {".", ".."} & set(re.split(r"[/?#\\]", text)))
    graph = read(
        [
            {
                "@id": f"a/{part_of_iri(text)}",
                "@type": ["foaf:Document"],
                "panjareh:address": [ref(address(f"https://a.example/{text}"))],
            }
        ]
    )

    assert len(graph) == 2
    for iri in [*graph.subjects(), *graph.objects()]:
        assert isinstance(iri, URIRef)
        assert not set(str(iri)) & set('<>"{}|^`\\ \n')


@pytest.mark.parametrize("text", [".", "..", "a.b", ""])
def test_dots_are_no_way_to_another_place(text):
    [(subject, _, _)] = read([{"@id": f"a/{part_of_iri(text)}", "dct:valid": [True]}])

    assert str(subject) == f"{WINDOW}/a/{text}".replace("/..", "/%2E%2E").replace("/.", "/%2E")


def test_a_value_keeps_its_kind():
    graph = read(
        [
            {
                "@id": "x",
                "dct:extent": [5],
                "dct:valid": [True],
                "dct:type": [ref("skos:Concept")],
                "dct:date": [typed("P3D", "xsd:duration"), typed(4.25, "xsd:decimal")],
            }
        ]
    )

    said = {str(p).rpartition("/")[2]: o for p, o in graph.predicate_objects()}
    assert said["extent"].toPython() == 5
    assert said["valid"].toPython() is True
    assert said["type"] == URIRef(PREFIXES["skos"] + "Concept")
    kinds = {o.datatype for o in graph.objects(None, URIRef(PREFIXES["dct"] + "date"))}
    assert kinds == {URIRef(PREFIXES["xsd"] + name) for name in ("duration", "decimal")}


def test_what_is_not_said_is_left_out():
    assert len(read([{"@id": "x", "@type": ["foaf:Agent"], "dct:title": []}])) == 1


def test_of_several_nodes_with_one_id_the_first_is_told():
    nodes = [{"@id": "a", "n": [1]}, {"@id": "b", "n": [2]}, {"@id": "a", "n": [3]}]

    assert merged(nodes) == [{"@id": "a", "n": [1]}, {"@id": "b", "n": [2]}]
