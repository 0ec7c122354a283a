"""The rows that are folded from events are the rows that commands write, whatever was commanded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store.mapper import SealingMapper
from panjareh_common.projection import Row, fold, to_events
from panjareh_common.refusals import Refusal
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    Decision,
    DecisionMode,
    Outcome,
    OutputTerms,
    ServiceTerms,
    Step,
)
from panjareh_requests.read_model.request_rows import RequestRows
from panjareh_requests.read_model.requests_view import row_of

AT = datetime(2026, 3, 21, 8, 30, tzinfo=UTC)
OFFICERS = [uuid4(), uuid4()]
TERMS = ServiceTerms(
    code="DRV-002",
    version=3,
    authority="police",
    name={"fa": "گواهینامه", "en": "Licence"},
    required_assurance=AssuranceLevel.LOW,
    decision_mode=DecisionMode.OFFICERS,
    evidence=("identity", "residence"),
    form={"type": "object"},
    time_limit_days=15,
    evidence_titles={},
    output=OutputTerms("licence", {"fa": "گواهینامه", "en": "Licence"}, 365),
)

ORDERS = {
    "ask": lambda r, n, at: r.evidence_asked(TERMS.evidence[n], at),
    "delay": lambda r, n, at: r.evidence_delayed(TERMS.evidence[n], at),
    "receive": lambda r, n, at: r.receive_evidence(TERMS.evidence[n], {"valid": True}, at),
    "miss": lambda r, n, at: r.miss_evidence(TERMS.evidence[n], {"en": "none"}, at),
    "send": lambda r, n, at: r.send_to_officers("officers_decide", at),
    "review": lambda r, n, at: r.start_review(OFFICERS[n], at),
    "rules": lambda r, n, at: r.decide_by_rules(Decision(list(Outcome)[n], {"en": "so"}), at),
    "decide": lambda r, n, at: r.decide_by_officer(
        list(Outcome)[n], officer_id=OFFICERS[n], reason="so", at=at
    ),
    "issue": lambda r, n, at: r.issue_output(TERMS, f"D-{n}", at),
    "step": lambda r, n, at: r.complete_step(Step("T", None, None, str(n)), at),
    "close": lambda r, n, at: r.close(at),
}


class BlackBox:
    """Seals anything, and never opens."""

    def seal(self, person_id: UUID | None, data: Any, context: str) -> bytes:
        return b"box"


def begin(imported: bool) -> ServiceRequest:
    if imported:
        return ServiceRequest.import_case(
            request_id=uuid4(),
            service_code="DRV-002",
            authority="police",
            source="log",
            case="7",
            channel="post",
            department=None,
            responsible=None,
            reference="000000000007",
            started_at=AT,
            promised_by=None,
        )
    return ServiceRequest.submit(
        request_id=uuid4(),
        applicant_id=uuid4(),
        assurance=AssuranceLevel.LOW,
        terms=TERMS,
        form={"street": "ولیعصر"},
        channel="web",
        reference="000000000008",
        at=AT,
    )


def told(request: ServiceRequest) -> list[tuple[Any, ...]]:
    """What the database would give of the events, in the columns that a projection reads."""
    mapper = SealingMapper(BlackBox())  # type: ignore[arg-type]
    rows = []
    for event in request.collect_events():
        stored = mapper.to_stored(event, request.person_id or uuid4())
        state = stored.state if stored.topic in RequestRows.reads else None
        rows.append(
            (0, request.id, event.originator_version, 0, stored.topic, state, event.timestamp)
        )
    return rows


@given(
    imported=st.booleans(),
    orders=st.lists(st.tuples(st.sampled_from(sorted(ORDERS)), st.integers(0, 1)), max_size=30),
    cut=st.integers(0, 30),
)
def test_the_rows_from_events_are_the_rows_that_commands_write(
    imported: bool, orders: list[tuple[str, int]], cut: int
) -> None:
    request = begin(imported)
    for number, (order, choice) in enumerate(orders):
        try:
            ORDERS[order](request, choice, AT + timedelta(minutes=number))
        except Refusal:
            continue
    events = to_events(told(request))

    # In two batches: the second builds on rows, as they would stand in the table.
    rows: dict[Any, Row] = {}
    fold(RequestRows(), rows, {}, events[:cut])
    seen = {stream: row["version"] for stream, row in rows.items()}
    fold(RequestRows(), rows, seen, events)

    newest = {event.topic: event.version for event in events}
    assert rows == {request.id: row_of(request, newest)}
