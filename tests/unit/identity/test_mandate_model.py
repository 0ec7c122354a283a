"""Whatever people, officers and the clock do to a mandate in whatever order, some things are always so."""

from datetime import timedelta
from uuid import uuid4

from eventsourcing.domain import Aggregate
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from panjareh_common.refusals import Refusal
from panjareh_common.testing.aggregates import AT
from panjareh_identity.domain.mandate import Mandate
from panjareh_identity.domain.mandate_values import (
    MandateEnd,
    MandateKind,
    MandateStatus,
    Side,
    lies_within,
)

ASKER, OTHER, STRANGER, OFFICER = uuid4(), uuid4(), uuid4(), uuid4()
PEOPLE = st.sampled_from([ASKER, OTHER, STRANGER])
SCOPES = st.lists(st.sampled_from(["INET-001", "MUN-010", "DRV-002"]), min_size=1, unique=True)
ANY_SCOPE = SCOPES | st.just(["*"])
DAYS = st.integers(-2, 400)


class Mandates(RuleBasedStateMachine):
    """One mandate, tried by everybody; time only goes on."""

    @initialize(kind=st.sampled_from(MandateKind), scope=ANY_SCOPE, days=st.integers(1, 366))
    def ask(self, kind, scope, days):
        self.now = AT
        self.asked_scope, self.asked_until = tuple(scope), AT + timedelta(days=days)
        self.mandate = Mandate.ask(
            mandate_id=uuid4(),
            kind=kind,
            asker_id=ASKER,
            side=Side.REPRESENTATIVE,
            scope=scope,
            until=self.asked_until,
            at=AT,
        )
        self.reach = (self.asked_scope, self.asked_until)

    def _try(self, deed):
        before = len(self.mandate.pending_events)
        try:
            deed()
        except Refusal:
            assert len(self.mandate.pending_events) == before, "a refusal leaves no trace"

    def _until(self, days):
        return self.now + timedelta(days=days)

    @rule(hours=st.sampled_from([1, 24, 24 * 30, 24 * 400]))
    def time_goes_on(self, hours):
        self.now += timedelta(hours=hours)

    @rule(person=PEOPLE, scope=st.none() | ANY_SCOPE, days=st.none() | DAYS)
    def accept(self, person, scope, days):
        until = None if days is None else self._until(days)
        self._try(lambda: self.mandate.accept(person, self.now, scope=scope, until=until))

    @rule(person=PEOPLE)
    def decline(self, person):
        self._try(lambda: self.mandate.decline(person, self.now))

    @rule()
    def send_to_officers(self):
        if self.mandate.kind.authority is not None:  # the use case asks registries about no other
            self._try(lambda: self.mandate.send_to_officers(self.now))

    @rule(represented=st.sampled_from([ASKER, OTHER]), officer=st.none() | st.just(OFFICER))
    def prove(self, represented, officer):
        if self.mandate.kind.authority is not None:
            self._try(lambda: self.mandate.prove(represented, self.now, officer))

    @rule(person=PEOPLE, scope=ANY_SCOPE, days=DAYS)
    def limit(self, person, scope, days):
        self._try(lambda: self.mandate.limit(person, scope, self._until(days), self.now))

    @rule(person=PEOPLE)
    def withdraw(self, person):
        self._try(lambda: self.mandate.withdraw(person, self.now))

    @rule(because=st.sampled_from(MandateEnd))
    def end(self, because):
        self.mandate.end(because, self.now)

    @invariant()
    def it_never_reaches_further_than_before(self):
        scope, until = self.reach
        assert lies_within(self.mandate.scope, scope)
        assert self.mandate.until <= until
        self.reach = (self.mandate.scope, self.mandate.until)

    @invariant()
    def what_is_over_stays_so_and_says_nothing_more(self):
        kinds = [type(event) for event in self.mandate.pending_events]
        over = [each for each in kinds if each in (Mandate.Ended, Mandate.Refused)]
        assert len(over) <= 1
        assert not over or kinds[-1] is over[0]
        assert self.mandate.over is bool(over)

    @invariant()
    def it_is_agreed_to_once_and_never_by_the_asker_alone(self):
        agreed = [
            event for event in self.mandate.pending_events if isinstance(event, Mandate.Accepted)
        ]
        assert len(agreed) <= 1
        for event in agreed:
            assert event.representative_id == ASKER
            assert event.represented_id != ASKER

    @invariant()
    def nobody_but_the_representative_acts_and_only_while_it_is_in_force(self):
        for person in (ASKER, OTHER, STRANGER):
            try:
                represented = self.mandate.may_act(person, self.now)
            except Refusal:
                continue
            assert person == ASKER
            assert represented == self.mandate.represented_id
            assert self.mandate.status is MandateStatus.ACTIVE
            assert self.now < self.mandate.until

    @invariant()
    def history_tells_the_same(self):
        replayed: Aggregate | None = None
        for event in self.mandate.pending_events:
            replayed = event.mutate(replayed)
        assert replayed is not None
        told = {"scope", "until", "status", "represented_id", "because", "accepted_by"}
        assert {name: vars(replayed)[name] for name in told} == {
            name: vars(self.mandate)[name] for name in told
        }


TestMandates = Mandates.TestCase
TestMandates.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
