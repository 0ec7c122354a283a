"""Telling people of their requests while they are not looking: owed in the commit of what happened, sent by the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid5

import structlog

from panjareh_common.clock import from_wire, to_wire
from panjareh_common.due import Due
from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.refusals import NotFound, RemoteRefusal
from panjareh_requests.application.handling import SELF, by_itself
from panjareh_requests.application.ports import Postman
from panjareh_requests.domain.notices import Notice, NoticeKind, owed, still
from panjareh_requests.domain.service_request import ServiceRequest

log = structlog.get_logger(__name__)

KIND_TELL = "tell"


class NoticesOwed:
    """What to tell because of what is being stored; a wait each."""

    def follow(self, unit: UnitOfWork, request: ServiceRequest) -> None:
        events = [saved.event for saved in unit.saved if saved.stream == request.id]
        for notice in owed(request, events):
            unit.wait_until(notice.at or unit.now, KIND_TELL, request.id, to_detail(notice))


class Telling:
    """Has identity tell, each at most once; what is late or no longer so is dropped."""

    def __init__(self, events: EventLog, postman: Postman) -> None:
        self._log = events
        self._postman = postman

    def handlers(self) -> dict[str, Callable[[Due], None]]:
        return {KIND_TELL: self.tell}

    def tell(self, due: Due) -> None:
        """Raises what identity refuses for now: then it comes due again, until it is too late for it."""
        notice = from_detail(due.detail)
        with self._log.unit_of_work(SELF) as unit:
            request, now = unit.load(ServiceRequest, due.subject), unit.now
        told = self._tell(notice, request) if still(request, notice, now) else "too_late"
        log.info("notice", kind=str(notice.kind), told=told)
        self._log.run(by_itself(due), lambda unit: unit.done(KIND_TELL, due.subject, due.detail))

    def _tell(self, notice: Notice, request: ServiceRequest) -> str:
        who = notice.person_id or request.applicant_id
        # The same for every try, whatever its times are told as.
        notice_id = uuid5(request.id, f"notice {notice.kind} {notice.cause} {who}")
        try:
            return self._postman.tell(notice_id, notice, request)
        except RemoteRefusal as refusal:
            if refusal.code != NotFound.code:
                raise
            return "nobody_there"


def to_detail(notice: Notice) -> str:
    """As a wait keeps it: ids and times, and nothing that anybody wrote."""
    until, by = (to_wire(at) if at else "-" for at in (notice.until, notice.by))
    who = str(notice.person_id or "-")
    return " ".join((notice.kind, notice.cause, until, by, who))


def from_detail(detail: str) -> Notice:
    kind, cause, until, by, who = detail.split(" ")
    return Notice(
        NoticeKind(kind),
        cause,
        until=_moment(until),
        by=_moment(by),
        person_id=None if who == "-" else UUID(who),
    )


def _moment(text: str) -> datetime | None:
    return None if text == "-" else from_wire(text)
