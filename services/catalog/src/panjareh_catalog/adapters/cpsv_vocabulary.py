"""Our extension of CPSV-AP: what a public service here has and CPSV-AP 3.2 has no words for.

The namespace is `urn:panjareh:vocabulary:`. docs/reference/vocabulary.md describes it for readers, and
`GET /api/v1/vocabulary.ttl` for programs; both hold every term (tests/unit/catalog/test_cpsv.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from panjareh_catalog.adapters.rdf import Node, ref, words


@dataclass(frozen=True)
class Term:
    """A class (`domain` empty) or a property, with what it says in both languages."""

    name: str
    fa: str
    en: str
    domain: str = ""
    range: str = ""


_SERVICE, _STEP = "cpsv:PublicService", "panjareh:Step"

TERMS = (
    Term("Step", "یک گام از خدمت، از آغاز تا پایان", "One step of a service, from start to end"),
    Term("step", "گام‌های خدمت", "The steps of a service", _SERVICE, _STEP),
    Term("order", "جای گام، از ۱", "The place of a step, from 1", _STEP, "xsd:integer"),
    Term("duration", "زمانی که گام می‌برد", "How long a step takes", _STEP, "xsd:duration"),
    Term("media", "تصویر یا صدای گام", "A picture or sound of a step", _STEP, "foaf:Document"),
    Term(
        "guide",
        "راهنمای کامل خدمت به زبان ساده",
        "The full guide to a service in plain language",
        _SERVICE,
        "rdf:langString",
    ),
    Term(
        "appeal",
        "راه اعتراض به تصمیم",
        "How to appeal against the decision",
        _SERVICE,
        "rdf:langString",
    ),
    Term(
        "requiredAssuranceLevel",
        "کمترین سطح اطمینان از هویت متقاضی، ۱ تا ۴؛ ۲ تا ۴ برابر low، substantial و high در eIDAS است",
        "The lowest level of assurance of the applicant's identity, 1 to 4; 2 to 4 are low, substantial and high of eIDAS",
        _SERVICE,
        "xsd:integer",
    ),
    Term(
        "onceOnlySource",
        "دستگاهی که مدرک از آن استعلام می‌شود و از متقاضی خواسته نمی‌شود",
        "The authority of which an evidence is asked online, so that the applicant is never asked for it",
        "m8g:Evidence",
        "m8g:PublicOrganisation",
    ),
    Term(
        "decisionMode",
        "تصمیم با قاعده است یا با کارشناس",
        "Whether rules decide or officers",
        _SERVICE,
        "skos:Concept",
    ),
    Term(
        "timeLimitWorkingDays",
        "مهلت قانونی به روز کاری دستگاه",
        "The statutory time limit, in working days of the authority",
        _SERVICE,
        "xsd:integer",
    ),
    Term(
        "whenTimePasses",
        "اگر مهلت بگذرد چه می‌شود",
        "What happens when the time limit passes",
        _SERVICE,
        "skos:Concept",
    ),
    Term(
        "retention",
        "درخواست تا چه زمانی نگه داشته می‌شود",
        "How long a request is kept",
        _SERVICE,
        "xsd:duration",
    ),
    Term(
        "retentionReason",
        "چرا نگه داشته می‌شود",
        "Why it is kept so long",
        _SERVICE,
        "rdf:langString",
    ),
    Term(
        "exemption",
        "چه کسی هزینه را نمی‌پردازد",
        "Who does not pay the cost",
        "m8g:Cost",
        "rdf:langString",
    ),
    Term(
        "validity",
        "سند تا چه زمانی معتبر است",
        "How long the output is valid",
        "m8g:Output",
        "xsd:duration",
    ),
    Term(
        "forGroup",
        "گروهی که خدمت ویژهٔ آن است",
        "A group of people for whom the service is made",
        _SERVICE,
        "skos:Concept",
    ),
    Term(
        "partOf",
        "خدمتی که این خدمت بخشی از آن است",
        "The service that this one is a part of",
        _SERVICE,
        _SERVICE,
    ),
    Term(
        "version",
        "شمارهٔ نسخهٔ شناسنامهٔ خدمت",
        "The number of the version of the identity card",
        _SERVICE,
        "xsd:integer",
    ),
    Term(
        "sample",
        "این خدمت نمونه است و بیان قانون نیست",
        "An example, and no statement of law",
        _SERVICE,
        "xsd:boolean",
    ),
    Term(
        "promisedAvailability",
        "بخشی از زمان که دسترسی به کانال وعده داده شده است، ۰ تا ۱",
        "The share of time for which a channel is promised to be available, 0 to 1",
        "m8g:Channel",
        "xsd:decimal",
    ),
    Term(
        "address",
        "نشانی کانال",
        "Where a channel is found",
        "m8g:Channel",
        "rdfs:Resource",
    ),
    Term(
        "ratingMean",
        "میانگین رضایت، ۱ تا ۵",
        "The mean of people's ratings, 1 to 5",
        _SERVICE,
        "xsd:decimal",
    ),
    Term(
        "ratingCount",
        "شمار کسانی که نمره داده‌اند",
        "How many people have rated the service",
        _SERVICE,
        "xsd:integer",
    ),
)

# Codes, each a skos:Concept `panjareh:<scheme>-<code>`; their labels stand here once.
CONCEPTS: dict[str, dict[str, tuple[str, str]]] = {
    "channel": {
        "web": ("وب", "Web"),
        "mobile": ("برنامهٔ همراه", "Mobile"),
        "sms": ("پیامک", "Text message"),
        "counter": ("پیشخوان", "Counter"),
        "post": ("پست", "Post"),
        "email": ("رایانامه", "E-mail"),
        "phone": ("تلفن", "Phone"),
    },
    "audience": {
        "persons": ("اشخاص حقیقی", "Persons"),
        "organisations": ("اشخاص حقوقی", "Organisations"),
        "anyone": ("همه", "Anyone"),
    },
    "group": {
        "disabled": ("افراد دارای معلولیت", "People with disabilities"),
        "women": ("زنان", "Women"),
        "young": ("جوانان", "The young"),
        "low_income": ("کم‌درآمدها", "People with low incomes"),
        "low_literacy": ("کم‌سوادها", "People with low literacy"),
        "old": ("سالمندان", "The old"),
        "migrants": ("مهاجران", "Migrants"),
        "expatriates": ("ایرانیان خارج از کشور", "Citizens abroad"),
    },
    "decision": {
        "rules": ("قاعده‌ها تصمیم می‌گیرند", "Rules decide"),
        "officers": ("کارشناسان تصمیم می‌گیرند", "Officers decide"),
    },
    "lapse": {
        "escalated": ("به مقام بالاتر می‌رود", "It is escalated"),
        "granted": ("درخواست پذیرفته به شمار می‌آید", "The request counts as granted"),
    },
    "status": {
        "published": ("منتشرشده", "Published"),
        "suspended": ("متوقف", "Suspended"),
    },
}


def concept_of(scheme: str, code: str) -> str:
    """The `@id` of a code."""
    return f"panjareh:{scheme}-{code}"


def concept(scheme: str, code: str) -> Node:
    """The node of a code. One that is not in the list yet is told by the code alone."""
    labels = CONCEPTS[scheme].get(code)
    node: Node = {
        "@id": concept_of(scheme, code),
        "@type": ["skos:Concept"],
        "skos:notation": [code],
    }
    if labels:
        node["skos:prefLabel"] = words({"fa": labels[0], "en": labels[1]})
    return node


def vocabulary() -> Iterator[Node]:
    """The vocabulary itself, described in RDF Schema and SKOS."""
    yield {
        "@id": "urn:panjareh:vocabulary:",
        "@type": ["owl:Ontology"],
        "dct:title": words({"fa": "واژگان پنجره", "en": "The vocabulary of Panjareh"}),
        "dct:description": words(
            {
                "fa": "آنچه یک خدمت عمومی دارد و CPSV-AP 3.2 واژه‌ای برای آن ندارد.",
                "en": "What a public service has and CPSV-AP 3.2 has no words for.",
            }
        ),
    }
    for term in TERMS:
        node: Node = {
            "@id": f"panjareh:{term.name}",
            "@type": ["rdf:Property" if term.domain else "rdfs:Class"],
            "rdfs:label": words({"fa": term.fa, "en": term.en}),
            "rdfs:isDefinedBy": [ref("urn:panjareh:vocabulary:")],
        }
        if term.domain:
            node |= {"rdfs:domain": [ref(term.domain)], "rdfs:range": [ref(term.range)]}
        yield node
    for scheme, codes in CONCEPTS.items():
        for code in codes:
            yield concept(scheme, code)
