"""Whatever people do in whatever order, nobody comes to a role by one hand."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from panjareh_common.refusals import Refusal
from panjareh_common.testing.aggregates import AT
from panjareh_identity.domain.office import OfficeChange, Role, Standing, after, check_roles

PEOPLE = [uuid4() for _ in range(4)]
REASON = "As the ministry has decided."

people = st.sampled_from(PEOPLE)
roles = st.lists(st.sampled_from([*Role]), max_size=2, unique=True)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("ask"), people, people, roles, roles),
        st.tuples(st.just("confirm"), people, st.integers(0, 9)),
        st.tuples(st.just("refuse"), people, st.integers(0, 9)),
        st.tuples(st.just("wait"), st.integers(0, 20)),
    ),
    max_size=40,
)


@dataclass
class House:
    """One authority, and who did what towards each role that somebody holds."""

    now: int = 0
    held: dict[UUID, list[str]] = field(default_factory=lambda: {one: [] for one in PEOPLE})
    changes: list[OfficeChange] = field(default_factory=list)

    @property
    def at(self):
        return AT + timedelta(days=self.now)

    def ask(self, by, officer, gives, takes):
        change = OfficeChange.begin(
            change_id=uuid4(),
            officer=officer,
            authority="welfare",
            held=self.held[officer],
            gives=gives,
            takes=takes,
            because=REASON,
            by=by,
            at=self.at,
        )
        self.changes.append(change)
        if change.standing is Standing.DONE:
            assert not change.gives
            assert not {"auditor", "administrator"} & set(change.takes)
            self.apply(change)

    def confirm(self, by, place):
        change = self.changes[place]
        began = change.created_on
        change.confirm(by, self.at)
        assert by not in (change.begun_by, change.officer)
        assert change.begun_by != change.officer
        assert self.at - began <= timedelta(days=14)
        self.apply(change)

    def refuse(self, by, place):
        self.changes[place].refuse(by, REASON, self.at)

    def wait(self, days):
        self.now += days

    def apply(self, change):
        roles = after(self.held[change.officer], change.gives, change.takes)
        check_roles("welfare", roles)
        self.held[change.officer] = roles


@settings(max_examples=300, deadline=None)
@given(steps)
def test_nobody_comes_to_a_role_by_one_hand(taken):
    house = House()
    for name, *arguments in taken:
        before = {one: set(held) for one, held in house.held.items()}
        try:
            getattr(house, name)(*arguments)
        except (Refusal, IndexError):
            assert {one: set(held) for one, held in house.held.items()} == before
            continue
        gained = [one for one, held in house.held.items() if set(held) - before[one]]
        assert not gained or name == "confirm"
    for held in house.held.values():
        assert "auditor" not in held or held == ["auditor"]
        assert "administrator" not in held
    # What was decided once is never decided again.
    for change in house.changes:
        decided = [event.TOPIC for event in change.collect_events()][1:]
        assert len(decided) <= 1
