"""The once-only gate: a form never asks a person for what an authority already says (requirement Q2).

A field is recognised by what it says it asks for (`x-asks`), by its name, by its title, and a file also by the document
that its title names. `x-asks` is believed over name and document; two titles that read the same are the same to whoever
reads them. What stands in a list is about others than the applicant: there only `x-asks` and documents count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from panjareh_catalog.domain.checks.forms import is_bilingual
from panjareh_catalog.domain.known import Known, OfferedEvidence
from panjareh_catalog.domain.normalising import fa_norm
from panjareh_catalog.domain.values import Card, Fault
from panjareh_common.forms import Field, fields_of

OVERRIDE = "x-once-only-override"

_ASKS = ("x-asks", "x-evidence")  # the second is its name in forms of the first format
_CONCEPT = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*\Z")
# Words of politeness and of papers, as `fa_norm` leaves them: "Your date of birth, please" asks for "date of birth".
_POLITE = """
شما خود خودتان من را لطفا وارد کنید بنویسید بفرستید بارگذاری بگذارید چیست چقدر چند است ی ها های هایی
your my the a an of s please enter write upload send provide attach what is are
"""
# Plurals are cut before ("copies").
_OF_PAPER = """
تصویر کپی رونوشت اسکن عکس فایل پرونده اصل نسخه مدرک سند برگه صفحه اول همه صفحات رنگی برابر با
copy copie image scan scanned photo picture file document original certified page all
"""
_MOST_WORDS = (
    60  # of a title in which documents are looked for; a longer one is a fault of checks/forms.py
)
_COURTESIES, _PAPERS = frozenset(_POLITE.split()), frozenset(_OF_PAPER.split())


@dataclass(frozen=True)
class AskedAgain:
    """A field that asks for what the exchange offers: `fact` of `type`, or all of it where that is None.

    `override` is the legal ground on which it may ask all the same, `{law, reason}`, each in fa and en.
    """

    pointer: str
    title: Mapping[str, Any]
    type: str
    fact: str | None
    override: Mapping[str, Any] | None


@dataclass(frozen=True)
class _Question:
    """One field, from all places in the form that speak of it."""

    field: Field
    title: Mapping[str, Any]
    asks: str | None
    override: Any
    asks_at: str
    override_at: str

    @property
    def in_list(self) -> bool:
        return "[]" in self.field.path


def faults(card: Card, known: Known) -> Iterator[Fault]:
    for question in _questions(card["form"]):
        yield from _hint_faults(question)
    for again in asked_again(card, known):
        if again.override is None:
            yield Fault(
                again.pointer,
                "The exchange offers this as {asked}, so the person is not asked for it (once-only rule, "
                "requirement Q2). Take the field out and name {type} under `evidence`. If it asks for something "
                "else, title it so and say what in `x-asks`. If a law has the person bring it, name that law and "
                "the reason in `x-once-only-override`; that is public.",
                {
                    "asked": f"{again.type}.{again.fact}" if again.fact else again.type,
                    "type": again.type,
                },
            )


def asked_again(card: Card, known: Known) -> list[AskedAgain]:
    """Every field of a card's form that asks for what the exchange offers, overridden or not."""
    offered, named = _index_of(known.evidence), _Index(_named_by(card))
    found = []
    for question in _questions(card["form"]):
        if match := offered.match(question) or named.match(question):
            override = question.override if _is_override(question.override) else None
            found.append(AskedAgain(question.field.pointer, question.title, *match, override))
    return found


