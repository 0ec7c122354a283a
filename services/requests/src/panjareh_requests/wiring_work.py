"""Puts the work of officers together."""

from __future__ import annotations

from dataclasses import dataclass

from panjareh_common.event_store import EventLog
from panjareh_requests.application.desk import Desk
from panjareh_requests.application.handling import Handling
from panjareh_requests.application.many import ManyAtOnce
from panjareh_requests.application.ports import Documents, Looks, Terms
from panjareh_requests.application.proposals import Proposals
from panjareh_requests.application.reviewing import Reviews
from panjareh_requests.application.working import Working
from panjareh_requests.read_model.staff import PostgresStaff
from panjareh_requests.read_model.work_list import WorkList
from panjareh_requests.read_model.work_order import PostgresOrder
from panjareh_requests.read_model.work_rows import WorkRows


@dataclass(frozen=True)
class WorkParts:
    reviews: Reviews
    working: Working
    proposals: Proposals
    many_at_once: ManyAtOnce
    work_list: WorkList
    staff: PostgresStaff


def wire_work(
    log: EventLog,
    handling: Handling,
    *,
    terms: Terms,
    documents: Documents,
    looks: Looks,
    rows: WorkRows,
) -> WorkParts:
    order, staff = PostgresOrder(), PostgresStaff(log)
    desk = Desk(order, staff, terms)
    reviews = Reviews(handling, terms, documents, desk)
    working = Working(log, handling, desk=desk, order=order, staff=staff, table=rows)
    return WorkParts(
        reviews=reviews,
        working=working,
        proposals=Proposals(handling, terms, documents, desk),
        many_at_once=ManyAtOnce(log, reviews, working, order),
        work_list=WorkList(log, looks, desk=desk, order=order, staff=staff),
        staff=staff,
    )
