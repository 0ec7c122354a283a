"""Who works on what: taking the next in order, giving back, handing over, stepping back; and what ends by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

from panjareh_common.clock import to_wire
from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import NotFound
from panjareh_requests.application.commands_work import (
    DeclareConflict,
    GiveBack,
    Reassign,
    SetSkills,
    TakeNext,
)
from panjareh_requests.application.desk import Desk
from panjareh_requests.application.handling import SELF, Asked, Handling, by_itself
from panjareh_requests.application.ports_work import Lane, Order, Staff, WorkTable
from panjareh_requests.domain.clock import Turn, turn_of
from panjareh_requests.domain.queue_order import IDLE_AFTER, Released
from panjareh_requests.domain.refusals import NotUnderReview, ReviewAlreadyStarted
from panjareh_requests.domain.refusals_life import DecidedItBefore, OwnRequest
from panjareh_requests.domain.refusals_work import ConflictOfInterest, SkillMissing
from panjareh_requests.domain.service_request import ServiceRequest

KIND_IDLE, KIND_LEFT = "release_idle_review", "release_reviews_of_officer"
KIND_WORK_MISSING = "find_work_missing"

_PASSED_OVER = 20  # of those that the first of the order may turn out to refuse this officer
_BATCH = 50
_NOT_THIS = (
    SkillMissing,
    ConflictOfInterest,
    NotUnderReview,
    ReviewAlreadyStarted,
    OwnRequest,
    DecidedItBefore,
)
_OF_NOBODY = UUID(int=0)
_OLD_RELEASE_GONE = timedelta(hours=1)


def hold(unit: UnitOfWork, request: ServiceRequest) -> None:
    """An officer has it from now on; it goes back by itself should nothing happen."""
    until = unit.now + IDLE_AFTER
    unit.wait_until(until, KIND_IDLE, request.id, to_wire(until))


class Working:
    """One method a command, and one a wait."""

    def __init__(
        self,
        log: EventLog,
        handling: Handling,
        *,
        desk: Desk,
        order: Order,
        staff: Staff,
        table: WorkTable,
    ) -> None:
        self._log = log
        self._handling = handling
        self._desk = desk
        self._order = order
        self._staff = staff
        self._table = table

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {
            KIND_IDLE: self.release_idle,
            KIND_LEFT: self.release_of_officer,
            KIND_WORK_MISSING: self.find_missing,
        }

    def begin(self) -> None:
        """Has found what a release without queues has stored: now, and once that has surely gone."""

        def work(unit: UnitOfWork) -> None:
            unit.wait_until(unit.now, KIND_WORK_MISSING, _OF_NOBODY)
            later = unit.now + _OLD_RELEASE_GONE
            unit.wait_until(later, KIND_WORK_MISSING, _OF_NOBODY, "once more")

        self._log.run(SELF, work)

    def take_next(self, command: TakeNext, asked: Asked) -> Answer:
        """`{request}`, the first in order, of which the officer has the review now; None where nothing waits.

        Raises NotAllowed, SkillMissing.
        """
        authority, officer_id = asked.caller.office("officer"), asked.caller.person

        def work(unit: UnitOfWork) -> Answer:
            held = {"", *self._staff.skills_of(unit, authority, officer_id)}
            if command.skill is not None and command.skill not in held:
                raise SkillMissing(skill=command.skill)
            skills = held if command.skill is None else {command.skill}
            passed: list[UUID] = []
            while len(passed) < _PASSED_OVER:
                found = self._order.take_first(unit, authority, officer_id, skills, passed)
                if found is None:
                    break
                request = unit.load(ServiceRequest, found)
                try:
                    self._desk.must_fit(unit, request, officer_id)
                    request.start_review(officer_id, unit.now)
                except _NOT_THIS:  # its row is behind, or a mandate has come since
                    passed.append(found)
                    continue
                hold(unit, request)
                return {"request": self._handling.changed(unit, request)}
            return {"request": None}

        return self._handling.once(asked, "take_next", command.fingerprint(), work)

    def give_back(self, command: GiveBack, asked: Asked) -> Answer:
        """Raises NotFound, AlreadyOver, NobodyReviews, ReviewAlreadyStarted."""

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            request.give_review_back(asked.caller.person, command.reason, unit.now)
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "give_back", command.fingerprint(), work)

    def reassign(self, command: Reassign, asked: Asked) -> Answer:
        """By a supervisor. Raises NotAllowed, NotFound, NoSuchOfficer, SkillMissing, ConflictOfInterest, and what
        the request refuses.
        """
        authority = asked.caller.office("supervisor")

        def work(unit: UnitOfWork) -> Answer:
            request = unit.load(ServiceRequest, command.request_id)
            if request.authority != authority:
                raise NotFound()
            self._desk.must_have(unit, authority, command.officer_id)
            self._desk.must_fit(unit, request, command.officer_id)
            place = self._desk.place(unit, request, command.officer_id, Lane.FREE, command.reason)
            request.reassign(
                command.officer_id,
                supervisor_id=asked.caller.person,
                reason=command.reason,
                at=unit.now,
                place=place,
            )
            hold(unit, request)
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "reassign", command.fingerprint(), work)

    def declare_conflict(self, command: DeclareConflict, asked: Asked) -> Answer:
        """The officer who asks has nothing to do with it any more. Raises NotFound, AlreadyOver, ReasonMissing."""

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            request.declare_conflict(asked.caller.person, command.reason, unit.now)
            return self._handling.changed(unit, request)

        return self._handling.once(asked, "declare_conflict", command.fingerprint(), work)

    def set_skills(self, command: SetSkills, asked: Asked) -> Answer:
        """By a supervisor of the officer's authority. Raises NotAllowed, NoSuchOfficer."""
        authority = asked.caller.office("supervisor")

        def work(unit: UnitOfWork) -> Answer:
            self._desk.must_have(unit, authority, command.officer_id)
            skills = sorted(set(command.skills))
            self._staff.set_skills(unit, authority, command.officer_id, skills, asked.caller.person)
            return {"officer_id": str(command.officer_id), "skills": skills}

        return self._handling.once(asked, "set_skills", command.fingerprint(), work)

    def release_idle(self, due: Due) -> None:
        """Gives back what nobody works on; looks again later where somebody does, or the person's answer is awaited."""

        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, due.subject)
            unit.done(due.kind, due.subject, due.detail)
            if request.release_idle(unit.now):
                self._handling.changed(unit, request)
                return
            since = request.modified_on
            if turn_of(request.status) is Turn.PERSON:
                since = max(since, unit.now)
            # Of its own name: the one that has come due ends in this commit.
            again = since + IDLE_AFTER
            if to_wire(again) == due.detail:
                again += timedelta(minutes=1)
            unit.wait_until(again, due.kind, due.subject, to_wire(again))

        self._log.run(by_itself(due), work)

    def release_of_officer(self, due: Due) -> None:
        """Gives back all that an officer holds who has left the authority `due.detail`, each in a commit of its own."""

        def release(unit: UnitOfWork, request_id: UUID) -> None:
            request = unit.load(ServiceRequest, request_id)
            if request.officer_id == due.subject:
                request.release_review(Released.LEFT_OFFICE, unit.now)
                self._handling.changed(unit, request)

        def left(unit: UnitOfWork) -> list[UUID]:
            if self._staff.is_officer(unit, due.detail, due.subject):  # appointed again since
                return []
            return self._order.held_by(unit, due.subject, due.detail, _BATCH)

        while held := self._log.run(by_itself(due), left):
            for request_id in held:
                self._log.run(by_itself(due), partial(release, request_id=request_id))
        self._log.run(by_itself(due), lambda unit: unit.done(due.kind, due.subject, due.detail))

    def find_missing(self, due: Due) -> None:
        def work(unit: UnitOfWork) -> None:
            self._table.find_missing(unit)
            unit.done(due.kind, due.subject, due.detail)

        self._log.run(by_itself(due), work)