def overrides(card: Card) -> list[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Pointer, title and ground of every field that claims an override, whether or not it needs one now."""
    return [
        (question.field.pointer, question.title, question.override)
        for question in _questions(card["form"])
        if _is_override(question.override)
    ]


def _named_by(card: Card) -> Iterator[OfferedEvidence]:
    """What the card itself asks of authorities is offered, also where the exchange has not told of it yet."""
    for wanted in card["evidence"]:
        yield OfferedEvidence(wanted["type"], "", wanted["title"])


def _questions(form: Any) -> list[_Question]:
    """The fields of a form, each once. A form that is none has none: checks/forms.py says what is wrong."""
    places: dict[str, list[Field]] = {}
    for field in fields_of(form, "/form"):
        places.setdefault(field.path, []).append(field)
    return [_question(fields) for fields in places.values()]


def _question(fields: Sequence[Field]) -> _Question:
    title = next((field.title for field in fields if is_bilingual(field.title)), {})
    said, asks_at = _hint(fields, _ASKS)
    asks = said if isinstance(said, str) else None
    override, override_at = _hint(fields, (OVERRIDE,))
    return _Question(fields[0], title, asks, override, asks_at, override_at)


def _hint(fields: Iterable[Field], names: Iterable[str]) -> tuple[Any, str]:
    for field in fields:
        for name in names:
            if isinstance(field.schema, Mapping) and name in field.schema:
                return field.schema[name], f"{field.pointer}/{name}"
    return None, ""


def _hint_faults(question: _Question) -> Iterator[Fault]:
    if question.asks_at and not (question.asks and _CONCEPT.match(question.asks)):
        yield Fault(
            question.asks_at,
            "Say what the field asks for as `type` or `type.fact`, in small Latin letters: income_decile.decile.",
        )
    if question.override_at and not _is_override(question.override):
        yield Fault(
            question.override_at,
            "An override names the law that has the person bring it, and the reason: `law` and `reason`, "
            "each in fa and en.",
        )


def _is_override(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and set(value) == {"law", "reason"}
        and all(is_bilingual(text) for text in value.values())
    )


# «سندهای», "certificates", but not "address".
_PLURAL = re.compile(r"(?<=[a-z]{3}[a-rt-z])s\Z|(?<=\w{3})(ها|های|هایی)\Z")

# Unicode's Default_Ignorable_Code_Point, as far as fa_norm leaves it, and the blanks of Braille and Hangul.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)

Match = tuple[str, str | None]
"""An evidence type, and which of its facts; None for the whole."""


class _Index:
    """What the exchange offers, by everything that a field may be recognised by."""

    def __init__(self, offered: Iterable[OfferedEvidence]) -> None:
        self._concepts: dict[str, Match] = {}
        self._names: dict[str, Match] = {}
        self._titles: dict[str, Match] = {}
        self._papers: dict[tuple[str, ...], Match] = {}
        for evidence in offered:
            self._add(evidence)

    def _add(self, evidence: OfferedEvidence) -> None:
        whole: Match = (evidence.type, None)
        self._concepts.setdefault(evidence.type, whole)
        self._names.setdefault(evidence.type, whole)
        for title in (*evidence.titles.values(), *evidence.synonyms):
            self._add_title(title, whole)
            self._papers.setdefault(_without_papers(_words(title)), whole)
        for name, titles in evidence.facts.items():
            fact: Match = (evidence.type, name)
            self._concepts.setdefault(f"{evidence.type}.{name}", fact)
            if "." not in name:
                self._names.setdefault(name, fact)
            for title in titles.values():
                self._add_title(title, fact)

    def _add_title(self, title: str, match: Match) -> None:
        for key in _keys(title):
            self._titles.setdefault(key, match)

    def match(self, question: _Question) -> Match | None:
        if question.asks is not None and question.asks in self._concepts:
            return self._concepts[question.asks]
        titles = list(question.title.values())
        if not question.in_list:
            for key in (key for title in titles for key in _keys(title)):
                if key in self._titles:
                    return self._titles[key]
        if question.asks is not None:
            return None
        if not question.in_list and question.field.name in self._names:
            return self._names[question.field.name]
        return self._paper(titles) if question.field.is_file else None

    def _paper(self, titles: Iterable[str]) -> Match | None:
        """The document that a title names somewhere: «تصویر صفحهٔ اول شناسنامه»."""
        for words in (_words(title)[:_MOST_WORDS] for title in titles):
            for first in range(len(words)):
                for last in range(first + 1, len(words) + 1):
                    part = _without_papers(words[first:last])
                    if part and part in self._papers:
                        return self._papers[part]
        return None


_newest: tuple[Mapping[str, OfferedEvidence], _Index] = ({}, _Index(()))


def _index_of(evidence: Mapping[str, OfferedEvidence]) -> _Index:
    """Made once for all the cards that are held against the same evidence types: hundreds of them have thousands of titles."""
    global _newest  # noqa: PLW0603  # replaced as a whole, so that threads see one or the other
    known, index = _newest
    if known is not evidence:
        index = _Index(evidence.values())
        _newest = (evidence, index)
    return index


def _keys(title: str) -> set[str]:
    """A title in one piece, with and without its courtesies. A half-space joins for some writers and parts for others."""
    polite = {"".join(_words(each)) for each in (title, title.replace("\u200c", ""))}
    return (polite | {_norm(title).replace(" ", "")}) - {""}


def _words(title: str) -> list[str]:
    words = (word for word in _norm(title).split() if word not in _COURTESIES)
    return [_PLURAL.sub("", word) for word in words]


def _norm(title: str) -> str:
    """As it is read: what nobody sees between two letters keeps them apart for programs only."""
    return fa_norm(_UNSEEN.sub("", title))


def _without_papers(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _PAPERS)
