"""The live streams that this process holds open: who waits for what, and who is woken (docs/decisions/0041).

In memory, for one event loop. Nothing here asks anybody: an open stream of a request that stands still costs
no call.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from panjareh_common import telemetry
from panjareh_common.refusals import Kind, Refusal

_RESUMED = telemetry.counter(
    "panjareh.live.streams.resumed", "streams of who came back with the last step they had"
)
_ENDED = telemetry.counter("panjareh.live.streams.ended", "live streams that ended, by why")

MOST_OF_A_PERSON = 10
MOST_IN_A_PROCESS = 5_000
_SOME_VERSION = 2**31  # above any that a request has


class TooManyStreams(Refusal):
    code = "too_many_streams"
    kind = Kind.TOO_MANY
    message = "You follow requests on too many pages or devices at once. Close one, and try again."


class StreamsFull(Refusal):
    code = "streams_full"
    kind = Kind.UNAVAILABLE
    message = (
        "Too many people follow requests here at this moment. Try again in a few seconds, or look "
        "at the request by itself; nothing is lost."
    )


class End(StrEnum):
    """Why a stream ends; told to whoever reads it, but for the last two, who have gone."""

    EXPIRED = "token_expired"
    SESSION_ENDED = "session_ended"
    REFUSED = "refused"
    SHUTDOWN = "shutdown"
    LEFT = "left"
    SLOW = "slow"


class Holder(NamedTuple):
    """Whose stream it is, as the token says that the service believed."""

    person: str
    session: str
    expires_at: float


class Stream:
    """One open stream. `woken` returns when there may be something after the version it has shown."""

    def __init__(self, request_id: str, holder: Holder) -> None:
        self.request_id = request_id
        self.holder = holder
        self.end: End | None = None
        self._newest = 0
        self._bell = asyncio.Event()

    def moved(self, version: int) -> None:
        self._newest = max(self._newest, version)
        self._bell.set()

    def may_have_moved(self) -> None:
        """Something may have been missed, so it is to be looked at once."""
        self.moved(_SOME_VERSION)

    def stop(self, why: End) -> None:
        self.end = self.end or why
        self._bell.set()

    async def woken(self, seen: int, until: float | None) -> bool:
        """Whether there may be something above `seen`: False when it is to end, or at `until` of the loop's clock."""
        while self.end is None:
            if self._newest > seen:
                self._newest = 0
                return True
            self._bell.clear()
            try:
                async with asyncio.timeout_at(until):
                    await self._bell.wait()
            except TimeoutError:
                return False
        return False


class Streams:
    """All open streams of the process."""

    def __init__(
        self, *, most: int = MOST_IN_A_PROCESS, most_of_a_person: int = MOST_OF_A_PERSON
    ) -> None:
        self._most = most
        self._most_of_a_person = most_of_a_person
        self._of_request: dict[str, set[Stream]] = {}
        self._of_person: Counter[str] = Counter()
        self._admitted: set[Stream] = set()
        self._open = 0
        telemetry.gauge(
            "panjareh.live.streams", "1", "open live streams", (), lambda: {(): self._open}
        )
        telemetry.gauge(
            "panjareh.live.streams.limit",
            "1",
            "live streams that the process can hold",
            (),
            lambda: {(): self._most},
        )

    def __len__(self) -> int:
        return self._open

    def open(self, request_id: str, holder: Holder) -> Stream:
        """Takes part in what is heard from now on; it is not known yet whether the holder may. Raises StreamsFull."""
        if self._open >= self._most:
            raise StreamsFull()
        stream = Stream(request_id, holder)
        self._of_request.setdefault(request_id, set()).add(stream)
        self._open += 1
        return stream

    def admit(self, stream: Stream, *, resumed: bool = False) -> None:
        """Counts it as its holder's, once the service has believed the token. Raises TooManyStreams."""
        person = stream.holder.person
        if self._of_person[person] >= self._most_of_a_person:
            raise TooManyStreams()
        self._of_person[person] += 1
        self._admitted.add(stream)
        if resumed:
            _RESUMED.add(1)

    def close(self, stream: Stream, why: End = End.LEFT) -> None:
        """Once for every stream that was opened; again does nothing."""
        of_request = self._of_request.get(stream.request_id, set())
        if stream not in of_request:
            return
        of_request.discard(stream)
        if not of_request:
            del self._of_request[stream.request_id]
        self._open -= 1
        if stream in self._admitted:
            self._admitted.discard(stream)
            person = stream.holder.person
            self._of_person[person] -= 1
            if not self._of_person[person]:
                del self._of_person[person]
            _ENDED.add(1, {"because": str(stream.end or why)})

    def moved(self, request_id: str, version: int) -> None:
        for stream in self._of_request.get(request_id, ()):
            stream.moved(version)

    def something_missed(self) -> None:
        """After the broker was away: every request may have moved."""
        for stream in self._all():
            stream.may_have_moved()

    def session_ended(self, session: str) -> None:
        for stream in self._all():
            if stream.holder.session == session:
                stream.stop(End.SESSION_ENDED)

    def _all(self) -> Iterable[Stream]:
        return [stream for streams in self._of_request.values() for stream in streams]
