"""What the proxies count is what passes, in whatever pieces it comes."""

from __future__ import annotations

import pytest
from pamqp import commands, frame
from pamqp.body import ContentBody
from pamqp.header import ContentHeader, ProtocolHeader
from tests.bench.proxies import Publishes, Turns


def test_a_question_and_its_answer_are_one_round_trip():
    turns = Turns()

    turns.from_client(b"parse bind execute sync")
    turns.from_server(b"rows, ready")

    assert turns.count == 1


def test_a_question_in_pieces_and_an_answer_in_pieces_are_one():
    turns = Turns()

    for piece in (b"a", b"b", b"c"):
        turns.from_client(piece)
    for piece in (b"d", b"e"):
        turns.from_server(piece)

    assert turns.count == 1


def test_who_waits_for_an_answer_before_asking_again_makes_two():
    turns = Turns()

    for _ in range(2):
        turns.from_client(b"begin")
        turns.from_server(b"ready")

    assert turns.count == 2


def published(key: str, mode: int | None, channel: int = 1) -> bytes:
    properties = commands.Basic.Properties(delivery_mode=mode, reply_to="me")
    parts = (
        commands.Basic.Publish(exchange="calls", routing_key=key),
        ContentHeader(body_size=4, properties=properties),
        ContentBody(b"\x00\x01\x02\x03"),
    )
    return b"".join(frame.marshal(part, channel) for part in parts)


STREAM = frame.marshal(ProtocolHeader(), 0) + published("one.x", 1) + published("two.y", 2, 5)


@pytest.mark.parametrize("size", [1, 7, 64, len(STREAM)])
def test_every_message_is_seen_in_whatever_pieces_it_comes(size):
    wire = Publishes()

    for start in range(0, len(STREAM), size):
        wire.from_client(STREAM[start : start + size])

    seen = [(m.exchange, m.routing_key, m.delivery_mode) for m in wire.messages]
    assert seen == [("calls", "one.x", 1), ("calls", "two.y", 2)]
    assert {m.reply_to for m in wire.messages} == {"me"}
