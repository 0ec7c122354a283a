"""Which calls ride in the next message and when it may go: no broker, no clock, times given by hand."""

from __future__ import annotations

import json

import pytest

from panjareh_common.rpc import wire
from panjareh_common.rpc.outgoing import LANE_SECONDS, LANES, Message, Outgoing, Pending
from panjareh_common.security.transport import Transport

KEYS = {"requests": b"r" * 32, "inquiry": b"i" * 32}
REPLIES = "rpc.reply-1"


class Caller:
    """A process that asks `requests.submit`; each call is named, and the name is its payload."""

    def __init__(self) -> None:
        self.transport = Transport(KEYS)
        self.outgoing: Outgoing[str] = Outgoing(self.transport)

    def ask(
        self, *names: str, until: float = 5.0, service: str = "requests", size: int = 0
    ) -> list[Pending[str]]:
        return [
            self.outgoing.add(
                service, "submit", wire.Request({"name": name, "filling": "x" * size}), until, name
            )
            for name in names
        ]

    def next_of(self, call: Pending[str], now: float = 0.0) -> list[str]:
        """Opens the message that may go now as its service would; the names in it."""
        message = self.outgoing.next_message(call.lanes, now)
        return self.names(message) if message else []

    def names(self, message: Message[str]) -> list[str]:
        service = message.calls[0].lanes.service
        body = self.transport.open(service, message.body, f"{service}.submit")
        return [asked.request.payload["name"] for asked in wire.read_calls(body)]

    def answer(self, *calls: Pending[str], service: str = "requests") -> dict[str, object]:
        """What the client makes of one message of answers: result by waiter."""
        answers = [wire.write_answer(call.id, wire.result_body(call.waiter)) for call in calls]
        sealed = self.transport.seal(service, wire.join(answers), wire.answer_context(REPLIES))
        taken = self.outgoing.take_answers(service, sealed, REPLIES)
        return {call.waiter: answer["result"] for call, answer in taken}


def numbered(count: int, first: int = 0) -> list[str]:
    return [str(number) for number in range(first, first + count)]


@pytest.fixture
def caller() -> Caller:
    return Caller()


def test_a_call_goes_at_once_and_alone_while_nothing_is_in_flight(caller):
    (call,) = caller.ask("a")

    assert call.lanes.ready_at(0.0) == 0.0
    assert caller.next_of(call) == ["a"]
    assert caller.next_of(call) == []


def test_what_comes_while_both_lanes_are_taken_rides_in_the_next_message(caller):
    first, *_ = caller.ask("a")
    caller.next_of(first)
    (second,) = caller.ask("b")
    caller.next_of(second)

    caller.ask("c", "d", "e")
    assert caller.next_of(first) == []

    assert caller.answer(first) == {"a": "a"}
    assert caller.next_of(first) == ["c", "d", "e"]


def test_a_message_frees_its_lane_at_its_first_answer_and_only_once(caller):
    a, _b = caller.ask("a", "b")
    caller.next_of(a)
    (c,) = caller.ask("c")
    caller.next_of(c)
    waiting = caller.ask("d", "e")

    caller.answer(a)
    assert caller.next_of(a) == ["d", "e"]
    caller.answer(_b)

    caller.ask("f")
    assert caller.next_of(a) == []
    assert all(call.sent for call in waiting)


def test_a_slow_method_holds_its_lanes_for_a_short_time_only(caller):
    (a,) = caller.ask("a")
    caller.next_of(a, 1.0)
    caller.ask("b")
    caller.next_of(a, 1.0 + LANE_SECONDS / 2)
    caller.ask("c")

    assert a.lanes.ready_at(1.0 + LANE_SECONDS / 2) == 1.0 + LANE_SECONDS
    assert caller.next_of(a, 1.0 + LANE_SECONDS * 0.99) == []
    assert caller.next_of(a, 1.0 + LANE_SECONDS) == ["c"]


def test_methods_have_lanes_of_their_own(caller):
    busy = caller.ask("a")[0]
    for name in numbered(LANES):
        caller.next_of(busy)
        caller.ask(name)

    (other,) = caller.ask("b", service="inquiry")

    assert caller.next_of(busy) == []
    assert caller.next_of(other) == ["b"]


def test_no_message_carries_more_than_the_most(caller):
    call, *_ = caller.ask(*numbered(wire.MOST_ITEMS + 5))

    assert caller.next_of(call) == numbered(wire.MOST_ITEMS)
    assert caller.next_of(call) == numbered(5, first=wire.MOST_ITEMS)


