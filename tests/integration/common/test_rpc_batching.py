"""Calls that share messages: each is answered for itself, nobody waits for another, nothing is done late."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from panjareh_cli.local.servers import LocalServers
from panjareh_common.migrations.run import migrate_database
from panjareh_common.refusals import InvalidInput, RemoteRefusal, TooLate, Unavailable
from panjareh_common.rpc import wire
from panjareh_common.rpc.wire import CallFailed, Request
from panjareh_gateway.calls import AsyncRpcClient
from tests.integration.common.calling import CLIENTS, SERVICE, Asked, ByHand, Client, Echo, Tap
from tests.people import until


@pytest.fixture(scope="module")
def echo(amqp_url: str, servers: LocalServers) -> Iterator[Echo]:
    url = servers.database_url
    migrate_database(url, "catalog", urlsplit(url).username or "")
    service = Echo(amqp_url, url)
    service.start()
    yield service
    if service.running():
        assert service.stop() == 0


@pytest.fixture(params=CLIENTS)
def client(request: pytest.FixtureRequest, echo: Echo) -> Iterator[Client]:
    client = CLIENTS[request.param](echo)
    yield client
    client.close()


@pytest.fixture
def by_hand(echo: Echo) -> Iterator[ByHand]:
    with ByHand(echo) as caller:
        yield caller


def outcome(answer: dict[str, Any]) -> Any:
    """A written answer, said shortly: its result, the code of its refusal, or "fault"."""
    if "refusal" in answer:
        return answer["refusal"]["code"]
    return "fault" if answer.get("fault") else answer["result"]


def text(said: str) -> dict[str, str]:
    return {"text": said}


# What each caller gets


def test_every_call_of_a_crowd_gets_its_own_answer(client: Client, echo: Echo) -> None:
    said = [("refuse", "fail", f"word {number}")[number % 3] for number in range(48)]
    calls = [Asked("by_name", echo.text(each)) for each in said]
    calls[4] = Asked("by_name", echo.request({"txet": "x"}))
    calls[8] = Asked("by_name", Request({"text": "no token"}))

    answers = client.call_all(calls)

    assert isinstance(answers.pop(8), RemoteRefusal)
    assert isinstance(answers.pop(4), InvalidInput)
    for each, answer in zip(said[:4] + said[5:8] + said[9:], answers, strict=True):
        if each == "refuse":
            assert isinstance(answer, RemoteRefusal)
            assert answer.code == "not_allowed"
        elif each == "fail":
            assert isinstance(answer, CallFailed)
        else:
            assert answer == text(each)


def test_the_calls_of_one_message_are_answered_each_for_itself(by_hand: ByHand, echo: Echo) -> None:
    by_hand.send(
        "by_name",
        [
            echo.text("good"),
            echo.text("refuse"),
            echo.text("fail"),
            echo.request({"txet": "x"}),
            Request({"text": "no token"}),
            echo.text("good, too"),
        ],
    )

    answers, _ = by_hand.answers(6)

    assert [outcome(answers[number]) for number in range(6)] == [
        text("good"),
        "not_allowed",
        "fault",
        "invalid_input",
        "not_signed_in",
        text("good, too"),
    ]


def test_a_method_of_many_is_called_once_and_answers_each_for_itself(
    by_hand: ByHand, echo: Echo
) -> None:
    by_hand.send("together", [echo.text("a"), echo.text("refuse"), echo.text("c")])

    answers, letters = by_hand.answers(3)

    assert [outcome(answers[number]) for number in range(3)] == [
        text("a of 3"),
        "not_allowed",
        text("c of 3"),
    ]
    assert letters == 1


def test_what_is_refused_at_the_door_never_reaches_a_method_of_many(
    by_hand: ByHand, echo: Echo
) -> None:
    """Were one of them let in, its "fail" would be told to all."""
    by_hand.send(
        "together",
        [Request({"text": "fail"}), echo.text("a"), echo.request({"fail": 1}), echo.text("b")],
    )

    answers, _ = by_hand.answers(4)

    assert [outcome(answers[number]) for number in range(4)] == [
        "not_signed_in",
        text("a of 2"),
        "invalid_input",
        text("b of 2"),
    ]


@pytest.mark.parametrize(
    ("said", "told"), [("fail", "fault"), ("refuse all", "not_allowed"), ("forget", "fault")]
)
def test_what_a_method_of_many_raises_is_told_to_all_it_was_given(
    by_hand: ByHand, echo: Echo, said: str, told: str
) -> None:
    by_hand.send("together", [echo.text("a"), echo.text(said), Request({"text": "no token"})])

    answers, _ = by_hand.answers(3)

    assert [outcome(answers[number]) for number in range(3)] == [told, told, "not_signed_in"]


def test_a_result_of_many_that_is_no_json_is_the_fault_of_that_call_alone(
    by_hand: ByHand, echo: Echo
) -> None:
    by_hand.send("together_odd", [echo.text("a"), echo.text("odd"), echo.text("c")])

    answers, _ = by_hand.answers(3)

    assert [outcome(answers[number]) for number in range(3)] == [text("a"), "fault", text("c")]


def test_both_clients_ask_a_method_of_many_as_any_other(client: Client, echo: Echo) -> None:
    answers = client.call_all([Asked("together", echo.text("a")) for _ in range(32)])

    shared = {int(answer["text"].removeprefix("a of ")) for answer in answers}
    assert max(shared) > 1


# Who waits for whom


def test_a_slow_call_does_not_hold_back_the_answers_beside_it(by_hand: ByHand, echo: Echo) -> None:
    by_hand.send("wait", [echo.text("1.5"), *(echo.text("0") for _ in range(9))])

    answers, _ = by_hand.answers(9)

    assert sorted(answers) == list(range(1, 10))
    assert by_hand.next_letter().answers.keys() == {0}


def test_slow_calls_hold_back_those_behind_them_for_a_moment_only(
    client: Client, echo: Echo, tmp_path: Path
) -> None:
    """Two messages in flight that nothing answers: still what comes behind them goes."""
    slow = []
    for mark in (tmp_path / "one", tmp_path / "two"):
        slow.append(threading.Thread(target=client.call, args=("wait", echo.text(f"4 {mark}"))))
        slow[-1].start()
        until(mark.exists, bool)

    started = time.monotonic()
    answers = client.call_all([Asked("wait", echo.text("0")) for _ in range(10)])
    took = time.monotonic() - started
    for each in slow:
        each.join()

    assert answers == [text("0")] * 10
    assert took < 3


def test_a_method_that_is_full_does_not_hold_back_another(by_hand: ByHand, echo: Echo) -> None:
    for _ in range(5):
        by_hand.send("wait", [echo.text("2")] * wire.MOST_ITEMS)
    by_hand.send("echo", [echo.text("another"), echo.text("method")])

    first = by_hand.next_letter().answers

    assert [answer["result"] for answer in first.values()] == [text("another"), text("method")]


def test_callers_who_give_up_leave_the_way_free(client: Client, echo: Echo) -> None:
    assert echo.stop() == 0
    given_up = client.call_all([Asked("echo", echo.text("x"), timeout=0.3) for _ in range(40)])
    assert {type(each) for each in given_up} == {TooLate}

    echo.start()

    answers = client.call_all([Asked("echo", echo.text("y")) for _ in range(40)])
    assert answers == [text("y")] * 40


def test_calls_that_are_cancelled_leave_the_way_free(echo: Echo) -> None:
    """As when a browser goes away; threads cannot be cancelled."""

    async def cancel_and_ask_again() -> Any:
        client = AsyncRpcClient(echo.amqp_url, echo.transport)
        await client.open()
        async with asyncio.timeout(10):
            while not client.connected:
                await asyncio.sleep(0.01)
        slow = [
            asyncio.create_task(client.call(SERVICE, "wait", echo.text("4"))) for _ in range(40)
        ]
        await asyncio.sleep(0)  # all have begun, and one message may have gone
        for each in slow:
            each.cancel()
        ended = await asyncio.gather(*slow, return_exceptions=True)
        assert {type(each) for each in ended} == {asyncio.CancelledError}
        answer = await client.call(SERVICE, "wait", echo.text("0"), timeout=3)
        await client.close()
        return answer

    assert asyncio.run(cancel_and_ask_again()) == text("0")


def test_each_caller_is_told_at_its_own_deadline(client: Client, echo: Echo) -> None:
    """Deadlines are kept by whoever waits: a patient call in the same crowd changes nothing."""
    calls = [Asked("wait", echo.text("2"), timeout=0.4), Asked("wait", echo.text("2"), timeout=4)]
    started = time.monotonic()
    told: list[float] = []
    hurried = threading.Thread(
        target=lambda: (client.call_all(calls[:1]), told.append(time.monotonic() - started))
    )
    hurried.start()

    (patient,) = client.call_all(calls[1:])
    hurried.join()

    assert patient == text("2")
    assert 0.4 <= told[0] < 1.9


# Deadlines


def test_a_call_that_waits_for_its_turn_until_its_deadline_has_passed_is_never_done(
    by_hand: ByHand, echo: Echo, tmp_path: Path
) -> None:
    """The broker drops what expires in the queue; this one has come, and finds the method full."""
    marks = [tmp_path / f"first-{number}" for number in range(wire.MOST_ITEMS)]
    late = [tmp_path / f"late-{number}" for number in range(2)]
    by_hand.send("wait", [echo.text(f"3 {mark}") for mark in marks])
    until(lambda: all(mark.exists() for mark in marks), bool)
    by_hand.send("wait", [echo.text(f"0 {mark}") for mark in late], milliseconds=300)

    answers, _ = by_hand.answers(len(marks))

    by_hand.send("wait", [echo.text("0") for _ in range(2)])
    assert len(by_hand.answers(2)[0]) == 2
    assert len(answers) == len(marks)
    assert [mark for mark in late if mark.exists()] == []


# What travels


def test_a_call_that_comes_alone_travels_alone_and_nothing_is_persistent(
    client: Client, echo: Echo
) -> None:
    with Tap(echo) as tap:
        for _ in range(10):
            client.call("echo", echo.text("x"), timeout=3)
        seen = tap.seen()

    assert len(seen) == 10
    assert client.messages == 10
    assert {message.properties["delivery_mode"] for message in seen} == {1}
    left = [int(message.properties["expiration"]) for message in seen]
    assert all(0 < each <= 3000 for each in left)


def test_a_crowd_of_calls_needs_less_than_one_message_for_each(client: Client, echo: Echo) -> None:
    with Tap(echo) as tap:
        for _ in range(5):
            client.call_all([Asked("echo", echo.text("x")) for _ in range(32)])
        asked = len(tap.seen())

    assert asked + client.messages < 5 * 32


def test_answers_that_are_ready_together_leave_together_and_are_not_persistent(
    by_hand: ByHand, echo: Echo
) -> None:
    by_hand.send("echo", [echo.text(str(number)) for number in range(wire.MOST_ITEMS)])

    answers: dict[int, dict[str, Any]] = {}
    letters = []
    while len(answers) < wire.MOST_ITEMS:
        letters.append(by_hand.next_letter())
        answers |= letters[-1].answers

    assert [outcome(answers[n])["text"] for n in range(wire.MOST_ITEMS)] == [
        str(number) for number in range(wire.MOST_ITEMS)
    ]
    assert len(letters) < wire.MOST_ITEMS / 4
    assert {letter.properties["delivery_mode"] for letter in letters} == {1}


def test_large_calls_and_answers_do_not_pile_up_in_one_message(client: Client, echo: Echo) -> None:
    large = "x" * (wire.MOST_BYTES // 3)
    with Tap(echo) as tap:
        answers = client.call_all([Asked("echo", echo.text(large), timeout=20) for _ in range(12)])
        seen = tap.seen()

    assert answers == [text(large)] * 12
    assert max(len(message.body) for message in seen) <= wire.MOST_BYTES + 1000
    assert client.messages >= 6


def test_a_call_that_is_larger_than_a_message_should_be_goes_through(
    client: Client, echo: Echo
) -> None:
    large = "x" * (4 * wire.MOST_BYTES)

    answers = client.call_all([Asked("echo", echo.text(each), timeout=20) for each in ("a", large)])

    assert answers == [text("a"), text(large)]


# When the broker goes away


def test_when_the_broker_goes_away_all_calls_are_told_at_once(
    client: Client, echo: Echo, servers: LocalServers, tmp_path: Path
) -> None:
    """Those that are worked on and those that wait for a lane alike."""
    marks = [tmp_path / str(number) for number in range(12)]
    answers: list[Any] = []
    calls = [Asked("wait", echo.text(f"8 {mark}"), timeout=60) for mark in marks]
    calling = threading.Thread(target=lambda: answers.extend(client.call_all(calls)))
    calling.start()
    until(lambda: any(mark.exists() for mark in marks), bool)

    broker = servers.private_broker()
    started = time.monotonic()
    broker.kill()
    calling.join()
    took = time.monotonic() - started
    broker.start()
    broker.wait_until_ready()

    assert {type(answer) for answer in answers} == {Unavailable}
    assert took < 30  # and not at their deadlines
    again = [Asked("echo", echo.text("again"), timeout=1)]
    until(lambda: client.call_all(again), lambda answers: answers == [text("again")])
    assert echo.running()
