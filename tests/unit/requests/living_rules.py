"""What authorities, officers and applicants do with a request, as rules of the machine of test_whole_life.py."""

from __future__ import annotations

from uuid import UUID, uuid4, uuid5

from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
)
from tests.unit.requests.living import (
    ANN,
    BEN,
    CLEO,
    DAY,
    TERMS,
    Living,
    decided,
    documented,
    gathering,
    officers,
    outcomes,
    parties,
    places,
    proposed,
    reviewed,
    seldom,
    sent_back,
)

from panjareh_requests.domain.clock import Turn
from panjareh_requests.domain.issued_document import RevocationGround
from panjareh_requests.domain.opinion import OpinionQuestion, Recommendation
from panjareh_requests.domain.queue_order import Place, Released
from panjareh_requests.domain.values import (
    Ask,
    Decision,
    Outcome,
    Writer,
)


class Handled(Living):
    """Evidence, rules, officers, the applicant, documents."""

    # Evidence, rules, time

    @precondition(gathering)
    @rule(
        evidence=st.sampled_from(TERMS.evidence),
        what=st.sampled_from(["ask", "delay", "receive", "receive of the poor", "miss"]),
    )
    def authority_answers(self, evidence: str, what: str) -> None:
        request, at = self.request, self.now
        match what:
            case "ask":
                self.does(request.evidence_asked, evidence, at)
            case "delay":
                self.does(request.evidence_delayed, evidence, at)
            case "receive":
                self.does(request.receive_evidence, evidence, {"decile": 3}, at)
            case "receive of the poor":
                self.does(request.receive_evidence, evidence, {"decile": 1}, at)
            case "miss":
                self.does(request.miss_evidence, evidence, {"en": "none"}, at)

    @precondition(gathering)
    @rule()
    def all_answers_come_and_officers_are_asked(self) -> None:
        for evidence in self.request.open_evidence:
            self.authority_answers(evidence, "ask")
            self.authority_answers(evidence, "receive")
        self.does(self.request.send_to_officers, "officers_decide", self.now)

    @rule(outcome=outcomes)
    def rules_decide(self, outcome: Outcome) -> None:
        decision = Decision(outcome, {"en": "so"}, inputs={"x": 1})
        if self.request.ready_to_decide:
            self.does(self.request.decide_by_rules, decision, self.now, appeal_days=10)

    @rule(really=seldom)
    def law_decides(self, really: bool) -> None:
        decision = Decision(Outcome.GRANTED, {"en": "so"})
        if really and self.request.next_stage is not None and self.turn is Turn.AUTHORITY:
            self.does(self.request.decide_by_law, decision, self.now, appeal_days=10)

    @rule()
    def time_is_up(self) -> None:
        stage = self.request.next_stage
        if stage is not None and self.turn is Turn.AUTHORITY:
            self.does(self.request.escalate, stage, self.now, self.now)

    # Officers

    @rule(officer=officers, place=places)
    def officer_takes_it(self, officer: UUID | None, place: Place) -> None:
        self.does(self.request.start_review, self.one(officer), self.now, place)

    @precondition(reviewed)
    @rule(officer=officers, outcome=outcomes, place=places)
    def officer_decides(self, officer: UUID | None, outcome: Outcome, place: Place) -> None:
        self.does(
            self.request.decide_by_officer,
            outcome,
            officer_id=self.one(officer),
            reason="so",
            at=self.now,
            appeal_days=10,
            place=place,
        )

    @precondition(reviewed)
    @rule(outcome=outcomes)
    def whoever_has_it_decides(self, outcome: Outcome) -> None:
        self.officer_decides(self.request.officer_id or ANN, outcome, Place())

    @precondition(reviewed)
    @rule(officer=officers, outcome=outcomes, place=places)
    def officer_proposes(self, officer: UUID | None, outcome: Outcome, place: Place) -> None:
        self.does(
            self.request.propose_decision,
            outcome,
            officer_id=self.one(officer),
            reason="so",
            at=self.now,
            place=place,
        )

    @precondition(proposed)
    @rule(officer=officers, place=places)
    def officer_confirms(self, officer: UUID | None, place: Place) -> None:
        self.does(
            self.request.confirm_decision, officer or BEN, self.now, appeal_days=10, place=place
        )

    @precondition(proposed)
    @rule(officer=officers)
    def proposal_is_returned(self, officer: UUID | None) -> None:
        self.does(self.request.return_proposal, self.one(officer), "not so", self.now)

    @precondition(reviewed)
    @rule(because=st.sampled_from(Released))
    def review_is_released(self, because: Released) -> None:
        self.does(self.request.release_review, because, self.now, reason="ill")

    @precondition(reviewed)
    @rule()
    def idle_review_is_looked_after(self) -> None:
        self.does(self.request.release_idle, self.now)

    @rule(officer=officers, supervisor=officers, place=places)
    def supervisor_hands_over(
        self, officer: UUID | None, supervisor: UUID | None, place: Place
    ) -> None:
        self.does(
            self.request.reassign,
            officer or BEN,
            supervisor_id=supervisor or CLEO,
            reason="so",
            at=self.now,
            place=place,
        )

    @rule(officer=st.sampled_from([ANN, BEN]), really=seldom)
    def officer_is_too_near(self, officer: UUID, really: bool) -> None:
        if really:
            self.does(self.request.declare_conflict, officer, "my cousin", self.now)

    @precondition(reviewed)
    @rule(officer=officers, what=st.sampled_from(["ask", "give", "withdraw", "lapse"]))
    def another_authority_is_asked(self, officer: UUID | None, what: str) -> None:
        request, at = self.request, self.now
        known = uuid5(request.id, f"opinion {len(request.opinions) - (what != 'ask')}")
        match what:
            case "ask":
                question = OpinionQuestion("welfare", "Is it so?", at + 5 * DAY, ("street",))
                self.does(request.ask_opinion, known, question, officer_id=self.one(officer), at=at)
            case "give":
                self.does(
                    request.give_opinion,
                    known,
                    next(iter(Recommendation)),
                    "Yes.",
                    authority="welfare",
                    officer_id=officer or CLEO,
                    at=at,
                )
            case "withdraw":
                self.does(request.withdraw_opinion, known, officer_id=self.one(officer), at=at)
            case "lapse" if known in request.opinions:
                self.does(request.lapse_opinion, known, at)

    @rule()
    def milestone_is_reached(self) -> None:
        self.does(self.request.reach, "printed", self.terms, unit=None, at=self.now)

    @precondition(reviewed)
    @rule(officer=officers, party=parties)
    def officer_sends_back(self, officer: UUID | None, party: str | None = None) -> None:
        self.does(
            self.request.send_back,
            [Ask("street", "Which?")],
            officer_id=self.one(officer),
            answer_by=self.now + 5 * DAY,
            at=self.now,
            party=party,
        )

    # The applicant

    @precondition(sent_back)
    @rule(n=st.integers(0, 2), party=parties)
    def applicant_corrects(self, n: int, party: str | None = None) -> None:
        if self.there(party):
            self.does(self.request.correct, {"street": str(n)}, self.now, party=party)

    @precondition(sent_back)
    @rule()
    def correction_is_looked_after(self) -> None:
        self.does(self.request.lapse_correction, self.now)

    @rule(writer=st.sampled_from(Writer))
    def somebody_writes(self, writer: Writer) -> None:
        self.does(self.request.write_message, uuid4(), writer, "سلام", self.now)

    @rule(really=seldom, party=parties)
    def applicant_withdraws(self, really: bool, party: str | None = None) -> None:
        if really and self.there(party):
            self.does(self.request.withdraw, "so", self.now, party=party)

    @precondition(decided)
    @rule(party=parties)
    def applicant_appeals(self, party: str | None = None) -> None:
        if self.there(party):
            self.does(self.request.appeal, "No.", self.now, party=party)

    @precondition(decided)
    @rule()
    def appeal_time_is_looked_after(self) -> None:
        self.does(self.request.end_appeal_time, self.now)

    @precondition(decided)
    @rule(officer=officers)
    def authority_reopens(self, officer: UUID | None) -> None:
        self.does(self.request.reopen, "wrong", officer_id=self.one(officer), at=self.now)

    # Documents

    @precondition(documented)
    @rule(officer=officers)
    def document_is_revoked(self, officer: UUID | None) -> None:
        number = self.request.document_number
        if number is not None:
            self.does(
                self.request.revoke_output,
                number,
                because=RevocationGround.REPLACED,
                reason="so",
                officer_id=self.one(officer),
                at=self.now,
            )

    @precondition(documented)
    @rule()
    def document_is_sent(self) -> None:
        number = self.request.document_number
        if number is not None:
            self.does(self.request.send_output, number, "science", self.now)
