"""The rows that are folded from events are the rows that commands write, whatever was commanded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import example, given
from hypothesis import strategies as st

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store.mapper import SealingMapper
from panjareh_common.projection import Row, fold, to_events
from panjareh_common.refusals import Refusal
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    Ask,
    Decision,
    DecisionMode,
    Outcome,
    OutputTerms,
    ServiceTerms,
    Step,
    Writer,
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
    "issue": lambda r, n, at: r.issue_output(TERMS, f"D-{n}", at, status_index=n, code="c0de"),
    "send_back": lambda r, n, at: r.send_back(
        [Ask("street", "?")], officer_id=OFFICERS[n], answer_by=at + timedelta(hours=1), at=at
    ),
    "correct": lambda r, n, at: r.correct({"street": str(n)}, at),
    "lapse": lambda r, n, at: r.lapse_correction(at + timedelta(hours=n)),
    "write": lambda r, n, at: r.write_message(uuid4(), list(Writer)[n], "so", at),
    "withdraw": lambda r, n, at: r.withdraw("so", at),
    "appeal": lambda r, n, at: r.appeal("so", at),
    "reopen": lambda r, n, at: r.reopen("so", officer_id=OFFICERS[n], at=at),
    "end_appeal": lambda r, n, at: r.end_appeal_time(at + timedelta(days=31 * n)),
    "step": lambda r, n, at: r.complete_step(Step("T", None, None, str(n)), at),
    "close": lambda r, n, at: r.close(at),
}


IN_REVIEW = [("receive", 0), ("receive", 1), ("send", 0), ("review", 1)]
REFUSED = [*IN_REVIEW, ("decide", 1)]  # the second outcome, by the second officer
CORRECTING, APPEALED = [*IN_REVIEW, ("send_back", 1)], [*REFUSED, ("appeal", 0)]
"""Few walks from the beginning come far, so some begin further on."""


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
    before=st.sampled_from([[], IN_REVIEW, CORRECTING, REFUSED, APPEALED]),
    orders=st.lists(st.tuples(st.sampled_from(sorted(ORDERS)), st.integers(0, 1)), max_size=30),
    cut=st.integers(0, 30),
)
@example(imported=False, before=CORRECTING, orders=[("correct", 0), ("send_back", 1)], cut=4)
@example(imported=False, before=CORRECTING, orders=[("correct", 0), ("decide", 0)], cut=6)
@example(imported=False, before=CORRECTING, orders=[("lapse", 1), ("withdraw", 0)], cut=6)
@example(imported=False, before=APPEALED, orders=[("review", 0), ("send_back", 0)], cut=7)
@example(imported=False, before=APPEALED, orders=[("withdraw", 0), ("reopen", 0)], cut=8)
@example(imported=False, before=REFUSED, orders=[("end_appeal", 1), ("reopen", 0)], cut=6)
def test_the_rows_from_events_are_the_rows_that_commands_write(
    imported: bool, before: list[tuple[str, int]], orders: list[tuple[str, int]], cut: int
) -> None:
    request = begin(imported)
    for number, (order, choice) in enumerate([*before, *orders]):
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
