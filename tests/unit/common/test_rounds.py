"""What a clock process does every so often."""

import threading
from datetime import UTC, datetime, timedelta

from panjareh_common.refusals import Unavailable
from panjareh_common.rounds import Round, Rounds

NOW = datetime(2026, 3, 21, 8, 0, tzinfo=UTC)


class Moment:
    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


def test_a_round_is_done_at_the_start_and_then_every_so_often():
    moment, done = Moment(), []
    rounds = Rounds(
        [Round("often", timedelta(seconds=10), done.append),
         Round("rarely", timedelta(hours=1), lambda now: None)],
        lambda: NOW,
        monotonic=moment,
    )  # fmt: skip

    assert rounds.do_due() == ["often", "rarely"]
    moment.seconds = 9.9
    assert rounds.do_due() == []
    moment.seconds = 10
    assert rounds.do_due() == ["often"]
    assert done == [NOW, NOW]


def test_a_round_that_fails_keeps_nobody_else_from_theirs_and_is_done_again():
    moment, done = Moment(), []

    def fails(now):
        raise Unavailable()

    def breaks(now):
        raise KeyError("a fault of ours")

    each = timedelta(seconds=5)
    rounds = Rounds(
        [
            Round("away", each, fails),
            Round("broken", each, breaks),
            Round("fine", each, done.append),
        ],
        lambda: NOW,
        monotonic=moment,
    )

    for moment.seconds in (0, 5):
        assert rounds.do_due() == ["away", "broken", "fine"]
    assert len(done) == 2


def test_the_thread_ends_when_the_process_is_told_to_stop():
    stop, done = threading.Event(), threading.Event()
    rounds = Rounds([Round("once", timedelta(hours=1), lambda now: done.set())], lambda: NOW)

    rounds.start(stop)
    assert done.wait(5)
    stop.set()
    rounds.join()
