"""The rows that are folded from events are the rows that commands write, whatever was commanded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import example, given
from hypothesis import strategies as st

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store.mapper import SealingMapper
from panjareh_common.projection import Row, fold, to_events
from panjareh_common.refusals import NotFound, Refusal
from panjareh_requests.domain.appointments import AppointmentTerms, Slot, WhenToCome
from panjareh_requests.domain.joining import ApplicantKind, PartyTerms
from panjareh_requests.domain.payment import FailedBecause, PaymentTerms, PaymentWhen
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    Ask,
    Decision,
    DecisionMode,
    Outcome,
    OutputTerms,
    RequestStatus,
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

HOUR = timedelta(hours=1)
PARTIES = [
    PartyTerms(key, {"fa": "طرف", "en": key}, {"fa": "می‌پذیرم", "en": "I agree"})
    for key in ("buyer", "witness")
]
JOINERS = [uuid4(), uuid4()]
SEVERAL = replace(TERMS, parties=tuple(PARTIES))
COMING = AppointmentTerms(WhenToCome.OFFICER_OFFERS, 15, 2, 0, 7, {"fa": "بیایید", "en": "Come"})

FEE = PaymentTerms(PaymentWhen.BEFORE_REVIEW, 1000, "IRR", 3, {"withdrawn": "all"})
PAID = replace(TERMS, payment=FEE)
PAID_LATE = replace(TERMS, payment=replace(FEE, when=PaymentWhen.BEFORE_OUTPUT))

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
    "come": lambda r, n, at: r.offer_by_officer(COMING, officer_id=OFFICERS[n], note="", at=at),
    "all_come": lambda r, n, at: r.offer_by_card(
        replace(COMING, when=WhenToCome.AFTER_SUBMISSION), at
    ),
    "book": lambda r, n, at: r.book(OFFICERS[n], Slot(at + 3 * HOUR, at + 4 * HOUR), at),
    "give_back": lambda r, n, at: r.give_appointment_back("", COMING, at),
    "call_off": lambda r, n, at: r.call_off("place", {}, COMING, at),
    "came": lambda r, n, at: r.came(officer_id=OFFICERS[n], at=at + 4 * HOUR),
    "missed": lambda r, n, at: r.did_not_come(COMING, officer_id=OFFICERS[n], at=at + 5 * HOUR),
    "lapse_offer": lambda r, n, at: r.lapse_offer(r.offer_version, at + 9 * n * 24 * HOUR),
    "no_need": lambda r, n, at: r.take_offer_back(officer_id=OFFICERS[n], at=at),
    "end_appeal": lambda r, n, at: r.end_appeal_time(at + timedelta(days=31 * n)),
    "fee": lambda r, n, at: _going_on(r).ask_fee(PAID, PaymentWhen.BEFORE_REVIEW, at),
    "fee_late": lambda r, n, at: _going_on(r).ask_fee(PAID_LATE, PaymentWhen.BEFORE_OUTPUT, at),
    "pay": lambda r, n, at: r.receive_payment(OFFICERS[n], 1000, "A1", at),
    "pay_not": lambda r, n, at: r.fail_payment(OFFICERS[n], FailedBecause.CANCELLED, at),
    "pay_never": lambda r, n, at: r.lapse_payment(at + n * 80 * HOUR),
    "step": lambda r, n, at: r.complete_step(Step("T", None, None, str(n)), at),
    "close": lambda r, n, at: r.close(at),
    "await": lambda r, n, at: _going_on(r).await_parties(SEVERAL, at),
    "invite": lambda r, n, at: r.invite(PARTIES[n].key, "seller", at),
    "join": lambda r, n, at: r.join(
        PARTIES[n],
        r.parties.get(PARTIES[n].key, {}).get("invitation", 0),
        person_id=JOINERS[n],
        kind=ApplicantKind.PERSON,
        assurance=AssuranceLevel.HIGH,
        required=AssuranceLevel.LOW,
        channel="web",
        form={},
        at=at,
    ),
    "decline": lambda r, n, at: r.decline(
        PARTIES[n].key,
        r.parties.get(PARTIES[n].key, {}).get("invitation", 0),
        person_id=JOINERS[n],
        reason="so",
        at=at,
    ),
    "leave": lambda r, n, at: r.withdraw("so", at, party=_party_of(r, n)),
    "lapse_joining": lambda r, n, at: r.lapse_joining(at + n * timedelta(days=60)),
    "ask_party": lambda r, n, at: r.send_back(
        [Ask("street", "?")],
        officer_id=OFFICERS[1],
        answer_by=at + HOUR,
        at=at,
        party=PARTIES[n].key,
    ),
    "party_corrects": lambda r, n, at: r.correct({}, at, party=_party_of(r, n)),
    "party_appeals": lambda r, n, at: r.appeal("so", at, party=_party_of(r, n)),
}


def _going_on(request: ServiceRequest) -> ServiceRequest:
    """What the platform does by itself, it does with what has not ended."""
    if request.status in {RequestStatus.WITHDRAWN, RequestStatus.CLOSED}:
        raise NotFound()
    return request


def _party_of(request: ServiceRequest, choice: int) -> str:
    """Only whom the command's door would let in."""
    key = PARTIES[choice].key
    if key not in request.joined:
        raise NotFound()
    return key


