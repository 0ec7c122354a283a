"""From a call to its answer: who asks is checked, what came is loaded, and no fault shows its inside."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

import structlog
from marshmallow import Schema

from panjareh_common import telemetry
from panjareh_common.event_store.log import Cause
from panjareh_common.refusals import NotAllowed, NotInOwnName, Refusal
from panjareh_common.rpc import tracing, wire
from panjareh_common.schemas import load
from panjareh_common.security.caller import Caller, CallerKind
from panjareh_common.security.tokens import TokenVerifier

log = structlog.get_logger(__name__)
_DURATION = telemetry.Duration(
    "rpc.server.call.duration", "of answering one call", ("rpc.method", "error.type")
)


# Services that speak with the world over HTTP, and see who asks there.
DOORS_OUTSIDE = frozenset({"gateway", "identity"})


@dataclass(frozen=True)
class Call:
    """One call being answered: who asks, in which language, through which channel.

    `traceparent` is the call's own place in its trace; several calls may be answered together.
    `address` and `agent` (network address, User-Agent) are known only where a door to the outside
    asks in its own name: beside a person's token anybody could have written them.
    """

    caller: Caller
    language: str
    channel: str
    key: str | None
    traceparent: str | None = None
    address: str | None = None
    agent: str | None = None

    def cause(self, because: str | None = None) -> Cause:
        return self.caller.cause(self.channel, self.traceparent, because)


@dataclass(frozen=True)
class Door:
    """What is written over a method's door: used to check callers and to generate the contracts.

    `any_client`: whatever client of the OpenID provider a token was given to, it needs no scope here.
    """

    takes: type[Schema]
    gives: type[Schema] | None
    callers: frozenset[str]
    any_client: bool = False


# The two halves of an answer, with the method between them: gives what the method takes, then takes
# what the method made of it (an exception where it raised or gave one) and returns the answer.
_Halves = Generator[tuple[Any, Call], Any, bytes]


class Serving:
    """Answers calls with one method of a service class. What it gives back are written answers."""

    def __init__(
        self, door: Door, method: Callable[..., Any], verifier: Callable[[], TokenVerifier]
    ) -> None:
        self._door = door
        self._takes = door.takes()
        self._gives = door.gives() if door.gives else None
        self._method = method
        self._verifier = verifier

    def alone(self, service: Any, asked: wire.Asked) -> bytes:
        """One call, by `method(service, command, call)`."""
        halves = self._halves(service, asked)
        admitted = _go_on(halves)
        if isinstance(admitted, bytes):
            return admitted
        try:
            made = self._method(service, *admitted)
        except Exception as failure:
            made = failure
        return _answer(_go_on(halves, made))

    def together(self, service: Any, calls: Sequence[wire.Asked]) -> list[bytes]:
        """Several calls, by one `method(service, [(command, call), …])`; the answers in their order.

        A call that is refused at the door never reaches the method, and does not disturb the others.
        """
        # Each in a context of its own, so that their spans are open side by side.
        contexts = [copy_context() for _ in calls]
        halves = [self._halves(service, asked) for asked in calls]
        admitted = [
            context.run(_go_on, half) for context, half in zip(contexts, halves, strict=True)
        ]
        wanted = [each for each in admitted if not isinstance(each, bytes)]
        made = iter(self._made_of(service, wanted))
        return [
            each if isinstance(each, bytes) else _answer(context.run(_go_on, half, next(made)))
            for each, context, half in zip(admitted, contexts, halves, strict=True)
        ]

    def _made_of(self, service: Any, wanted: list[tuple[Any, Call]]) -> list[Any]:
        if not wanted:
            return []
        try:
            made = list(self._method(service, wanted))
            if len(made) != len(wanted):
                raise TypeError(f"{len(wanted)} calls, {len(made)} results")
        except Exception as failure:
            return [failure] * len(wanted)
        return made

    def _halves(self, service: Any, asked: wire.Asked) -> _Halves:
        method = self._method.__name__
        began, error = time.perf_counter(), ""
        try:
            with tracing.serve_span(service.name, method, asked.traceparent):
                try:
                    made = yield self._admit(service, asked.request)
                    if isinstance(made, Exception):
                        raise made
                    result = self._gives.dump(made) if self._gives else made
                    return wire.write_answer(asked.id, wire.result_body(result))
                except Refusal:
                    raise
                except Exception as fault:
                    log.error("call_failed", method=method, exc_info=fault)
                    raise
        except Refusal as refusal:
            error = refusal.code
            return _refused(asked, refusal)
        except Exception as fault:
            error = type(fault).__name__
            return wire.write_answer(asked.id, wire.fault_body())
        finally:
            _DURATION.record(time.perf_counter() - began, f"{service.name}/{method}", error)

    def _admit(self, service: Any, request: wire.Request) -> tuple[Any, Call]:
        """The command as its schema makes it, and who asks. Raises Refusal."""
        caller = self._verifier().caller(request.token)
        name = caller.service if caller.kind is CallerKind.SERVICE else str(caller.kind)
        if name not in self._door.callers:
            of_persons = CallerKind.PERSON in self._door.callers
            alone = caller.kind is CallerKind.REPRESENTATIVE and of_persons
            raise NotInOwnName() if alone else NotAllowed()
        if service.client_scope and not self._door.any_client:
            caller.need_scope(service.client_scope)
        seen = (request.address, request.agent) if caller.service in DOORS_OUTSIDE else ()
        call = Call(
            caller,
            request.language,
            request.channel,
            _key(caller, request.key),
            telemetry.traceparent(),
            *seen,
        )
        return load(self._takes, request.payload, request.language), call


def _key(caller: Caller, key: str | None) -> str | None:
    """Answers are kept under whose data it is; whoever acts in their name has keys of their own."""
    return key if key is None or caller.represented is None else f"{caller.doer} {key}"


def _refused(asked: wire.Asked, refusal: Refusal) -> bytes:
    try:
        return wire.write_answer(asked.id, wire.refusal_body(refusal, asked.request.language))
    except Exception as fault:  # its details are no JSON, or its sentence has other places
        log.error("refusal_unspeakable", code=refusal.code, exc_info=fault)
        return wire.write_answer(asked.id, wire.fault_body())


def _go_on(halves: _Halves, made: Any = None) -> tuple[Any, Call] | bytes:
    """The next half: what the method takes, or the answer."""
    try:
        return halves.send(made)
    except StopIteration as end:
        answer: bytes = end.value
        return answer


def _answer(half: tuple[Any, Call] | bytes) -> bytes:
    assert isinstance(half, bytes)
    return half
