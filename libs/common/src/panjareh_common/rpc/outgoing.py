"""What a process asks of others: which calls ride in the next message, and when it may go.

The part that both clients share. It touches no socket, starts no timer and takes no lock; times are
given to it, in seconds of the client's own monotonic clock.

Batching is natural (decision 0012): a call goes at once while fewer than LANES messages to its
method are in flight, and what comes meanwhile rides in the next message. Nothing waits for company.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from typing import Any, Generic, NamedTuple, TypeVar

import structlog

from panjareh_common import telemetry
from panjareh_common.rpc import wire
from panjareh_common.security.transport import NotForUs, Transport

log = structlog.get_logger(__name__)

# Two: while one message is worked on, the next is on its way. With more, messages would be smaller
# and so dearer.
LANES = 2
# A message holds its lane until its first answer: then the far side is at work on it, and a next
# message no longer waits in front of a busy service. A slow method would hold up everybody behind
# it that way, so a lane is free again after this time in any case. It is far above the round trip of
# a quick method (1 to 10 ms), so it takes nothing from batching, and below what a person notices.
LANE_SECONDS = 0.05
# Calls share a message when none has more than this many times the time left that another has. The
# broker drops the message when the shortest time is over, so at worst a call loses half of its own.
_SPREAD = 2.0
_LEAST_SECONDS = 0.001  # an expiration is told in whole milliseconds

Waiter = TypeVar("Waiter")


class Pending(Generic[Waiter]):
    """One call until it is answered or given up. `waiter` is whatever the client tells."""

    __slots__ = ("deadline", "id", "lane", "lanes", "over", "text", "waiter")

    def __init__(
        self, call_id: int, lanes: Lanes[Waiter], text: bytes, deadline: float, waiter: Waiter
    ) -> None:
        self.id = call_id
        self.lanes = lanes
        self.text = text
        self.deadline = deadline
        self.waiter = waiter
        self.lane: _Lane | None = None
        self.over = False

    @property
    def sent(self) -> bool:
        return self.lane is not None


class _Lane(NamedTuple):
    """A message in flight that is not answered yet. No two are the same: numbers are not used again."""

    number: int
    free_at: float


class Message(NamedTuple, Generic[Waiter]):
    """Calls that go out together, sealed. `deadline` is the first of theirs."""

    calls: list[Pending[Waiter]]
    body: bytes
    deadline: float


class Lanes(Generic[Waiter]):
    """The calls to one method of one service: those that wait, and the messages in flight."""

    def __init__(self, service: str, method: str) -> None:
        self.service = service
        self.method = method
        self._waiting: deque[Pending[Waiter]] = deque()
        self._taken: list[_Lane] = []
        self._numbers = itertools.count()

    def add(self, call: Pending[Waiter]) -> None:
        self._waiting.append(call)

    def ready_at(self, now: float) -> float | None:
        """When the next message may go, should nothing be answered before; None when nothing waits."""
        if not self._waiting:
            return None
        return self._taken[0].free_at if len(self._taken) == LANES else now

    def take(self, now: float) -> list[Pending[Waiter]]:
        """The calls of the next message, in the order they came; none while both lanes are taken."""
        while self._taken and self._taken[0].free_at <= now:
            del self._taken[0]
        if len(self._taken) == LANES:
            return []
        riders = list(self._riders(now))
        if riders:
            lane = _Lane(next(self._numbers), now + LANE_SECONDS)
            self._taken.append(lane)
            for call in riders:
                call.lane = lane
        return riders

    def _riders(self, now: float) -> Iterator[Pending[Waiter]]:
        count = size = 0
        shortest = longest = 0.0
        while self._waiting and count < wire.MOST_ITEMS:
            call = self._waiting[0]
            left = call.deadline - now
            if call.over or left < _LEAST_SECONDS:  # nobody waits for it any more
                self._waiting.popleft()
                continue
            size += len(call.text)
            if not count:
                shortest = longest = left
            shortest, longest = min(shortest, left), max(longest, left)
            if count and (size > wire.MOST_BYTES or longest > _SPREAD * shortest):
                return
            count += 1
            yield self._waiting.popleft()

    def free(self, lane: _Lane) -> None:
        """Its message has been answered, in part at least, or never went out."""
        if lane in self._taken:
            self._taken.remove(lane)


class Outgoing(Generic[Waiter]):
    """Every call of a process that is not over yet."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._ids = itertools.count(1)
        self._open: dict[int, Pending[Waiter]] = {}
        self._lanes: dict[tuple[str, str], Lanes[Waiter]] = {}

    def add(
        self, service: str, method: str, request: wire.Request, deadline: float, waiter: Waiter
    ) -> Pending[Waiter]:
        """A call that may go with the next message. Raises KeyError for a service without a key."""
        lanes = self._lanes.get((service, method))
        if lanes is None:
            if not self._transport.knows(service):
                raise KeyError(service)
            lanes = self._lanes[service, method] = Lanes(service, method)
        call_id = next(self._ids)
        text = wire.write_call(call_id, request, telemetry.traceparent())
        call = self._open[call_id] = Pending(call_id, lanes, text, deadline, waiter)
        lanes.add(call)
        return call

    def next_message(self, lanes: Lanes[Waiter], now: float) -> Message[Waiter] | None:
        """The message that may go now; None when nothing waits or both lanes are taken."""
        calls = lanes.take(now)
        if not calls:
            return None
        body = self._transport.seal(
            lanes.service,
            wire.join(call.text for call in calls),
            wire.request_context(lanes.service, lanes.method),
        )
        return Message(calls, body, min(call.deadline for call in calls))

    def take_answers(
        self, service: str | None, sealed: bytes, reply_queue: str
    ) -> list[tuple[Pending[Waiter], dict[str, Any]]]:
        """The calls that a message answers, each with its answer; they are over, their lanes free.

        What does not open under the key of the service that it names is nobody's answer; the calls
        then end at their deadlines.
        """
        try:
            body = self._transport.open(service or "", sealed, wire.answer_context(reply_queue))
            answers = wire.read_answers(body)
        except (KeyError, NotForUs, ValueError):
            log.warning("answer_not_for_us")
            return []
        found = []
        for call_id, answer in answers:
            call = self._open.get(call_id)
            # A service answers its own calls only, whichever numbers it names.
            if call is not None and call.lanes.service == service and call.lane is not None:
                call.lanes.free(call.lane)
                self.forget(call)
                found.append((call, answer))
        return found

    def forget(self, call: Pending[Waiter]) -> None:
        """It is answered, or its caller waits no longer: it will not be sent, an answer is let be."""
        call.over = True
        self._open.pop(call.id, None)

    def fail(self, message: Message[Waiter]) -> list[Pending[Waiter]]:
        """A message that could not be sent: the calls to be told."""
        return [call for call in message.calls if self._lose(call)]

    def fail_all(self) -> list[Pending[Waiter]]:
        """The connection is lost, and with it the way back: the calls to be told."""
        return [call for call in list(self._open.values()) if self._lose(call)]

    def _lose(self, call: Pending[Waiter]) -> bool:
        if call.lane is not None:
            call.lanes.free(call.lane)
        waited = not call.over
        self.forget(call)
        return waited
