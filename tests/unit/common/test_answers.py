"""Answers on their way back: what is ready together leaves together; a message is settled when all of it is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from panjareh_common.messaging.message import BrokerUnavailable
from panjareh_common.rpc import wire
from panjareh_common.rpc.answers import Answers, Batch
from panjareh_common.security.transport import Transport


class Desk:
    """A service's answers with a publisher that keeps what it is given, and green threads begun by hand."""

    def __init__(self) -> None:
        self.transport = Transport({"requests": b"r" * 32})
        self.sent: list[tuple[str, list[int]]] = []
        self.settled: list[Batch] = []
        self.settled_when_sent: list[int] = []
        self.threads: list[Any] = []
        self.broker_is_away = False
        self.answers = Answers("requests", self.transport, self, self.threads.append)  # type: ignore[arg-type]

    def publish(self, body: bytes, *, exchange: str, routing_key: str, **_: object) -> None:
        if self.broker_is_away:
            raise BrokerUnavailable
        opened = self.transport.open("requests", body, wire.answer_context(routing_key))
        self.settled_when_sent.append(len(self.settled))
        self.sent.append((routing_key, [number for number, _ in wire.read_answers(opened)]))

    def batch(self, count: int, reply_to: str = "a", expiration: str | None = None) -> Batch:
        calls = [wire.Asked(number, wire.Request({}), None) for number in range(count)]
        message = SimpleNamespace(properties={"expiration": expiration})
        return Batch(message, calls, reply_to, self.settled.append)

    def run_threads(self) -> None:
        while self.threads:
            self.threads.pop(0)()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def written(number: int, filling: int = 0) -> bytes:
    return wire.write_answer(number, wire.result_body("x" * filling))


def test_answers_that_are_ready_when_the_sender_comes_leave_in_one_message_for_each_caller(desk):
    one, other = desk.batch(2), desk.batch(1, reply_to="b")

    desk.answers.add(one, written(0))
    desk.answers.add(other, written(0))
    desk.answers.add(one, written(1))
    assert (len(desk.threads), desk.sent) == (1, [])
    desk.run_threads()

    assert sorted(desk.sent) == [("a", [0, 1]), ("b", [0])]


def test_a_message_is_settled_when_its_last_answer_has_left_and_not_before(desk):
    batch = desk.batch(3)

    desk.answers.add(batch, written(0))
    desk.run_threads()
    batch.settle()  # nobody waits for the second
    assert desk.settled == []
    desk.answers.add(batch, written(2))
    assert desk.settled == []
    desk.run_threads()

    assert desk.settled == [batch]
    assert desk.sent == [("a", [0]), ("a", [2])]
    assert desk.settled_when_sent == [0, 0]


def test_answers_of_one_act_leave_at_once_with_what_else_is_ready(desk):
    slow, together = desk.batch(1), desk.batch(2)
    desk.answers.add(slow, written(7))

    desk.answers.add_all(together, [written(0), written(1)])
    assert desk.sent == [("a", [7, 0, 1])]
    desk.run_threads()

    assert desk.sent == [("a", [7, 0, 1])]
    assert sorted(map(id, desk.settled)) == sorted(map(id, [slow, together]))


def test_large_answers_leave_in_several_messages(desk):
    batch = desk.batch(4)

    desk.answers.add_all(
        batch, [written(number, wire.MOST_BYTES // 2 - 100) for number in range(4)]
    )

    assert desk.sent == [("a", [0, 1]), ("a", [2, 3])]
    assert desk.settled == [batch]


def test_an_answer_that_the_broker_does_not_take_is_settled_too(desk):
    """The caller's deadline tells it; were the message kept, its calls would be done again and again."""
    desk.broker_is_away = True
    batch = desk.batch(1)

    desk.answers.add_all(batch, [written(0)])

    assert desk.settled == [batch]


def test_a_message_that_is_given_up_is_settled_once(desk):
    batch = desk.batch(3)

    batch.give_up()
    batch.settle()
    batch.give_up()

    assert desk.settled == [batch]


@pytest.mark.parametrize(("expiration", "late"), [("0", True), ("60000", False), (None, False)])
def test_a_message_is_late_when_its_time_is_over_since_it_came(desk, expiration, late):
    assert desk.batch(1, expiration=expiration).late() is late
