"""Every decision of every part of a request's life, in whatever order, against what must hold of all of them.

`test_life_of_request.py` knows for some of them exactly when they are refused. Here nothing is foretold: whatever the
parts allow in whichever order, what was allowed has to keep these promises. A decision or an event that the machine
does not know fails a test of its own, so nothing is left out that is added later.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    rule,
)
from tests.unit.requests.living import (
    ANN,
    BEN,
    BUYER,
    CARDS,
    CLEO,
    NOT_HERE,
    REVIEWER,
    name_of,
    officers,
)
from tests.unit.requests.living_rules import Handled
from tests.unit.requests.living_waits import Awaited

from panjareh_requests.domain.payment import (
    FailedBecause,
)
from panjareh_requests.domain.queue_order import Place, Released
from panjareh_requests.domain.service_request import ServiceRequest
from panjareh_requests.domain.values import (
    Outcome,
    Writer,
)
from panjareh_requests.read_model.sentences import SENTENCES


class WholeLife(Handled, Awaited):
    # Stories: what comes far only in its order

    def reviews(self) -> None:
        """Somebody has it, whatever was before, where that can be."""
        self.fee_is_paid()
        self.all_join()
        self.all_answers_come_and_officers_are_asked()
        self.officer_takes_it(CLEO, Place())

    def story_of_coming(self) -> None:
        self.officer_has_the_applicant_come(REVIEWER)
        self.applicant_waits_in_line("join")
        self.appointment_is_made_or_changed(3, "book")
        self.appointment_is_made_or_changed(4, "move")
        self.appointment_is_made_or_changed(0, "give")
        self.applicant_waits_in_line("join")
        self.applicant_waits_in_line("keep")
        self.applicant_waits_in_line("leave")
        self.appointment_is_made_or_changed(2, "book")
        self.appointment_is_made_or_changed(0, "call off")

    def story_of_missing(self) -> None:
        for _ in range(2):
            self.officer_has_the_applicant_come(REVIEWER)
            self.appointment_is_made_or_changed(0, "book")
            self.time_passes(30)
            self.applicant_comes_or_not(BEN, came=False)
        self.officer_takes_it(ANN, Place())

    def story_of_being_there(self) -> None:
        self.officer_has_the_applicant_come(REVIEWER)
        self.appointment_is_made_or_changed(0, "book")
        self.time_passes(1)
        self.applicant_comes_or_not(BEN, came=True)

    def story_of_a_time_that_nobody_chose(self) -> None:
        self.officer_has_the_applicant_come(REVIEWER)
        self.time_passes(24 * 11)
        self.appointments_are_looked_after()

    def story_of_two_officers(self) -> None:
        self.officer_proposes(REVIEWER, Outcome.REFUSED, Place(3, "urgent"))
        self.proposal_is_returned(BEN)
        self.officer_proposes(REVIEWER, Outcome.GRANTED, Place())
        self.officer_confirms(BEN, Place(1, "urgent"))

    def story_of_opinions(self) -> None:
        for how in ("give", "withdraw", "lapse"):
            self.another_authority_is_asked(REVIEWER, "ask")
            self.time_passes(24 * 11 if how == "lapse" else 1)
            self.another_authority_is_asked(None, how)

    def story_of_answers_that_do_not_come(self) -> None:
        for evidence in self.request.open_evidence:
            for what in ("ask", "delay", "miss"):
                self.authority_answers(evidence, what)

    def story_of_a_fee(self) -> None:
        self.paying_fails(FailedBecause.DECLINED)
        self.fee_is_paid()
        self.applicant_withdraws(really=True)
        self.money_goes_back()

    def story_of_a_fee_that_nobody_paid(self) -> None:
        self.time_passes(24 * 11)
        self.payment_is_looked_after()
        self.fee_is_paid()
        self.money_goes_back()

    def story_of_an_office(self) -> None:
        self.somebody_writes(Writer.APPLICANT)
        self.milestone_is_reached()
        self.supervisor_hands_over(BEN, CLEO, Place())
        self.officer_is_too_near(BEN, really=True)
        self.somebody_writes(Writer.OFFICER)
        self.officer_takes_it(ANN, Place(2, "urgent"))
        self.review_is_released(Released.LEFT_OFFICE)

    def story_of_others_who_do_not_want(self) -> None:
        self.fee_is_paid()
        if not self.request.is_awaiting_parties:
            return
        for what in ("decline", "join"):
            self.somebody_is_invited("buyer")
            self.somebody_is_invited("buyer")
            self.invited_answers("buyer", BUYER, what)
        self.applicant_withdraws(really=True, party="buyer")
        self.time_passes(24 * 11)
        self.joining_is_looked_after()
        self.money_goes_back()

    def story_of_a_poor_persons_document(self) -> None:
        self.fee_is_paid()
        self.all_join()
        self.authority_answers("income", "receive of the poor")
        self.reviews()
        self.officer_decides(REVIEWER, Outcome.GRANTED, Place())

    def story_of_a_party_that_corrects(self) -> None:
        self.officer_sends_back(REVIEWER, "buyer")
        self.applicant_corrects(1, None)
        self.applicant_corrects(1, "buyer")
        self.officer_decides(REVIEWER, Outcome.REFUSED, Place())
        self.applicant_appeals("buyer")
        self.applicant_withdraws(really=True, party=None)
        self.applicant_withdraws(really=True, party="buyer")

    def story_of_a_second_look(self) -> None:
        self.officer_decides(REVIEWER, Outcome.REFUSED, Place())
        self.applicant_appeals()
        self.officer_takes_it(CLEO, Place())
        self.officer_sends_back(REVIEWER)
        self.time_passes(24 * 11)
        self.correction_is_looked_after()
        self.officer_sends_back(REVIEWER)
        self.applicant_corrects(1)
        self.officer_decides(REVIEWER, Outcome.REFUSED, Place())
        self.authority_reopens(BEN)
        self.officer_takes_it(BEN, Place())
        self.officer_decides(REVIEWER, Outcome.GRANTED, Place())
        self.fee_is_paid()
        self.document_is_sent()
        self.document_is_revoked(BEN)

    @rule(story=st.sampled_from([name for name in dict(vars()) if name.startswith("story_of")]))
    def story_is_told(self, story: str) -> None:
        getattr(self, story)()

    # What may not fit

    @rule(
        order=st.sampled_from(
            [
                "officer_decides",
                "officer_proposes",
                "officer_sends_back",
                "authority_reopens",
                "document_is_revoked",
                "officer_has_the_applicant_come",
                "officer_goes_on_without",
                "proposal_is_returned",
            ]
        ),
        officer=officers,
    )
    def officer_tries_what_may_not_fit(self, order: str, officer: UUID | None) -> None:
        more = {
            "officer_decides": (Outcome.GRANTED, Place()),
            "officer_proposes": (Outcome.REFUSED, Place()),
        }
        getattr(self, order)(officer, *more.get(order, ()))

    @rule(
        order=st.sampled_from(
            [
                "all_answers_come_and_officers_are_asked",
                "applicant_appeals",
                "appeal_time_is_looked_after",
                "document_is_sent",
                "money_goes_back",
                "payment_is_looked_after",
                "appointments_are_looked_after",
                "correction_is_looked_after",
                "idle_review_is_looked_after",
                "fee_is_paid",
            ]
        )
    )
    def somebody_tries_what_may_not_fit(self, order: str) -> None:
        getattr(self, order)()


TestWholeLife = WholeLife.TestCase
TestWholeLife.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)


def every(kind: Callable[[Any], bool], of: type) -> set[str]:
    return {name for name, value in vars(of).items() if not name.startswith("_") and kind(value)}


def invariants_hold(life: WholeLife) -> None:
    life.exactly_one_clock_shows_whose_turn_it_is()
    life.at_most_one_document_holds_and_only_of_what_was_granted()
    life.money_is_kept_account_of()
    life.nobody_reviews_what_they_may_not()


def tours() -> list[tuple[str, str, tuple[str, ...]]]:
    """Walks that together come past everything: of a fee, from a beginning, through some stories."""
    stories = sorted(name for name in vars(WholeLife) if name.startswith("story_of"))
    again = (
        "review_is_released",
        "idle_review_is_looked_after",
        "process_dies_and_another_reads_the_log",
    )
    return [
        *(
            (card, "in review", (story, "snapshot_is_taken_and_read"))
            for card in CARDS
            for story in stories
        ),
        *((card, "submitted", (story, "reviews", *again)) for card in CARDS for story in stories),
    ]


def toured() -> Counter[str]:
    seen: Counter[str] = Counter()
    for card, start, steps in tours():
        life = WholeLife()
        life.begin(card, start)
        for step in steps:
            told = (Released.OFFICER,) if step == "review_is_released" else ()
            getattr(life, step)(*told)
            invariants_hold(life)
        life.time_is_up()
        life.teardown()
        seen.update(name_of(event) for event in life.events)
    return seen


def test_the_machine_comes_past_every_event_that_there_is() -> None:
    topics = {value.TOPIC for value in vars(ServiceRequest).values() if hasattr(value, "TOPIC")}
    events = {topic.rpartition(".")[2] for topic in topics}

    assert events - set(toured()) == NOT_HERE


def test_no_part_hides_a_decision_of_another() -> None:
    shared = {
        "person_ids",
        "owners_of",
    }  # of whoever knows more of the persons than the event store
    parts = [part for part in ServiceRequest.__bases__ if part.__module__.startswith("panjareh_")]
    names = Counter(
        name
        for part in parts
        for name in every(callable, part) | every(lambda v: isinstance(v, property), part)
    )

    assert [name for name, count in names.items() if count > 1 and name not in shared] == []


def test_every_event_of_a_request_has_a_sentence_for_its_applicant() -> None:
    topics = {value.TOPIC for value in vars(ServiceRequest).values() if hasattr(value, "TOPIC")}

    assert topics <= set(SENTENCES)
