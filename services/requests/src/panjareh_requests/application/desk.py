"""Whether a request may lie before an officer now: skill, nearness to its people, and whose turn it is."""

from __future__ import annotations

from uuid import UUID

from panjareh_common.event_store import UnitOfWork
from panjareh_requests.application.ports import Terms
from panjareh_requests.application.ports_work import Lane, Order, Staff
from panjareh_requests.domain.queue_order import Place
from panjareh_requests.domain.refusals_work import ConflictOfInterest, NoSuchOfficer, SkillMissing
from panjareh_requests.domain.service_request import ServiceRequest


class Desk:
    def __init__(self, order: Order, staff: Staff, terms: Terms) -> None:
        self._order = order
        self._staff = staff
        self._terms = terms

    def place(
        self,
        unit: UnitOfWork,
        request: ServiceRequest,
        officer_id: UUID,
        lane: Lane,
        reason: str,
    ) -> Place:
        """Where it stands for that officer."""
        ahead = self._order.ahead(unit, request, self.skill_of(unit, request), officer_id, lane)
        return Place(ahead, reason)

    def must_fit(self, unit: UnitOfWork, request: ServiceRequest, officer_id: UUID) -> None:
        """Raises SkillMissing, ConflictOfInterest."""
        skill = self.skill_of(unit, request)
        if skill and skill not in self._staff.skills_of(unit, request.authority, officer_id):
            raise SkillMissing(skill=skill)
        if request.person_ids and self._staff.tied(unit, officer_id, request.person_ids):
            raise ConflictOfInterest()

    def must_have(self, unit: UnitOfWork, authority: str, officer_id: UUID) -> None:
        """Raises NoSuchOfficer."""
        if not self._staff.is_officer(unit, authority, officer_id):
            raise NoSuchOfficer()

    def skill_of(self, unit: UnitOfWork, request: ServiceRequest) -> str:
        """That the card of its version asks for; an imported case ran under no card of ours."""
        if request.service_version == 0:
            return ""
        terms = self._terms.of(unit, request.service_code, request.service_version)
        return terms.review.skill or ""

    def two_decide(self, unit: UnitOfWork, request: ServiceRequest) -> bool:
        if request.service_version == 0:
            return False
        terms = self._terms.of(unit, request.service_code, request.service_version)
        return terms.review.four_eyes
