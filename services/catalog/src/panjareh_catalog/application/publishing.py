"""Publishing a card, and taking its service out of use for a while or for good: load, tell, save."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from panjareh_catalog.application.ports import Knowledge, Shape
from panjareh_catalog.application.public_services import PublicServices
from panjareh_catalog.application.telling import refused, told
from panjareh_catalog.domain.checks import faults_of
from panjareh_catalog.domain.public_service import PublicService
from panjareh_catalog.domain.publishing_refusals import (
    UnknownSuccessor,
)
from panjareh_catalog.domain.values import Card, Fault, Standing
from panjareh_common.asking import Asking
from panjareh_common.clock import to_wire
from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.security import Caller

RESUME = "resume_service"  # stored with the wait: it must not change


def office_of(caller: Caller) -> str:
    """The authority whose services the caller may change: its publisher, or its own system.

    Raises NotAllowed, ScopeMissing.
    """
    return caller.office_or_system("publisher", "publish_services")


@dataclass(frozen=True)
class Suspend:
    code: str
    reason: Mapping[str, str]
    until: datetime | None


@dataclass(frozen=True)
class Retire:
    code: str
    reason: Mapping[str, str]
    successor: str | None


class Publishing:
    """One method a command; the caller's authority changes its own services only."""

    def __init__(
        self, log: EventLog, services: PublicServices, knowledge: Knowledge, shape: Shape
    ) -> None:
        self._log = log
        self._services = services
        self._knowledge = knowledge
        self._shape = shape

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {RESUME: self.resume_due}

    def check(self, content: Mapping[str, Any], asking: Asking) -> Answer:
        """Every fault of a card, stored nowhere: `{may_be_published, faults}`."""
        authority = office_of(asking.caller)
        with self._log.unit_of_work(asking.cause) as unit:
            _, faults = self._checked(unit, content, authority, alone=False)
        points = [
            {"pointer": fault.pointer, "detail": told(fault, asking.language)} for fault in faults
        ]
        return {"may_be_published": not faults, "faults": points}

    def publish(self, content: Mapping[str, Any], asking: Asking) -> Answer:
        """Publishes a card; the same content again changes nothing, however strict the checks have become since.

        Raises InvalidInput naming every fault, CodeTaken, ServiceRetired, DraftWaits, ConsultationRunning.
        """
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            if standing := self._standing_already(unit, content, authority):
                return standing_of(standing) | {"is_new": False}
            card = self._must_fit(unit, content, authority, asking.language)
            service = self._services.found_or_new(unit, card["code"], authority)
            is_new = service.publish(card, unit.now)
            self._services.save(unit, service)
            return standing_of(service) | {"is_new": is_new}

        return asking.once(self._log, "publish_service", {"card": content}, work)

    def publish_draft(self, code: str, number: int, asking: Asking) -> Answer:
        """Publishes a draft, which is checked again: since it was saved the world may have changed.

        Raises UnknownService, InvalidInput, UnknownDraft, ConsultationRunning, DraftChangesNothing, ServiceRetired.
        """
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            service = self._services.of_authority(unit, code, authority)
            self.publish_in(unit, service, number, asking.language)
            self._services.save(unit, service)
            return standing_of(service) | {"is_new": True}

        return asking.once(self._log, "publish_draft", {"code": code, "number": number}, work)

    def publish_in(
        self, unit: UnitOfWork, service: PublicService, number: int, language: str
    ) -> None:
        """`publish_draft` as a part of a unit that saves the service. Raises as it does."""
        if service.draft:
            self._must_fit(unit, service.draft.card, service.authority, language)
        service.publish_draft(number, unit.now)

    def suspend(self, command: Suspend, asking: Asking) -> Answer:
        """Raises UnknownService, NotPublished, ServiceRetired, SuspendedAlready, EndNotAhead."""
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            service = self._services.of_authority(unit, command.code, authority)
            service.suspend(command.reason, command.until, unit.now)
            if command.until:
                unit.wait_until(command.until, RESUME, service.id, service.code)
            self._services.save(unit, service)
            return standing_of(service)

        request = {
            "code": command.code,
            "reason": dict(command.reason),
            "until": to_wire(command.until) if command.until else None,
        }
        return asking.once(self._log, "suspend_service", request, work)

    def resume(self, code: str, asking: Asking) -> Answer:
        """Raises UnknownService, NotPublished, ServiceRetired, NotSuspended."""
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            service = self._services.of_authority(unit, code, authority)
            service.resume(unit.now)
            unit.done(RESUME, service.id, service.code)
            self._services.save(unit, service)
            return standing_of(service)

        return asking.once(self._log, "resume_service", {"code": code}, work)

    def resume_due(self, due: Due) -> None:
        """The end of a suspension has come; one that was ended or moved meanwhile is let be."""

        def work(unit: UnitOfWork) -> None:
            service = self._services.find(unit, due.detail)
            end = service.suspended_until if service else None
            if service and end and end <= unit.now:
                service.resume(unit.now)
                self._services.save(unit, service)
            if not end or end <= unit.now:
                unit.done(due.kind, due.subject, due.detail)
            else:
                unit.wait_until(end, due.kind, due.subject, due.detail)

        self._log.run(due.cause, work)

    def retire(self, command: Retire, asking: Asking) -> Answer:
        """Raises UnknownService, NotPublished, ServiceRetired, ConsultationRunning, SuccessorIsItself, UnknownSuccessor."""
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            service = self._services.of_authority(unit, command.code, authority)
            if command.successor and command.successor != service.code:
                self._offered(unit, command.successor)
            service.retire(command.reason, command.successor, unit.now)
            unit.done(RESUME, service.id, service.code)
            self._services.save(unit, service)
            return standing_of(service)

        request = {
            "code": command.code,
            "reason": dict(command.reason),
            "successor": command.successor,
        }
        return asking.once(self._log, "retire_service", request, work)

    def _standing_already(
        self, unit: UnitOfWork, content: Mapping[str, Any], authority: str
    ) -> PublicService | None:
        """The authority's service whose newest version has that very content."""
        card, faults = self._shape(content)
        service = None if faults else self._services.find(unit, card["code"])
        ours = service is not None and service.authority == authority and service.says(card)
        return service if ours else None

    def _offered(self, unit: UnitOfWork, code: str) -> None:
        """Raises UnknownSuccessor. Held off from being retired itself meanwhile."""
        successor = self._knowledge.read(unit, alone=True).services.get(code)
        if successor is None or successor.standing == Standing.RETIRED:
            raise UnknownSuccessor(service_code=code)

    def _must_fit(
        self, unit: UnitOfWork, content: Mapping[str, Any], authority: str, language: str
    ) -> Card:
        """The card in the form in which it is stored. Raises InvalidInput naming every fault."""
        card, faults = self._checked(unit, content, authority, alone=True)
        if faults:
            raise refused(faults, language)
        return card

    def _checked(
        self, unit: UnitOfWork, content: Mapping[str, Any], authority: str, *, alone: bool
    ) -> tuple[Card, list[Fault]]:
        card, faults = self._shape(content)
        if not faults:
            faults = faults_of(card, self._knowledge.read(unit, alone=alone))
        return card, [*faults, *authority_faults(content, authority)]


def authority_faults(card: Card, authority: str) -> Iterator[Fault]:
    """A card belongs to the authority that its publisher speaks for."""
    if card.get("authority") != authority:
        yield Fault(
            "/authority",
            "You publish for {authority}. Write that here.",
            {"authority": authority},
        )


def standing_of(service: PublicService) -> Answer:
    """Where a service stands after a command, as its publisher is told."""
    return {
        "code": service.code,
        "version": service.number or None,
        "standing": str(service.standing),
        "suspended_until": service.suspended_until and to_wire(service.suspended_until),
        "successor": service.successor,
    }
