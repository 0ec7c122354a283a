"""The Broker port in memory, held to the same contract tests as RabbitMQ."""

from __future__ import annotations

from collections.abc import Sequence

from panjareh_common.messaging.message import BrokerUnavailable, Message


class FakeBroker:
    """Keeps what was published; can be told to fail."""

    def __init__(self) -> None:
        self.published: list[Message] = []
        self._failures_left = 0

    def fail_next(self, times: int = 1) -> None:
        self._failures_left = times

    def publish(self, messages: Sequence[Message]) -> None:
        if self._failures_left:
            self._failures_left -= 1
            raise BrokerUnavailable("told to fail")
        for message in messages:
            message.to_body()  # the real broker takes only what can be serialised
            self.published.append(message)
