"""What a request waits for besides: money, an appointment, those who have to join; as rules of test_whole_life.py."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import (
    precondition,
    rule,
)
from tests.unit.requests.living import (
    APPLICANT,
    BUYER,
    COMING,
    DAY,
    PLACE,
    WITNESS,
    Living,
    awaiting_others,
    coming,
    officers,
    owing,
    reviewed,
)

from panjareh_common.assurance import AssuranceLevel
from panjareh_requests.domain.appointments import Slot
from panjareh_requests.domain.joining import ApplicantKind
from panjareh_requests.domain.payment import (
    FailedBecause,
)
from panjareh_requests.domain.values import (
    RequestStatus,
)


class Awaited(Living):
    """Waits that end by somebody doing something, or by their time."""

    # Money

    @precondition(owing)
    @rule()
    def fee_is_paid(self) -> None:
        request = self.request
        if request.pay_by is None:
            return
        if self.does(request.receive_payment, request.payment_id, 500_000, "T-1", self.now):
            self.after_payment()

    def after_payment(self) -> None:
        """As the use case goes on where what was waited for is there."""
        request = self.request
        if request.status is RequestStatus.DECIDED and request.owes_output(self.terms):
            self.does(self.issue_or_revoke)
        elif request.status is RequestStatus.SUBMITTED:
            self.does(self.go_on)

    @precondition(owing)
    @rule(because=st.sampled_from(FailedBecause))
    def paying_fails(self, because: FailedBecause) -> None:
        self.does(self.request.fail_payment, self.request.payment_id, because, self.now)

    @precondition(owing)
    @rule()
    def payment_is_looked_after(self) -> None:
        self.does(self.request.lapse_payment, self.now)

    @precondition(owing)
    @rule()
    def money_goes_back(self) -> None:
        for payment_id in list(self.request.refunds):
            self.does(self.request.refund_payment, payment_id, "R-1", self.now)

    # Coming in person

    def slot(self, days: int) -> Slot:
        begins = self.now + days * DAY + timedelta(hours=2)
        return Slot(begins, begins + timedelta(minutes=30))

    @precondition(reviewed)
    @rule(officer=officers)
    def officer_has_the_applicant_come(self, officer: UUID | None) -> None:
        self.does(
            self.request.offer_by_officer,
            COMING,
            officer_id=self.one(officer),
            note="bring it",
            at=self.now,
        )

    @precondition(coming)
    @rule(days=st.integers(0, 5), what=st.sampled_from(["book", "move", "give", "call off"]))
    def appointment_is_made_or_changed(self, days: int, what: str) -> None:
        request, at = self.request, self.now
        match what:
            case "book":
                self.does(request.book, PLACE, self.slot(days), at)
            case "move":
                self.does(request.move, PLACE, self.slot(days), COMING, at)
            case "give":
                self.does(request.give_appointment_back, "ill", COMING, at)
            case "call off":
                self.does(request.call_off, "place", {"en": "closed"}, COMING, at)

    @precondition(coming)
    @rule(officer=officers, came=st.booleans())
    def applicant_comes_or_not(self, officer: UUID | None, came: bool) -> None:
        if came:
            self.does(self.request.came, officer_id=self.one(officer), at=self.now)
        else:
            self.does(self.request.did_not_come, COMING, officer_id=self.one(officer), at=self.now)

    @precondition(coming)
    @rule(officer=officers)
    def officer_goes_on_without(self, officer: UUID | None) -> None:
        self.does(self.request.take_offer_back, officer_id=self.one(officer), at=self.now)

    @precondition(coming)
    @rule()
    def appointments_are_looked_after(self) -> None:
        request = self.request
        self.does(request.lapse_offer, request.offer_version, self.now)
        self.does(request.lapse_marking, request.booking_version, self.now)
        self.does(request.end_hold, request.hold_version, self.now)

    @precondition(coming)
    @rule(what=st.sampled_from(["join", "leave", "keep"]))
    def applicant_waits_in_line(self, what: str) -> None:
        request, at = self.request, self.now
        today = at.date()
        match what:
            case "join":
                self.does(request.join_line, PLACE, today, today + 5 * DAY, at)
            case "leave":
                self.does(request.leave_line, at)
            case "keep":
                self.does(request.keep_for, PLACE, self.slot(1), at + DAY / 2, at)

    # Those who have to join

    @precondition(awaiting_others)
    @rule(party=st.sampled_from(["buyer", "witness"]))
    def somebody_is_invited(self, party: str) -> None:
        self.does(self.request.invite, party, "Leila", self.now)

    @precondition(awaiting_others)
    @rule(
        party=st.sampled_from(["buyer", "witness"]),
        person=st.sampled_from([BUYER, WITNESS, APPLICANT]),
        what=st.sampled_from(["join", "join", "decline"]),
    )
    def invited_answers(self, party: str, person: UUID, what: str) -> None:
        request, at = self.request, self.now
        invitation = request.parties[party]["invitation"]
        if what == "decline":
            self.does(request.decline, party, invitation, person_id=person, reason="no", at=at)
            return
        joined = self.does(
            request.join,
            self.terms.party(party),
            invitation,
            person_id=person,
            kind=ApplicantKind.PERSON,
            assurance=AssuranceLevel.HIGH,
            required=AssuranceLevel.SELF_ASSERTED,
            channel="web",
            form={"street": "سعدی"} if party == "buyer" else {},
            at=at,
        )
        if joined and not request.awaited:
            self.does(self.go_on)

    @precondition(awaiting_others)
    @rule()
    def joining_is_looked_after(self) -> None:
        self.does(self.request.lapse_joining, self.now)

    def all_join(self) -> None:
        for party, person in (("buyer", BUYER), ("witness", WITNESS)):
            if party in self.request.parties:
                self.somebody_is_invited(party)
                self.invited_answers(party, person, "join")