def test_large_calls_do_not_pile_up_in_one_message_and_the_largest_goes_alone(caller):
    first, *_ = caller.ask("first")
    caller.next_of(first)
    caller.ask("a", "b", "c", size=wire.MOST_BYTES // 2 - 1000)
    caller.ask("large", size=4 * wire.MOST_BYTES)

    sent = []
    for _ in range(3):
        message = caller.outgoing.next_message(first.lanes, 0.0)
        assert message is not None
        sent.append((caller.names(message), len(message.body)))
        caller.answer(*message.calls)

    assert [names for names, _ in sent] == [["a", "b"], ["c"], ["large"]]
    assert sent[0][1] <= wire.MOST_BYTES + 1000


def test_a_call_whose_deadline_passed_while_it_waited_is_never_sent(caller):
    (a,) = caller.ask("a", until=9.0)
    caller.ask("late", until=2.0)
    caller.ask("b", until=9.0)

    assert caller.next_of(a, 2.0) == ["a", "b"]


def test_a_call_that_was_given_up_while_it_waited_is_never_sent(caller):
    a, given_up, b = caller.ask("a", "given up", "b")

    caller.outgoing.forget(given_up)

    assert caller.next_of(a) == ["a", "b"]
    assert caller.answer(given_up) == {}
    assert caller.answer(b) == {"b": "b"}


def test_a_message_ends_with_the_first_deadline_in_it(caller):
    (a,) = caller.ask("a", until=5.0)
    caller.ask("b", until=4.0)

    message = caller.outgoing.next_message(a.lanes, 0.0)

    assert message is not None
    assert (len(message.calls), message.deadline) == (2, 4.0)


def test_calls_with_very_different_deadlines_do_not_share_a_message(caller):
    """Else a call with a minute left would be dropped with one that has a second."""
    (hurried,) = caller.ask("hurried", until=1.0)
    caller.ask("patient", "more patient", until=60.0)

    assert caller.next_of(hurried) == ["hurried"]
    assert caller.next_of(hurried) == ["patient", "more patient"]


def test_answers_come_in_any_order_and_each_to_its_own_call(caller):
    a, b, c = caller.ask("a", "b", "c")
    caller.next_of(a)

    assert caller.answer(c, a) == {"c": "c", "a": "a"}
    assert caller.answer(b) == {"b": "b"}
    assert caller.answer(b) == {}


def test_no_service_can_answer_for_another(caller):
    (a,) = caller.ask("a")
    caller.next_of(a)

    assert caller.answer(a, service="inquiry") == {}
    assert caller.answer(a) == {"a": "a"}


@pytest.mark.parametrize(
    "context",
    [wire.answer_context(REPLIES + "2"), wire.request_context("requests", "submit"), ""],
)
def test_an_answer_to_another_process_or_a_call_played_back_is_no_answer(caller, context):
    (a,) = caller.ask("a")
    caller.next_of(a)
    body = wire.join([wire.write_answer(a.id, wire.result_body("false"))])
    sealed = caller.transport.seal("requests", body, context)

    assert caller.outgoing.take_answers("requests", sealed, REPLIES) == []


@pytest.mark.parametrize("body", [b"", b"{}", b"5", b"null", b"[5]", b'[{"id":"x"}]', b"\xff"])
def test_what_is_no_list_of_answers_harms_nobody(caller, body):
    (a,) = caller.ask("a")
    caller.next_of(a)
    sealed = caller.transport.seal("requests", body, wire.answer_context(REPLIES))

    assert caller.outgoing.take_answers("requests", sealed, REPLIES) == []
    assert caller.outgoing.take_answers("nobody", sealed, REPLIES) == []
    assert caller.outgoing.take_answers(None, b"junk", REPLIES) == []
    assert caller.answer(a) == {"a": "a"}


def test_a_message_that_could_not_be_sent_gives_back_its_lane_and_its_calls(caller):
    (a,) = caller.ask("a")
    caller.next_of(a)
    b, gone = caller.ask("b", "gone")
    message = caller.outgoing.next_message(b.lanes, 0.0)
    assert message is not None
    caller.outgoing.forget(gone)

    assert caller.outgoing.fail(message) == [b]

    caller.ask("c")
    assert caller.next_of(a) == ["c"]


def test_when_the_connection_is_lost_all_are_told_and_the_lanes_are_free(caller):
    a, *_ = caller.ask("a")
    caller.next_of(a)
    (b,) = caller.ask("b")
    caller.next_of(a)
    (waiting,) = caller.ask("waiting")

    assert caller.outgoing.fail_all() == [a, b, waiting]

    assert caller.outgoing.fail_all() == []
    (after,) = caller.ask("after")
    assert caller.next_of(after) == ["after"]


def test_a_service_without_a_key_is_not_asked(caller):
    with pytest.raises(KeyError):
        caller.ask("a", service="feedback")


def test_a_payload_that_is_no_json_is_its_callers_fault_and_nobody_elses(caller):
    (a,) = caller.ask("a")
    with pytest.raises(TypeError):
        caller.outgoing.add("requests", "submit", wire.Request({"x": object()}), 5.0, "x")

    assert caller.next_of(a) == ["a"]


def test_a_call_says_all_that_its_maker_said():
    request = wire.Request({"نام": "لیلا"}, "token", "fa", "platform", "key-1")

    body = wire.join([wire.write_call(7, request, "00-trace")])

    assert wire.read_calls(body) == [wire.Asked(7, request, "00-trace")]
    assert json.loads(body)[0]["payload"] == {"نام": "لیلا"}


@pytest.mark.parametrize(
    "body", [b"", b"junk", b"[]", b"{}", b"5", b"[5]", b'[{"id": 1}]', b"[" * 100_000]
)
def test_what_is_no_list_of_calls_is_told_as_such(body):
    with pytest.raises(ValueError):
        wire.read_calls(body)