IN_REVIEW = [("receive", 0), ("receive", 1), ("send", 0), ("review", 1)]
REFUSED = [*IN_REVIEW, ("decide", 1)]  # the second outcome, by the second officer
EXPECTED = [*IN_REVIEW, ("come", 1), ("book", 0)]
JOINED = [("await", 0), ("invite", 0), ("invite", 1), ("join", 0), ("join", 1)]
CORRECTING, APPEALED = [*IN_REVIEW, ("send_back", 1)], [*REFUSED, ("appeal", 0)]
"""Few walks from the beginning come far, so some begin further on."""


class BlackBox:
    """Seals anything, and never opens."""

    def seal(self, person_id: UUID | None, data: Any, context: str) -> bytes:
        return b"box"

    def seal_for(self, owners: Any, data: Any, context: str) -> list[bytes]:
        return [b"box"]


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
        owners = request.owners_of(event)
        stored = mapper.to_stored(event, request.person_id or uuid4(), owners)
        state = stored.state if stored.topic in RequestRows.reads else None
        rows.append(
            (0, request.id, event.originator_version, 0, stored.topic, state, event.timestamp)
        )
    return rows


@given(
    imported=st.booleans(),
    before=st.sampled_from(
        [[], IN_REVIEW, EXPECTED, CORRECTING, REFUSED, APPEALED, JOINED[:3], JOINED]
    ),
    orders=st.lists(st.tuples(st.sampled_from(sorted(ORDERS)), st.integers(0, 1)), max_size=30),
    cut=st.integers(0, 30),
)
@example(imported=False, before=CORRECTING, orders=[("correct", 0), ("send_back", 1)], cut=4)
@example(imported=False, before=CORRECTING, orders=[("correct", 0), ("decide", 0)], cut=6)
@example(imported=False, before=CORRECTING, orders=[("lapse", 1), ("withdraw", 0)], cut=6)
@example(imported=False, before=EXPECTED, orders=[("missed", 0), ("lapse_offer", 1)], cut=7)
@example(imported=False, before=EXPECTED, orders=[("came", 0), ("decide", 1)], cut=7)
@example(
    imported=False, before=EXPECTED[:2], orders=[("all_come", 0), ("book", 0), ("came", 0)], cut=4
)
@example(
    imported=False, before=APPEALED, orders=[("review", 0), ("come", 0), ("withdraw", 0)], cut=7
)
@example(imported=False, before=APPEALED, orders=[("review", 0), ("send_back", 0)], cut=7)
@example(imported=False, before=APPEALED, orders=[("withdraw", 0), ("reopen", 0)], cut=8)
@example(imported=False, before=[("fee", 0)], orders=[("pay", 0), ("receive", 0)], cut=2)
@example(imported=False, before=[("fee", 0)], orders=[("pay_never", 1), ("pay", 0)], cut=3)
@example(
    imported=False, before=[*IN_REVIEW, ("decide", 0)], orders=[("fee_late", 0), ("pay", 0)], cut=6
)
@example(imported=False, before=REFUSED, orders=[("end_appeal", 1), ("reopen", 0)], cut=6)
@example(
    imported=False,
    before=JOINED[:3],
    orders=[("decline", 0), ("invite", 0), ("decline", 1)],
    cut=3,
)
@example(imported=False, before=JOINED[:4], orders=[("leave", 0), ("lapse_joining", 1)], cut=4)
@example(
    imported=False,
    before=[*JOINED, *IN_REVIEW],
    orders=[("ask_party", 1), ("party_corrects", 1), ("decide", 1), ("party_appeals", 0)],
    cut=10,
)
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
    written = row_of(request, newest)
    written["party_ids"] = [str(person) for person in written["party_ids"]]
    assert rows == {request.id: written}
