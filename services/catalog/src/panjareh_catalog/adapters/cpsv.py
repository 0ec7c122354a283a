"""Identity cards as CPSV-AP 3.2 (public services of the EU's Interoperable Europe), with our extension.

Each part of an export stands by itself: whatever its services refer to is described in it, too. The official
shapes want a class of everything that is referred to, so codes are typed skos:Concept, places dct:Location and
publishers foaf:Agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from panjareh_catalog.adapters.cpsv_vocabulary import concept, concept_of
from panjareh_catalog.adapters.rdf import (
    Node,
    address,
    merged,
    part_of_iri,
    ref,
    typed,
    words,
)
from panjareh_catalog.application.exports import ExportedService
from panjareh_common.clock import to_wire

_LANGUAGES = {
    "fa": "http://publications.europa.eu/resource/authority/language/FAS",
    "en": "http://publications.europa.eu/resource/authority/language/ENG",
}
_COUNTRY = "http://publications.europa.eu/resource/authority/country/IRN"
_CURRENCY = "http://publications.europa.eu/resource/authority/currency/"
_DATASET, _PUBLISHER = "api/v1/catalogue", "#publisher"
_DAYS = {
    "saturday": ("شنبه", "Saturday"),
    "sunday": ("یکشنبه", "Sunday"),
    "monday": ("دوشنبه", "Monday"),
    "tuesday": ("سه‌شنبه", "Tuesday"),
    "wednesday": ("چهارشنبه", "Wednesday"),
    "thursday": ("پنجشنبه", "Thursday"),
    "friday": ("جمعه", "Friday"),
}


def nodes_of(services: Iterable[ExportedService]) -> list[Node]:
    """Everything that is to be said of these services, each node once."""
    nodes = list(_catalogue())
    for service in services:
        nodes += _Described(service).nodes()
    return merged(nodes)


def _catalogue() -> Iterator[Node]:
    yield {
        "@id": _DATASET,
        "@type": ["dcat:Dataset"],
        "dct:identifier": ["catalogue"],
        "dct:title": words({"fa": "فهرست خدمات عمومی", "en": "The catalogue of public services"}),
        "dct:description": words(
            {
                "fa": "شناسنامهٔ همهٔ خدمت‌های عمومی که در پنجره عرضه می‌شود.",
                "en": "The identity cards of all public services that the window offers.",
            }
        ),
        "dct:publisher": [ref(_PUBLISHER)],
    }
    yield {
        "@id": _PUBLISHER,
        "@type": ["foaf:Agent"],
        "dct:identifier": ["window"],
        "dct:title": words({"fa": "پنجرهٔ خدمات عمومی", "en": "The window of public services"}),
    }
    yield {
        "@id": _COUNTRY,
        "@type": ["dct:Location"],
        "skos:prefLabel": words({"fa": "ایران", "en": "Iran"}),
    }
    for language in _LANGUAGES.values():
        yield {"@id": language, "@type": ["dct:LinguisticSystem"]}


class _Described:
    """One service being described: its own node, and those of its parts."""

    def __init__(self, service: ExportedService) -> None:
        self._told = service
        self._card: Mapping[str, Any] = service.card
        self._iri = _service_iri(service.code)
        self._nodes: list[Node] = []

    def nodes(self) -> list[Node]:
        self._nodes = []
        own = self._service()
        return [own, *self._nodes]

    def _service(self) -> Node:
        card = self._card
        node: Node = {
            "@id": self._iri,
            "@type": ["cpsv:PublicService"],
            "dct:identifier": [self._told.code],
            "dct:title": words(card["name"]),
            "dct:description": words(card["description"]),
            "dct:language": [ref(language) for language in _LANGUAGES.values()],
            "dct:isPartOf": [ref(_DATASET)],
            "dct:spatial": [ref(_COUNTRY)],
            "dct:issued": [typed(to_wire(self._told.published_at), "xsd:dateTime")],
            "dcat:keyword": [tag for fa_en in _keywords(card) for tag in fa_en],
            "adms:status": [self._code("status", self._told.standing)],
            "dct:audience": [self._code("audience", card["audience"])],
            "m8g:hasCompetentAuthority": [self._authorities()],
            "m8g:isGroupedBy": [self._life_event(code) for code in card["life_events"]],
            "m8g:processingTime": [_days(card["time_limit_days"])],
            "m8g:hasChannel": [self._channel(channel) for channel in _first_each(card)],
            "m8g:hasCost": [self._cost()],
            "m8g:holdsRequirement": list(self._requirements()),
            "m8g:hasLegalResource": [self._law("law", card["legal_basis"])],
            "cpsv:hasInput": [self._evidence(wanted) for wanted in card["evidence"]],
            "cpsv:follows": list(self._rules()),
            "cpsv:produces": [self._output(card["output"])] if card["output"] else [],
        }
        return node | self._extension()

    def _extension(self) -> Node:
        """What CPSV-AP has no words for (cpsv_vocabulary.py)."""
        card, passes = self._card, self._card["when_time_passes"]
        kept, parent = card["retention"], card["parent"]
        return {
            "panjareh:step": [
                self._step(place, step) for place, step in enumerate(card["steps"], 1)
            ],
            "panjareh:guide": words(card["guide"]) if card["guide"] else [],
            "panjareh:appeal": words(card["appeal"]),
            "panjareh:requiredAssuranceLevel": [card["required_loa"]],
            "panjareh:decisionMode": [self._code("decision", card["decision_mode"])],
            "panjareh:timeLimitWorkingDays": [card["time_limit_days"]],
            "panjareh:whenTimePasses": [self._code("lapse", passes["what"])],
            "panjareh:retention": [_days(kept["days"])] if kept else [],
            "panjareh:retentionReason": words(_fa_en(kept)) if kept else [],
            "panjareh:forGroup": [self._code("group", code) for code in card["for_groups"]],
            "panjareh:partOf": [ref(_service_iri(parent))] if parent else [],
            "panjareh:version": [self._told.version],
            "panjareh:sample": [bool(card["sample"])],
            "panjareh:ratingCount": [self._told.rated] if self._told.rated else [],
            "panjareh:ratingMean": (
                [typed(self._told.rating_mean, "xsd:decimal")]
                if self._told.rating_mean is not None
                else []
            ),
        }

    def _add(self, node: Node) -> Any:
        self._nodes.append(node)
        return ref(node["@id"])

    def _code(self, scheme: str, code: str) -> Any:
        self._add(concept(scheme, code))
        return ref(concept_of(scheme, code))

    def _authorities(self) -> Any:
        """The authority, and those above it."""
        for told in self._told.authorities:
            iri = _authority_iri(told.code)
            place = ref(_COUNTRY)
            if told.place:
                place = self._add(
                    {
                        "@id": f"{iri}#place",
                        "@type": ["dct:Location"],
                        "skos:prefLabel": words(told.place),
                    }
                )
            self._add(
                {
                    "@id": iri,
                    "@type": ["m8g:PublicOrganisation", "org:Organization"],
                    "dct:identifier": [told.code],
                    "skos:prefLabel": words(told.name),
                    "dct:spatial": [place],
                    "org:subOrganizationOf": [ref(_authority_iri(told.parent))]
                    if told.parent
                    else [],
                }
            )
        return ref(_authority_iri(self._card["authority"]))

    def _life_event(self, code: str) -> Any:
        title = self._told.life_events.get(code) or {"en": code.replace("_", " ")}
        return self._add(
            {
                "@id": f"api/v1/life-events#{part_of_iri(code)}",
                "@type": ["m8g:LifeEvent", "m8g:Event"],
                "dct:identifier": [code],
                "dct:title": words(title),
            }
        )

    def _channel(self, channel: Mapping[str, Any]) -> Any:
        name, promised = channel["channel"], channel.get("promised_availability")
        where = channel.get("address")
        return self._add(
            {
                "@id": f"{self._iri}#channel-{name}",
                "@type": ["m8g:Channel"],
                "dct:identifier": [f"{self._told.code}/{name}"],
                "dct:type": [self._code("channel", name)],
                "m8g:ownedBy": [ref(_authority_iri(self._card["authority"]))],
                "m8g:openingHours": self._hours(name, channel.get("open")),
                "panjareh:address": [ref(address(where))] if where else [],
                "panjareh:promisedAvailability": (
                    [typed(promised, "xsd:decimal")] if promised is not None else []
                ),
            }
        )

    def _hours(self, channel: str, opened: Any) -> list[Any]:
        said = _hours_in_words(opened) or self._card["hours"]
        if not said:
            return []
        return [
            self._add(
                {
                    "@id": f"{self._iri}#hours-{channel}",
                    "@type": ["time:TemporalEntity"],
                    "dct:description": words(said),
                }
            )
        ]

    def _cost(self) -> Any:
        fee = self._card["fee"]
        currency = self._add({"@id": f"{_CURRENCY}{fee['currency']}", "@type": ["skos:Concept"]})
        return self._add(
            {
                "@id": f"{self._iri}#cost",
                "@type": ["m8g:Cost"],
                "dct:identifier": [f"{self._told.code}/cost"],
                "m8g:hasValue": [typed(fee["amount"], "xsd:double")],
                "m8g:currency": [currency],
                "m8g:isDefinedBy": [ref(_authority_iri(self._card["authority"]))],
                "dct:description": [
                    told
                    for part in fee["parts"]
                    for told in words(
                        {lang: f"{text}: {part['amount']}" for lang, text in _fa_en(part).items()}
                    )
                ],
                "panjareh:exemption": [
                    told for freed in fee["exemptions"] for told in words(_fa_en(freed))
                ],
            }
        )

    def _requirements(self) -> Iterator[Any]:
        for place, wanted in enumerate(self._card["eligibility"], 1):
            yield self._add(
                {
                    "@id": f"{self._iri}#requirement-{place}",
                    "@type": ["m8g:Requirement"],
                    "dct:identifier": [f"{self._told.code}/requirement-{place}"],
                    "dct:title": words(_fa_en(wanted)),
                }
            )

    def _evidence(self, wanted: Mapping[str, Any]) -> Any:
        kind = wanted["type"]
        conforms = self._add(
            {
                "@id": f"urn:panjareh:evidence-type:{part_of_iri(kind)}",
                "@type": ["m8g:EvidenceType"],
                "dct:identifier": [kind],
            }
        )
        source = self._told.evidence_sources.get(kind)
        return self._add(
            {
                "@id": f"{self._iri}#evidence-{part_of_iri(kind)}",
                "@type": ["m8g:Evidence"],
                "dct:identifier": [f"{self._told.code}/{kind}"],
                "dct:title": words(wanted["title"]),
                "dct:description": words(wanted["purpose"]),
                "dct:conformsTo": [conforms],
                "panjareh:onceOnlySource": [ref(_authority_iri(source))] if source else [],
            }
        )

    def _rules(self) -> Iterator[Any]:
        """Each row that decides is a rule: what comes of it, why, and under which law."""
        rules = self._card["rules"]
        for row in rules["rows"] if rules else []:
            name = part_of_iri(row["id"])
            law = row.get("law") or rules["law"]
            yield self._add(
                {
                    "@id": f"{self._iri}#rule-{name}",
                    "@type": ["cpsv:Rule"],
                    "dct:identifier": [f"{self._told.code}/{row['id']}"],
                    "dct:title": words(_OUTCOMES[row["outcome"]]),
                    "dct:description": words(row["reason"]),
                    "dct:language": [ref(language) for language in _LANGUAGES.values()],
                    "cpsv:implements": [self._law(f"law-{name}", law)],
                }
            )

    def _law(self, name: str, law: Mapping[str, str]) -> Any:
        return self._add(
            {
                "@id": f"{self._iri}#{name}",
                "@type": ["eli:LegalResource"],
                "dct:title": words(law),
            }
        )

    def _output(self, output: Mapping[str, Any]) -> Any:
        return self._add(
            {
                "@id": f"{self._iri}#output",
                "@type": ["m8g:Output"],
                "dct:identifier": [f"{self._told.code}/{output['kind']}"],
                "dct:title": words(output["title"]),
                "dct:language": [ref(language) for language in _LANGUAGES.values()],
                "panjareh:validity": [_days(output["valid_days"])],
            }
        )

    def _step(self, place: int, step: Mapping[str, Any]) -> Any:
        return self._add(
            {
                "@id": f"{self._iri}#step-{place}",
                "@type": ["panjareh:Step"],
                "panjareh:order": [place],
                "dct:description": words(_fa_en(step)),
                "panjareh:duration": [typed(f"PT{step['minutes']}M", "xsd:duration")],
                "panjareh:media": [
                    self._medium(f"{self._iri}#step-{place}-media-{number}", medium)
                    for number, medium in enumerate(step.get("media", []), 1)
                ],
            }
        )

    def _medium(self, iri: str, medium: Mapping[str, Any]) -> Any:
        """A picture or sound as one step shows it, with what it tells to those who do not see or hear it."""
        return self._add(
            {
                "@id": iri,
                "@type": ["foaf:Document"],
                "dct:description": words(_fa_en(medium)),
                "rdfs:seeAlso": [ref(f"media/{part_of_iri(medium['id'])}")],
            }
        )


_OUTCOMES = {
    "granted": {"fa": "پذیرفته می‌شود", "en": "Granted"},
    "refused": {"fa": "پذیرفته نمی‌شود", "en": "Refused"},
}


def _service_iri(code: str) -> str:
    return f"api/v1/services/{part_of_iri(code)}"


def _authority_iri(code: str) -> str:
    return f"api/v1/authorities/{part_of_iri(code)}"


def _fa_en(said: Mapping[str, Any]) -> dict[str, str]:
    """The two languages of something that says more than them."""
    return {language: said[language] for language in ("fa", "en") if said.get(language)}


def _days(number: int) -> Any:
    return typed(f"P{number}D", "xsd:duration")


def _keywords(card: Mapping[str, Any]) -> Iterator[list[Any]]:
    for language, said in sorted(card["keywords"].items()):
        for word in said:
            yield words({language: word})


def _first_each(card: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Each channel once; a card may name one again for other hours."""
    first: dict[str, Mapping[str, Any]] = {}
    for channel in card["channels"]:
        first.setdefault(channel["channel"], channel)
    return list(first.values())


def _hours_in_words(opened: Any) -> dict[str, str] | None:
    if opened == "always":
        return {"fa": "شبانه‌روزی، هر روز هفته", "en": "Day and night, every day of the week"}
    if not isinstance(opened, Mapping):
        return None
    days = [_DAYS[day] for day in opened["days"]]
    fa, en = "، ".join(day[0] for day in days), ", ".join(day[1] for day in days)
    return {
        "fa": f"{fa}، از {opened['from']} تا {opened['to']}",
        "en": f"{en}, from {opened['from']} to {opened['to']}",
    }
