"""Consultations as authorities lead them: opened on a draft, answered, closed (C5). Load, tell, save."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from panjareh_catalog.application.public_services import PublicServices
from panjareh_catalog.application.publishing import Publishing, office_of
from panjareh_catalog.domain.consultation import Consultation, Outcome, Revision, Use
from panjareh_catalog.domain.consultation_refusals import UnknownConsultation
from panjareh_catalog.domain.diff import differences
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.publishing_refusals import UnknownDraft
from panjareh_catalog.domain.values import Card
from panjareh_common.asking import Asking
from panjareh_common.clock import to_wire
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import NotFound


@dataclass(frozen=True)
class OpenConsultation:
    """`number` is the draft that is put before people; `about` and each question are {fa, en}."""

    service_code: str
    number: int
    about: Mapping[str, str]
    questions: Sequence[Mapping[str, str]]
    until: datetime
    required_loa: int

    def fingerprint(self) -> dict[str, Any]:
        """What makes two orders the same, for the Idempotency-Key."""
        return vars(self) | {"questions": list(self.questions), "until": to_wire(self.until)}


@dataclass(frozen=True)
class UseOpinions:
    """One outcome for one or more opinions."""

    consultation_id: UUID
    opinions: Sequence[UUID]
    outcome: Outcome
    pointers: Sequence[str]
    reason: Mapping[str, str]

    def fingerprint(self) -> dict[str, Any]:
        return vars(self) | {
            "consultation_id": str(self.consultation_id),
            "opinions": [str(opinion) for opinion in self.opinions],
            "outcome": str(self.outcome),
            "pointers": list(self.pointers),
        }


class ConsultationRows(Protocol):
    """The rows that answer "what is before people, and what became of it?"."""

    def write(
        self, unit: UnitOfWork, consultation: Consultation, service_name: Mapping[str, str]
    ) -> None: ...

    def name_of(self, unit: UnitOfWork, consultation_id: UUID) -> Mapping[str, str]:
        """What the service was called in the draft that was put before people."""
        ...

    def hold(self, unit: UnitOfWork, consultation_id: UUID, *, alone: bool) -> None:
        """Until the unit's end nobody decides (`alone`: and nobody gives an opinion, either)."""
        ...

    def shown_card(self, unit: UnitOfWork, service_code: str, number: int) -> Card:
        """The card of a version that was put before people."""
        ...


class OpinionRows(Protocol):
    """Opinions, as far as those who decide about them need to know."""

    def known(self, unit: UnitOfWork, consultation_id: UUID, opinions: Sequence[UUID]) -> bool:
        """Whether all of them are opinions of that consultation."""
        ...

    def undecided(self, unit: UnitOfWork, consultation_id: UUID) -> int:
        """How many have no outcome; those whose words were erased need none."""
        ...

    def use(self, unit: UnitOfWork, opinions: Sequence[UUID], use: Use, number: int) -> None: ...


