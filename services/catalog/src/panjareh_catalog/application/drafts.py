"""Drafts: versions that an authority is working on. What does not fit yet is told, and does not keep one from saving."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from panjareh_catalog.application.ports import Knowledge, Shape
from panjareh_catalog.application.public_services import PublicServices
from panjareh_catalog.application.publishing import authority_faults, office_of, standing_of
from panjareh_catalog.application.telling import refused, told
from panjareh_catalog.domain.checks import faults_of
from panjareh_catalog.domain.values import Fault
from panjareh_common.asking import Asking
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import Answer


@dataclass(frozen=True)
class SaveDraft:
    """`revision` is the one that was changed, 0 where there was none."""

    code: str
    revision: int
    card: Mapping[str, Any]


class Drafts:
    """One method a command; the caller's authority changes its own services only."""

    def __init__(
        self, log: EventLog, services: PublicServices, knowledge: Knowledge, shape: Shape
    ) -> None:
        self._log = log
        self._services = services
        self._knowledge = knowledge
        self._shape = shape

    def save(self, command: SaveDraft, asking: Asking) -> Answer:
        """The draft's number and revision, and what stands between it and being published.

        Raises InvalidInput for a card of the wrong shape, CodeTaken, ServiceRetired, DraftChanged.
        """
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            card, faults = self._shape(command.card)
            if not faults and card["code"] != command.code:
                faults = [
                    Fault("/code", "This is the draft of {code}.", {"code": command.code}),
                ]
            faults += authority_faults(card, authority)
            if faults:
                raise refused(faults, asking.language)
            open_points = faults_of(card, self._knowledge.read(unit, alone=False))
            service = self._services.found_or_new(unit, command.code, authority)
            draft = service.save_draft(card, command.revision, unit.now)
            self._services.save(unit, service)
            return {
                "code": service.code,
                "number": draft.number,
                "revision": draft.revision,
                "faults": [
                    {"pointer": fault.pointer, "detail": told(fault, asking.language)}
                    for fault in open_points
                ],
            }

        request = {"code": command.code, "revision": command.revision, "card": dict(command.card)}
        return asking.once(self._log, "save_draft", request, work)

    def discard(self, code: str, number: int, asking: Asking) -> Answer:
        """Raises UnknownService, UnknownDraft, ConsultationRunning."""
        authority = office_of(asking.caller)

        def work(unit: UnitOfWork) -> Answer:
            service = self._services.of_authority(unit, code, authority)
            service.discard_draft(number, unit.now)
            self._services.save(unit, service)
            return standing_of(service)

        return asking.once(self._log, "discard_draft", {"code": code, "number": number}, work)
