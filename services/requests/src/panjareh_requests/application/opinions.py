"""Asking another authority for its opinion, giving one, and what happens when none comes (R3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from panjareh_common.calendar import day_in_tehran
from panjareh_common.calendar.working_days import midnight
from panjareh_common.clock import to_wire
from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.idempotency import Answer
from panjareh_common.refusals import NotFound
from panjareh_requests.application.handling import Asked, Handling, by_itself
from panjareh_requests.application.ports import Authorities, Days
from panjareh_requests.domain.opinion import OpinionQuestion, Recommendation
from panjareh_requests.domain.refusals_opinions import NotInRequest
from panjareh_requests.domain.refusals_outputs import UnknownReceiver
from panjareh_requests.domain.service_request import ServiceRequest

KIND_OPINION = "end_opinion_time"


@dataclass(frozen=True)
class AskOpinion:
    """`days`: working days of the authority that is asked."""

    request_id: UUID
    authority: str
    question: str
    fields: Sequence[str]
    files: Sequence[UUID]
    days: int

    def fingerprint(self) -> dict[str, Any]:
        said = {"request_id": str(self.request_id), "files": [str(file) for file in self.files]}
        return said | {
            "authority": self.authority,
            "question": self.question,
            "fields": list(self.fields),
            "days": self.days,
        }


@dataclass(frozen=True)
class WithdrawOpinion:
    request_id: UUID
    opinion_id: UUID

    def fingerprint(self) -> dict[str, Any]:
        return {"request_id": str(self.request_id), "opinion_id": str(self.opinion_id)}


@dataclass(frozen=True)
class GiveOpinion:
    opinion_id: UUID
    recommendation: Recommendation
    text: str

    def fingerprint(self) -> dict[str, Any]:
        said = {"opinion_id": str(self.opinion_id), "text": self.text}
        return said | {"recommendation": str(self.recommendation)}


class OpinionRows(Protocol):
    """Which opinions are asked of whom."""

    def request_of(self, unit: UnitOfWork, opinion_id: UUID, authority: str) -> UUID:
        """Raises NotFound for one that is not asked of that authority."""
        ...


class FileRows(Protocol):
    def ids_of_request(self, unit: UnitOfWork, request_id: UUID) -> set[UUID]: ...


class Opinions:
    """One method a command, and one for the wait that ends when no answer came."""

    def __init__(
        self,
        log: EventLog,
        handling: Handling,
        *,
        rows: OpinionRows,
        files: FileRows,
        authorities: Authorities,
        days: Days,
    ) -> None:
        self._log = log
        self._handling = handling
        self._rows = rows
        self._files = files
        self._authorities = authorities
        self._days = days

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {KIND_OPINION: self.end_opinion_time}

    def ask(self, command: AskOpinion, asked: Asked) -> Answer:
        """Raises NotFound, UnknownReceiver, and whatever ServiceRequest.ask_opinion does."""

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            if self._authorities.name_of(unit, command.authority) is None:
                raise UnknownReceiver(receiver=command.authority)
            theirs = self._files.ids_of_request(unit, request.id) if command.files else set()
            for file in command.files:
                if file not in theirs:
                    raise NotInRequest(name=str(file))
            opinion_id = uuid4()
            question = OpinionQuestion(
                authority=command.authority,
                text=command.question,
                answer_by=self._answer_by(unit, command, request),
                fields=list(dict.fromkeys(command.fields)),
                files=list(dict.fromkeys(command.files)),
            )
            officer_id = asked.caller.person
            request.ask_opinion(opinion_id, question, officer_id=officer_id, at=unit.now)
            self._handling.changed(unit, request)
            unit.wait_until(question.answer_by, KIND_OPINION, request.id, str(opinion_id))
            return _told(request, opinion_id)

        return self._handling.once(asked, "ask_opinion", command.fingerprint(), work)

    def withdraw(self, command: WithdrawOpinion, asked: Asked) -> Answer:
        """Raises NotFound, OpinionNotAwaited."""

        def work(unit: UnitOfWork) -> Answer:
            request = self._handling.of_office(unit, command.request_id, asked.caller)
            request.withdraw_opinion(
                command.opinion_id, officer_id=asked.caller.person, at=unit.now
            )
            self._handling.changed(unit, request)
            unit.done(KIND_OPINION, request.id, str(command.opinion_id))
            return _told(request, command.opinion_id)

        return self._handling.once(asked, "withdraw_opinion", command.fingerprint(), work)

    def give(self, command: GiveOpinion, asked: Asked) -> Answer:
        """By an officer of the authority that was asked. Raises NotFound, OwnRequest, OpinionNotAwaited."""
        authority = asked.caller.office("officer")

        def work(unit: UnitOfWork) -> Answer:
            request_id = self._rows.request_of(unit, command.opinion_id, authority)
            request = unit.load(ServiceRequest, request_id)
            request.give_opinion(
                command.opinion_id,
                command.recommendation,
                command.text,
                authority=authority,
                officer_id=asked.caller.person,
                at=unit.now,
            )
            self._handling.changed(unit, request)
            unit.done(KIND_OPINION, request.id, str(command.opinion_id))
            return _told(request, command.opinion_id)

        return self._handling.once(asked, "give_opinion", command.fingerprint(), work)

    def end_opinion_time(self, due: Due) -> None:
        """The officer goes on without it."""

        def work(unit: UnitOfWork) -> None:
            request = unit.load(ServiceRequest, due.subject)
            if not request.lapse_opinion(UUID(due.detail), unit.now):
                return  # this machine's clock went back: the wait comes due again when its hold ends
            self._handling.changed(unit, request)
            unit.done(KIND_OPINION, due.subject, due.detail)

        self._log.run(by_itself(due), work)

    def _answer_by(
        self, unit: UnitOfWork, command: AskOpinion, request: ServiceRequest
    ) -> datetime:
        """When the last of their working days is over."""
        known = self._days.of(unit, command.authority, request.service_code)
        last = known.calendar.add_working_days(day_in_tehran(unit.now), command.days)
        return midnight(last + timedelta(days=1))


def _told(request: ServiceRequest, opinion_id: UUID) -> Answer:
    known = request.opinions.get(opinion_id)
    if known is None:
        raise NotFound()
    return {
        "opinion_id": str(opinion_id),
        "authority": known["authority"],
        "state": str(request.opinion_state(opinion_id)),
        "answer_by": to_wire(known["answer_by"]),
    }