class Consultations:
    """One method a command; an authority leads the consultations on its own services only."""

    def __init__(
        self,
        log: EventLog,
        *,
        services: PublicServices,
        publishing: Publishing,
        rows: ConsultationRows,
        opinions: OpinionRows,
    ) -> None:
        self._log = log
        self._services = services
        self._publishing = publishing
        self._rows = rows
        self._opinions = opinions

    def open(self, command: OpenConsultation, asking: Asking) -> Answer:
        """Puts a draft before people. Raises UnknownService, UnknownDraft, ConsultationRunning, ConsultationEndUnfit."""
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            service = self._services.of_authority(unit, command.service_code, authority)
            consultation_id = uuid4()
            service.open_consultation(command.number, consultation_id, unit.now)
            consultation = Consultation.open(
                consultation_id=consultation_id,
                service_code=service.code,
                authority=authority,
                number=command.number,
                about=command.about,
                questions=command.questions,
                until=command.until,
                required_loa=command.required_loa,
                at=unit.now,
            )
            self._services.save(unit, service)
            return self._saved(unit, consultation, service.drafts[command.number]["name"])

        return asking.once(self._log, "open_consultation", command.fingerprint(), work)

    def prolong(self, consultation_id: UUID, until: datetime, asking: Asking) -> Answer:
        """Raises UnknownConsultation, ConsultationClosed, OutcomesGiven, ConsultationNotShortened, ConsultationEndUnfit."""
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            consultation = self._own(unit, consultation_id, authority)
            consultation.prolong(until, unit.now)
            return self._saved(unit, consultation)

        request = {"consultation_id": str(consultation_id), "until": to_wire(until)}
        return asking.once(self._log, "prolong_consultation", request, work)

    def use(self, command: UseOpinions, asking: Asking) -> Answer:
        """Says what became of opinions. Raises UnknownConsultation, NotFound for an opinion that is not in it,
        and as Consultation.use does.
        """
        authority = office_of(asking.caller)
        use = Use(command.outcome, tuple(command.pointers), command.reason)

        def work(unit: UnitOfWork) -> Answer:
            consultation = self._own(unit, command.consultation_id, authority)
            if not self._opinions.known(unit, consultation.id, command.opinions):
                raise NotFound()
            service = self._services.of_authority(unit, consultation.service_code, authority)
            revision = self._revision(unit, consultation, service)
            consultation.use(command.opinions, use, revision, unit.now)
            if unit.save(consultation):
                self._opinions.use(unit, command.opinions, use, revision.number)
            return _told(consultation) | {"used": len(command.opinions)}

        return asking.once(self._log, "use_opinions", command.fingerprint(), work)

    def close_as_published(self, consultation_id: UUID, asking: Asking) -> Answer:
        """Publishes the draft as it stands. Every opinion has an outcome, or it is refused.

        Raises UnknownConsultation, what Consultation.close_as_published refuses, and what keeps a draft from
        being published: InvalidInput naming every fault, DraftChangesNothing, ServiceRetired.
        """
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            consultation = self._own(unit, consultation_id, authority)
            service = self._services.of_authority(unit, consultation.service_code, authority)
            revision = self._revision(unit, consultation, service)
            undecided = self._opinions.undecided(unit, consultation.id)
            consultation.close_as_published(revision, undecided, unit.now)
            service.close_consultation(unit.now)
            self._publishing.publish_in(unit, service, revision.number, asking.language)
            self._services.save(unit, service)
            return self._saved(unit, consultation)

        request = {"consultation_id": str(consultation_id)}
        return asking.once(self._log, "close_consultation", request, work)

    def abandon(self, consultation_id: UUID, reason: Mapping[str, str], asking: Asking) -> Answer:
        """Gives the draft up, with what is not decided. Raises UnknownConsultation, ConsultationClosed."""
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            consultation = self._own(unit, consultation_id, authority)
            service = self._services.of_authority(unit, consultation.service_code, authority)
            consultation.abandon(reason, unit.now)
            service.close_consultation(unit.now)
            if service.draft:
                service.discard_draft(service.draft.number, unit.now)
            self._services.save(unit, service)
            return self._saved(unit, consultation)

        request = {"consultation_id": str(consultation_id), "reason": dict(reason)}
        return asking.once(self._log, "abandon_consultation", request, work)

    def _own(self, unit: UnitOfWork, consultation_id: UUID, authority: str) -> Consultation:
        """Held until the unit's end: no opinion comes in between the count of them and what is decided on it."""
        self._rows.hold(unit, consultation_id, alone=True)
        consultation = unit.find(Consultation, consultation_id)
        if consultation is None or consultation.authority != authority:
            raise UnknownConsultation()
        return consultation

    def _revision(
        self, unit: UnitOfWork, consultation: Consultation, service: PublicService
    ) -> Revision:
        """The draft as it stands, beside what people were shown. Raises UnknownDraft."""
        if service.draft is None:
            raise UnknownDraft(service_code=service.code)
        shown = self._rows.shown_card(unit, service.code, consultation.number)
        changed = frozenset(point.pointer for point in differences(shown, service.draft.card))
        return Revision(service.draft.number, changed)

    def _saved(
        self,
        unit: UnitOfWork,
        consultation: Consultation,
        service_name: Mapping[str, str] | None = None,
    ) -> Answer:
        name = service_name or self._rows.name_of(unit, consultation.id)
        unit.save(consultation)
        self._rows.write(unit, consultation, name)
        return _told(consultation)


def _told(consultation: Consultation) -> Answer:
    """Where a consultation stands after a command, as its authority is told."""
    return {
        "consultation_id": str(consultation.id),
        "service_code": consultation.service_code,
        "number": consultation.number,
        "until": to_wire(consultation.until),
        "ending": consultation.ending and str(consultation.ending),
        "published_number": consultation.published_number,
    }
