"""Writes linked data as Turtle or JSON-LD, part by part: what is written already is never looked at again.

Whoever describes something does it in nodes, which are JSON-LD 1.1 node objects: `@id`, `@type`, and a list of
values for each property. A value is a text, a whole number, a truth value, `ref(…)`, `typed(…)` or one of
`words(…)`. Names are compact (`dct:title`); an `@id` without a known prefix and without a scheme is relative to
the window's public address. Nodes of one `@id` may come in several parts: in RDF that is one thing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

Node = dict[str, Any]
Value = str | int | bool | dict[str, Any]

PREFIXES: Mapping[str, str] = {
    "adms": "http://www.w3.org/ns/adms#",
    "cpsv": "http://purl.org/vocab/cpsv#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "m8g": "http://data.europa.eu/m8g/",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "panjareh": "urn:panjareh:vocabulary:",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "time": "http://www.w3.org/2006/time#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# What an IRI may hold as it is (RFC 3987), in letters of ASCII; the percent sign, because it is coded already.
_IN_IRI = "!#$%&'()*+,/:;=?@[]~"


def ref(iri: str) -> Value:
    """Another node, by its `@id`."""
    return {"@id": iri}


def typed(value: object, datatype: str) -> Value:
    return {"@value": str(value), "@type": datatype}


def words(texts: Mapping[str, str]) -> list[Value]:
    """A text in each of its languages, tagged with it (rdf:langString)."""
    return [{"@value": said, "@language": language} for language, said in sorted(texts.items())]


def part_of_iri(text: str) -> str:
    """A text as one part of an IRI, whatever stands in it."""
    # A reader may take dots that stand alone out of a path (RFC 3986, 5.2.4).
    return quote(text, safe="") if text.strip(".") else "%2E" * len(text)


def address(typed_in: str) -> str:
    """An address as somebody wrote it, as an IRI; what has no place in one is percent-coded."""
    return quote(typed_in, safe=_IN_IRI)


class JsonLd:
    """JSON-LD 1.1: one document with a graph of nodes."""

    def head(self, window: str) -> str:
        context = {"@base": f"{window}/", **PREFIXES}
        return f'{{"@context": {json.dumps(context)},\n"@graph": [\n'

    def nodes(self, nodes: Iterable[Node], *, first: bool) -> str:
        text = ",\n".join(json.dumps(node, ensure_ascii=False) for node in nodes)
        return text if first or not text else f",\n{text}"

    def tail(self) -> str:
        return "\n]}\n"


class Turtle:
    """RDF 1.1 Turtle."""

    def head(self, window: str) -> str:
        prefixes = (f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())
        return f"@base <{window}/> .\n{''.join(prefixes)}\n"

    def nodes(self, nodes: Iterable[Node], *, first: bool) -> str:
        return "".join(map(_statements, nodes))

    def tail(self) -> str:
        return ""


def _statements(node: Node) -> str:
    said = [f"a {', '.join(node['@type'])}"] if "@type" in node else []
    said += [
        f"{name} {', '.join(map(_object, values))}"
        for name, values in node.items()
        if not name.startswith("@") and values
    ]
    subject, told = _iri(node["@id"]), " ;\n    ".join(said)
    return f"{subject} {told} .\n"


def _object(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if "@id" in value:
        return _iri(value["@id"])
    if "@language" in value:
        return f"{_quoted(value['@value'])}@{value['@language']}"
    return f"{_quoted(value['@value'])}^^{value['@type']}"


def _quoted(text: str) -> str:
    # JSON escapes a part of what Turtle can, and in the same way (RDF 1.1 Turtle, section 6.4).
    return json.dumps(text, ensure_ascii=False)


def _iri(name: str) -> str:
    prefix, colon, rest = name.partition(":")
    if colon and prefix in PREFIXES:
        return f"<{PREFIXES[prefix]}{rest}>"
    return f"<{name}>"


def merged(nodes: Iterable[Node]) -> list[Node]:
    """Nodes with one `@id` each, the first of those that have it: repeats say the same."""
    first: dict[str, Node] = {}
    for node in nodes:
        first.setdefault(node["@id"], node)
    return list(first.values())
