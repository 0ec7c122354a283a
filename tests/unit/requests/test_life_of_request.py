"""The life of a request against a small model: whatever is asked in whatever order, both agree."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from panjareh_common.assurance import AssuranceLevel
from panjareh_common.event_store.snapshots import from_state, to_state
from panjareh_common.refusals import Refusal
from panjareh_common.testing.aggregates import AT
from panjareh_requests.domain.decisions.messaging import MOST_IN_A_ROW
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    Ask,
    Decision,
    DecisionMode,
    Outcome,
    ServiceTerms,
    Writer,
)
from panjareh_requests.read_model.possible import possible

APPLICANT = uuid4()
# The last one is the applicant, who is an officer of the authority, too.
OFFICERS = (uuid4(), uuid4(), APPLICANT)
NEEDED = ("income", "residence")
APPEAL_DAYS = 10
TERMS = ServiceTerms(
    code="LIF-001",
    version=1,
    authority="municipality",
    name={},
    required_assurance=AssuranceLevel.SELF_ASSERTED,
    decision_mode=DecisionMode.RULES,
    evidence=NEEDED,
    form={},
    time_limit_days=5,
    appeal_days=APPEAL_DAYS,
)
ENDED = ("decided", "withdrawn", "closed")
officers = st.sampled_from(OFFICERS)
reasons = st.sampled_from(["", "because"])


class Life(RuleBasedStateMachine):
    """The model is what a lawyer would keep on a sheet of paper: a few plain values, no events."""

    @initialize(
        start=st.sampled_from(["submitted", "in review", "granted", "refused", "under appeal"])
    )
    def begin(self, start: str = "submitted") -> None:
        """At the beginning, or further on: few walks from the beginning come far."""
        self.now = AT
        self.request = ServiceRequest.submit(
            request_id=uuid4(),
            applicant_id=APPLICANT,
            assurance=AssuranceLevel.HIGH,
            terms=TERMS,
            form={"street": "ولیعصر", "n": 0},
            channel="web",
            reference="123456789010",
            at=AT,
        )
        self.events = list(self.request.collect_events())
        # The model
        self.status, self.outcome = "submitted", None
        self.reviewer: UUID | None = None
        self.open = list(NEEDED)
        self.form = {"street": "ولیعصر", "n": 0}
        self.answer_by = self.final_at = None
        self.appealed = False
        self.decided_by: set[UUID] = set()
        self.row = (None, 0)
        if start == "submitted":
            return
        for name in NEEDED:
            self.answer_comes(name, True)
        self.officers_are_asked()
        self.review_starts(OFFICERS[0])
        if start != "in review":
            outcome = Outcome.GRANTED if start == "granted" else Outcome.REFUSED
            self.officer_decides(OFFICERS[0], outcome, "because")
        if start == "under appeal":
            self.applicant_appeals("because")

    def ask(self, allowed: bool, what, *how, **named) -> bool:
        """Does it; the request must refuse exactly what the model does not allow."""
        self.keep()
        try:
            what(*how, at=self.now, **named)
        except Refusal:
            assert not self.request.pending_events, "who refuses has decided nothing"
            assert not allowed, f"{what.__name__} was refused at {self.status}"
            return False
        assert allowed, f"{what.__name__} was not refused at {self.status}"
        return True

    def reviewing(self, officer: UUID) -> bool:
        return self.status in ("under_review", "under_appeal") and self.reviewer == officer

    def back(self) -> str:
        return "under_appeal" if self.appealed else "under_review"

    @rule(days=st.sampled_from([0, 1, 5, APPEAL_DAYS]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days, seconds=1)

    @rule(evidence=st.sampled_from(NEEDED), held=st.booleans())
    def answer_comes(self, evidence: str, held: bool) -> None:
        self.request.evidence_asked(evidence, self.now)
        if held:
            self.request.receive_evidence(evidence, {"x": 1}, self.now)
        else:
            self.request.miss_evidence(evidence, {"en": "none"}, self.now)
        if self.status != "withdrawn":
            if evidence in self.open:
                self.open.remove(evidence)
            if self.status == "submitted":
                self.status = "gathering_evidence"

    @rule(outcome=st.sampled_from(Outcome))
    def rules_decide(self, outcome: Outcome) -> None:
        ready = self.status in ("submitted", "gathering_evidence") and not self.open
        decision = Decision(outcome, {"en": "so"})
        if self.ask(ready, self.request.decide_by_rules, decision, appeal_days=APPEAL_DAYS):
            self.decided(outcome)

    @rule()
    def officers_are_asked(self) -> None:
        ready = self.status in ("submitted", "gathering_evidence") and not self.open
        self.request.send_to_officers("officers_decide", self.now)
        if ready:
            self.status = "under_review"

    @rule(officer=officers)
    def review_starts(self, officer: UUID) -> None:
        barred = officer == APPLICANT or (
            self.status == "under_appeal" and officer in self.decided_by
        )
        free = self.reviewer is None and not barred
        allowed = self.status in ("under_review", "under_appeal") and (
            free or self.reviewer == officer
        )
        if self.ask(allowed, self.request.start_review, officer):
            self.reviewer = officer

    @rule(officer=officers, outcome=st.sampled_from(Outcome), reason=reasons)
    def officer_decides(self, officer: UUID, outcome: Outcome, reason: str) -> None:
        allowed = self.reviewing(officer) and (outcome is Outcome.GRANTED or reason != "")
        if self.ask(
            allowed,
            self.request.decide_by_officer,
            outcome,
            officer_id=officer,
            reason=reason,
            appeal_days=APPEAL_DAYS,
        ):
            self.decided(outcome, officer)

    @precondition(lambda self: self.reviewer is not None)
    @rule(outcome=st.sampled_from(Outcome))
    def the_reviewer_decides(self, outcome: Outcome) -> None:
        self.officer_decides(self.reviewer, outcome, "because")

    def decided(self, outcome: Outcome, officer: UUID | None = None) -> None:
        self.status, self.outcome = "decided", outcome
        if officer:
            self.decided_by.add(officer)
        last = self.appealed
        self.final_at = None if last else self.now + timedelta(days=APPEAL_DAYS)
        if self.request.final_at is None:  # as `conclude` does
            self.request.close(self.now)
            self.status = "closed"

    @rule(officer=officers, days=st.integers(1, 5))
    def officer_sends_back(self, officer: UUID, days: int) -> None:
        answer_by = self.now + timedelta(days=days)
        asks = [Ask("n", "which one?")]
        if self.ask(
            self.reviewing(officer),
            self.request.send_back,
            asks,
            officer_id=officer,
            answer_by=answer_by,
        ):
            self.status, self.answer_by = "awaiting_applicant", answer_by

    @precondition(lambda self: self.reviewer is not None)
    @rule(days=st.integers(1, 5))
    def the_reviewer_sends_back(self, days: int) -> None:
        self.officer_sends_back(self.reviewer, days)

    @rule(n=st.integers(0, 3))
    def applicant_corrects(self, n: int) -> None:
        in_time = self.status == "awaiting_applicant" and self.now <= self.answer_by
        form = {"street": "ولیعصر", "n": n}
        if self.ask(in_time, self.request.correct, form):
            self.form, self.status, self.answer_by = form, self.back(), None

    @rule()
    def correction_is_looked_after(self) -> None:
        self.request.lapse_correction(self.now)
        if self.status == "awaiting_applicant" and self.now >= self.answer_by:
            self.status, self.answer_by = self.back(), None

    @rule(writer=st.sampled_from(Writer), many=st.sampled_from([1, MOST_IN_A_ROW]))
    def somebody_writes(self, writer: Writer, many: int) -> None:
        for _ in range(many):
            before, count = self.row
            count = count if before is writer else 0
            allowed = self.status not in ("withdrawn", "closed") and count < MOST_IN_A_ROW
            if self.ask(allowed, self.request.write_message, uuid4(), writer, "سلام"):
                self.row = (writer, count + 1)

    @rule(reason=reasons)
    def applicant_withdraws(self, reason: str) -> None:
        of_appeal = self.appealed and self.status in ("under_appeal", "awaiting_applicant")
        allowed = self.status not in ENDED and (self.outcome is None or of_appeal)
        if self.ask(allowed, self.request.withdraw, reason):
            self.status, self.answer_by = "closed" if of_appeal else "withdrawn", None
            if not of_appeal:
                self.open = []

    @rule(grounds=reasons)
    def applicant_appeals(self, grounds: str) -> None:
        allowed = (
            self.status == "decided"
            and self.outcome is Outcome.REFUSED
            and not self.appealed
            and self.now < self.final_at
            and grounds != ""
        )
        if self.ask(allowed, self.request.appeal, grounds):
            self.status, self.appealed, self.reviewer, self.final_at = (
                "under_appeal",
                True,
                None,
                None,
            )

    @rule()
    def appeal_time_is_looked_after(self) -> None:
        self.request.end_appeal_time(self.now)
        if self.status == "decided" and self.now >= self.final_at:
            self.status = "closed"

    @rule(officer=officers, reason=reasons)
    def authority_reopens(self, officer: UUID, reason: str) -> None:
        allowed = (
            self.status in ("decided", "closed")
            and self.outcome is Outcome.REFUSED
            and officer != APPLICANT
            and reason != ""
        )
        if self.ask(allowed, self.request.reopen, reason, officer_id=officer):
            self.status, self.reviewer, self.appealed, self.final_at = (
                "under_review",
                None,
                False,
                None,
            )

    @precondition(lambda self: self.events)
    @rule()
    def process_dies_and_another_reads_the_log(self) -> None:
        self.keep()
        self.request = replayed(self.events)

    @rule()
    def snapshot_is_taken_and_read(self) -> None:
        self.keep()
        state = to_state(self.request)
        self.request = from_state(ServiceRequest, self.request.id, self.request.version, state)

    def keep(self) -> None:
        self.events += self.request.collect_events()

    @invariant()
    def both_agree(self) -> None:
        if not hasattr(self, "events"):
            return
        self.keep()
        request = self.request
        assert (str(request.status), request.outcome) == (self.status, self.outcome)
        assert request.officer_id == self.reviewer
        assert request.form == self.form
        assert request.open_evidence == self.open
        assert (request.answer_by is None) == (self.answer_by is None)

    @invariant()
    def what_is_foretold_is_what_would_not_be_refused(self) -> None:
        if not hasattr(self, "events"):
            return
        foretold = set(possible(vars(self.request), self.now))
        tries = {
            "withdraw": lambda r: r.withdraw("", self.now),
            "correct": lambda r: r.correct(self.form, self.now),
            "appeal": lambda r: r.appeal("no", self.now),
        }
        for name, trying in tries.items():
            again = replayed(self.events)
            try:
                trying(again)
            except Refusal:
                assert name not in foretold, name
            else:
                assert name in foretold, name

    def teardown(self) -> None:
        if not hasattr(self, "events"):
            return
        self.keep()
        again = replayed(self.events)
        assert vars(again) == vars(self.request) | {"_pending_events": []}
        decided = [e for e in self.events if type(e) is ServiceRequest.Decided]
        assert [e.instance for e in decided] == list(range(1, len(decided) + 1))
        assert sum(type(e) is ServiceRequest.Withdrawn for e in self.events) <= 1


def replayed(events) -> ServiceRequest:
    request = None
    for event in events:
        request = event.mutate(request)
    return request


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize("by", ["withdrawal first", "decision first"])
def test_of_a_withdrawal_and_a_decision_the_second_is_refused(by: str) -> None:
    life = Life()
    life.begin()
    request = life.request
    for name in NEEDED:
        request.receive_evidence(name, {}, AT)
    request.send_to_officers("officers_decide", AT)
    request.start_review(OFFICERS[0], AT)

    def withdraw() -> None:
        request.withdraw("", AT)

    def decide() -> None:
        request.decide_by_officer(Outcome.GRANTED, officer_id=OFFICERS[0], reason="", at=AT)

    first, second = (withdraw, decide) if by == "withdrawal first" else (decide, withdraw)
    first()
    with pytest.raises(Refusal):
        second()


def test_nothing_is_taken_in_about_somebody_who_withdrew() -> None:
    life = Life()
    life.begin()
    request = life.request
    request.evidence_asked("income", AT)
    request.withdraw("", AT)
    before = request.version

    request.receive_evidence("income", {"decile": 2}, AT)
    request.miss_evidence("residence", {"en": "none"}, AT)
    request.evidence_delayed("residence", AT)
    request.evidence_asked("residence", AT)

    assert request.version == before
    assert request.open_evidence == []
