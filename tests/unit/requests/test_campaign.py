"""The line of a campaign: numbers in order, turns that never come faster than the rate, places that nobody has twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panjareh_common.refusals import Refusal
from panjareh_requests.domain.campaign import (
    TURNS_OF_RATE,
    CampaignTerms,
    Line,
    Ticket,
    must_hold,
)
from panjareh_requests.domain.refusals_campaigns import (
    AlreadySignedUp,
    CampaignClosed,
    CampaignNotOpen,
    LineTooLong,
    TicketLapsed,
    TicketNeeded,
    TurnNotCome,
)

OPENS = datetime(2026, 9, 1, 4, 30, tzinfo=UTC)
TERMS = CampaignTerms(OPENS, OPENS + timedelta(hours=6), rate=10, capacity=3)
OPEN_ENDED = CampaignTerms(OPENS, OPENS + timedelta(hours=6), rate=10)
CODE = "VAC-001"


def at(**later: float) -> datetime:
    return OPENS + timedelta(**later)


def test_whoever_comes_first_has_their_turn_at_once_and_the_next_a_little_later() -> None:
    line = Line(OPEN_ENDED)
    first, second = line.draw(at(), []), line.draw(at(), [])

    assert (first.number, first.turn_at) == (1, at())
    assert second.number == 2
    assert second.turn_at == at(seconds=1 / (10 * TURNS_OF_RATE))
    assert second.until == second.turn_at + timedelta(minutes=15)


def test_an_idle_hour_is_not_saved_up_for_a_burst() -> None:
    line = Line(OPEN_ENDED)
    line.draw(at(), [])
    late = [line.draw(at(hours=1), []) for _ in range(3)]

    turns = [ticket.turn_at for ticket in late]
    assert turns[0] == at(hours=1)
    assert turns == sorted(turns) and len(set(turns)) == 3


def test_beyond_the_places_there_is_a_waiting_list_that_moves_up_in_order() -> None:
    line, now = Line(TERMS), at()
    tickets = [line.draw(now, []) for _ in range(5)]
    assert [ticket.place for ticket in tickets] == [1, 2, 3, None, None]
    assert [ticket.turn_at is None for ticket in tickets] == [False] * 3 + [True] * 2

    (moved,) = line.move_up(tickets[3:], [2], at(minutes=20))

    assert (moved.number, moved.place, moved.turn_at) == (4, 2, at(minutes=20))
    assert (line.waiting, line.called) == (1, 4)


def test_nobody_passes_the_waiting_list_when_a_place_is_free() -> None:
    line = Line(TERMS)
    for _ in range(4):
        line.draw(at(), [])

    assert line.draw(at(), [1]).place is None


def test_a_place_beyond_a_smaller_capacity_is_given_to_nobody() -> None:
    line = Line(TERMS, placed=3)

    assert line.draw(at(), [7]).place is None


def test_nobody_gets_a_number_whose_turn_would_come_after_the_end() -> None:
    line = Line(CampaignTerms(OPENS, at(seconds=0.1), rate=10))
    line.draw(at(), [])

    with pytest.raises(LineTooLong):
        line.draw(at(), [])
    assert line.drawn == 1


def test_a_place_is_kept_when_its_turn_could_not_be_given() -> None:
    line = Line(CampaignTerms(OPENS, at(seconds=0.1), rate=10, capacity=5))
    line.draw(at(), [])
    free: list[int] = []
    with pytest.raises(LineTooLong):
        line.draw(at(), free)

    assert free == [2]


@pytest.mark.parametrize(
    ("ticket", "now", "refusal"),
    [
        (None, at(seconds=-1), CampaignNotOpen),
        (None, at(hours=6), CampaignClosed),
        (None, at(), TicketNeeded),
        (Ticket(4, at(), None, None, None), at(), TurnNotCome),
        (Ticket(2, at(), 2, at(minutes=1), at(minutes=16)), at(), TurnNotCome),
        (Ticket(2, at(), 2, at(), at(minutes=15)), at(minutes=15), TicketLapsed),
        (Ticket(2, at(), 2, at(), at(minutes=15), used=True), at(), AlreadySignedUp),
    ],
)
def test_who_is_not_let_in_is_told_why(
    ticket: Ticket | None, now: datetime, refusal: type[Refusal]
) -> None:
    with pytest.raises(refusal):
        must_hold(ticket, TERMS, CODE, now)


def test_a_turn_that_came_before_the_end_is_good_beyond_it() -> None:
    ticket = Ticket(2, at(), 2, at(hours=5, minutes=59), at(hours=6, minutes=14))

    assert must_hold(ticket, TERMS, CODE, at(hours=6, minutes=10)) is ticket


STEPS = st.lists(st.tuples(st.sampled_from(["draw", "free", "move"]), st.floats(0, 2)), max_size=80)


@given(STEPS, st.integers(1, 8) | st.none(), st.floats(0.5, 50))
def test_whatever_happens_turns_keep_their_distance_and_places_their_owner(
    steps: list[tuple[str, float]], capacity: int | None, rate: float
) -> None:
    terms = CampaignTerms(OPENS, at(days=1), rate=rate, capacity=capacity)
    line, now = Line(terms), OPENS
    free: list[int] = []
    holders: dict[int, Ticket] = {}
    waiting: list[Ticket] = []
    called: list[Ticket] = []
    numbers: list[int] = []
    for what, seconds in steps:
        now += timedelta(seconds=seconds)
        new: list[Ticket] = []
        if what == "draw":
            ticket = line.draw(now, free)
            numbers.append(ticket.number)
            if ticket.turn_at is None:
                waiting.append(ticket)
            else:
                new = [ticket]
        elif what == "free" and holders:
            place, _ = holders.popitem()
            free.append(place)
        elif what == "move":
            new = line.move_up(waiting, free, now)
            waiting = waiting[len(new) :]
        for ticket in new:
            called.append(ticket)
            if ticket.place is not None:
                assert ticket.place not in holders
                holders[ticket.place] = ticket

    assert numbers == list(range(1, len(numbers) + 1))
    order = [ticket.number for ticket in called]
    assert order == sorted(order), "nobody is passed"
    turns = [ticket.turn_at for ticket in called if ticket.turn_at]
    gap = timedelta(seconds=1 / (rate * TURNS_OF_RATE)) - timedelta(microseconds=2)
    assert all(later - earlier >= gap for earlier, later in pairwise(turns))
    assert len(waiting) == line.waiting
    assert capacity is None or len(holders) <= capacity
