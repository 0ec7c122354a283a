"""Bare kombu: one connection and one reply queue a side, JSON, transient, unconfirmed, no threads."""

from __future__ import annotations

import itertools
import sys
import time
from typing import Any

from kombu import Connection, Consumer, Producer, Queue

from tests.bench.rpc_peers import AMQP_URL, QUEUE, TEXT, Answers, order, ready

_QUEUE = f"{QUEUE}-kombu"


def serve() -> None:
    with Connection(AMQP_URL) as connection:
        producer = Producer(connection)

        def echo(body: Any, message: Any) -> None:
            sent = message.properties
            producer.publish(
                body,
                routing_key=sent["reply_to"],
                correlation_id=sent["correlation_id"],
                delivery_mode=1,
            )

        queue = Queue(_QUEUE, exclusive=True)
        with Consumer(connection, [queue], callbacks=[echo], no_ack=True):
            ready()
            while True:
                connection.drain_events()


def ask() -> None:
    with Connection(AMQP_URL) as connection:
        producer = Producer(connection)
        replies = Queue(f"{QUEUE}-kombu-replies", exclusive=True)
        numbers = map(str, itertools.count())
        sent: dict[str, float] = {}
        answers = Answers(0)

        def send() -> None:
            number = next(numbers)
            sent[number] = time.perf_counter()
            producer.publish(
                TEXT,
                routing_key=_QUEUE,
                correlation_id=number,
                reply_to=replies.name,
                delivery_mode=1,
                serializer="json",
            )

        def take(body: Any, message: Any) -> None:
            answers.take(sent.pop(message.properties["correlation_id"]), body)
            if not answers.over:
                send()

        with Consumer(connection, [replies], callbacks=[take], no_ack=True):
            ready()
            for line in sys.stdin:
                in_flight, seconds = order(line)
                answers = Answers(seconds)
                for _ in range(in_flight):
                    send()
                while sent:
                    connection.drain_events()
                answers.tell()


if __name__ == "__main__":
    serve() if sys.argv[1] == "serve" else ask()
