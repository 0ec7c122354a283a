"""What authorities offer through the exchange: connected by operators, and told to others in the same commit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from panjareh_common.due import Due
from panjareh_common.event_store import Cause, EventLog, UnitOfWork
from panjareh_common.forms import fields_of
from panjareh_inquiry.application.ports import Directory
from panjareh_inquiry.domain.evidence_type import EvidenceType, stream_of
from panjareh_inquiry.domain.values import EvidenceTerms

KIND_TELL = "tell_evidence_type"
"""Stored: migration 0003 leaves one such wait for each type that was connected before others were told."""

_LANGUAGES = ("fa", "en")


class Offers:
    """One method a command; the directory's rows and the events that tell of them share a commit."""

    def __init__(self, log: EventLog, directory: Directory) -> None:
        self._log = log
        self._directory = directory

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {KIND_TELL: self.tell}

    def connect(
        self, providers: Sequence[Mapping[str, Any]], withdrawn: Sequence[str], cause: Cause
    ) -> list[str]:
        """Takes providers and what they offer, checked before, and withdraws what is named; all or nothing.

        Gives the names of the evidence types about which others are told something new.
        """

        def work(unit: UnitOfWork) -> list[str]:
            self._directory.keep(unit, providers)
            news = []
            for provider in providers:
                for offered in provider["evidence_types"]:
                    terms = terms_of(offered, provider["code"], provider.get("authority"))
                    if self._publish(unit, offered["name"], terms):
                        news.append(offered["name"])
            for name in withdrawn:
                self._directory.withdraw(unit, name)
                evidence_type = unit.find(EvidenceType, stream_of(name))
                if evidence_type and evidence_type.withdraw(unit.now):
                    unit.save(evidence_type)
                    news.append(name)
            return news

        return self._log.run(cause, work)

    def tell(self, due: Due) -> None:
        """Tells of one evidence type that was connected before others were told; nothing when they know."""

        def work(unit: UnitOfWork) -> None:
            row = self._directory.connected(unit, due.detail)
            if row is not None:
                self._publish(unit, due.detail, terms_of(row, row["provider"], row["authority"]))
            unit.done(KIND_TELL, due.subject, due.detail)

        cause = Cause("inquiry", "service", "platform", cause=due.kind)
        self._log.run(cause, work)

    @staticmethod
    def _publish(unit: UnitOfWork, name: str, terms: EvidenceTerms) -> bool:
        evidence_type = unit.find(EvidenceType, stream_of(name))
        if evidence_type is None:
            evidence_type = EvidenceType.register(name, unit.now)
        is_new = evidence_type.publish(terms, unit.now)
        if is_new:
            unit.save(evidence_type)
        return is_new


def terms_of(offered: Mapping[str, Any], provider: str, authority: str | None) -> EvidenceTerms:
    """What others may know of what a file offers. What has no title is called by its name."""
    synonyms = offered.get("synonyms") or {}
    return EvidenceTerms(
        provider=provider,
        authority=authority or provider,
        titles=offered.get("title") or _by_name(offered["name"]),
        synonyms={language: list(synonyms.get(language, ())) for language in _LANGUAGES},
        facts=_facts(offered["schema"]),
        personal=offered["personal"],
        required_loa=offered["required_loa"],
        legal_basis=offered["legal_basis"],
    )


def _facts(schema: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Name and title of each fact that an answer may hold; one inside a list is named `wards.birth_date`."""
    found: dict[str, dict[str, Any]] = {}
    for field in fields_of(schema):
        name = field.path.replace("/[]/", ".").replace("[]/", "").replace("/", ".")
        title = {language: field.title.get(language) for language in _LANGUAGES}
        whole = all(isinstance(text, str) and text for text in title.values())
        found.setdefault(name, {"name": name, "title": title if whole else _by_name(field.name)})
    return list(found.values())


def _by_name(name: str) -> dict[str, str]:
    return dict.fromkeys(_LANGUAGES, name.replace("_", " "))
