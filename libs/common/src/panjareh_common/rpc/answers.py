"""Answers on their way back: each goes as soon as it is ready, together with whatever else is ready then."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog

from panjareh_common.messaging.message import BrokerUnavailable
from panjareh_common.messaging.rabbit import TransientPublisher
from panjareh_common.rpc import wire
from panjareh_common.security.transport import Transport

log = structlog.get_logger(__name__)


class Batch:
    """The calls of one message, until each of them is answered or nobody waits for it any more.

    `message` is the broker's; `settled` is called once, when it may be acknowledged.
    """

    __slots__ = ("_left", "_settled", "_until", "calls", "message", "reply_to")

    def __init__(
        self,
        message: Any,
        calls: Sequence[wire.Asked],
        reply_to: str,
        settled: Callable[[Batch], None],
    ) -> None:
        self.message = message
        self.calls = calls
        self.reply_to = reply_to
        self._left = len(calls)
        self._settled = settled
        expiration = message.properties.get("expiration")
        self._until = time.monotonic() + int(expiration) / 1000 if expiration else None

    def late(self) -> bool:
        """Whether its deadline has passed for sure: it was sent before it came here.

        The broker drops what expires in the queue; this is for what waited here for its turn.
        """
        return self._until is not None and time.monotonic() > self._until

    def settle(self) -> None:
        """One more call is done with."""
        self._left -= 1
        if self._left == 0:
            self._settled(self)

    def give_up(self) -> None:
        """The rest will not be answered."""
        if self._left > 0:
            self._left = 0
            self._settled(self)


class Answers:
    """Sends the answers of one service process.

    `spawn` runs a function in a green thread of its own. What is ready for one reply queue leaves in
    one message: there is no timer, only the calls that were answered before the sender got its turn.
    """

    def __init__(
        self,
        service: str,
        transport: Transport,
        publisher: TransientPublisher,
        spawn: Callable[[Callable[[], None]], Any],
    ) -> None:
        self._service = service
        self._transport = transport
        self._publisher = publisher
        self._spawn = spawn
        self._ready: dict[str, list[tuple[Batch, bytes]]] = {}
        self._sender_is_coming = False

    def add(self, batch: Batch, answer: bytes) -> None:
        """An answer, written by `wire.write_answer`, to go soon."""
        self._ready.setdefault(batch.reply_to, []).append((batch, answer))
        if not self._sender_is_coming:
            self._sender_is_coming = True
            self._spawn(self._send_soon)

    def add_all(self, batch: Batch, answers: Sequence[bytes]) -> None:
        """The last answers of a batch, to go now."""
        self._ready.setdefault(batch.reply_to, []).extend((batch, answer) for answer in answers)
        self._send()

    def _send_soon(self) -> None:
        self._sender_is_coming = False
        self._send()

    def _send(self) -> None:
        while self._ready:
            reply_to, ready = self._ready.popitem()
            while ready:
                count = wire.fitting([answer for _, answer in ready])
                going, ready = ready[:count], ready[count:]
                self._publish(reply_to, [answer for _, answer in going])
                for batch, _ in going:
                    batch.settle()

    def _publish(self, reply_to: str, answers: Sequence[bytes]) -> None:
        sealed = self._transport.seal(
            self._service, wire.join(answers), wire.answer_context(reply_to)
        )
        try:
            self._publisher.publish(
                sealed,
                exchange="",
                routing_key=reply_to,
                app_id=self._service,
                content_type=wire.CONTENT_TYPE,
                content_encoding="binary",
            )
        except BrokerUnavailable:
            log.warning("answer_lost")  # the caller's deadline tells it; commands are idempotent
