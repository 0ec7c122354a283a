"""Catching up: a subscriber that came late, or lost its database, hears everything from the first event on.

Whoever publishes answers `events_after` from its log. Whoever subscribes asks page by page, puts what
it is told into its own queue, and keeps how far it got; from there on a message is like any other:
handled side by side, dropped when its id is known, set aside when it cannot be digested. The queue was
bound before (`migrate` declares it), so what is published meanwhile lies in it too, and nothing falls
between (decision 0014).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import structlog

from panjareh_common.database import CONNECTION_FAULTS, Database
from panjareh_common.event_store.log import EventLog
from panjareh_common.health import HEALTH
from panjareh_common.messaging.message import BrokerUnavailable, Message
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.relay import PublicEvents
from panjareh_common.messaging.topology import Subscription
from panjareh_common.refusals import InvalidInput, Refusal
from panjareh_common.rpc.client import RpcClient
from panjareh_common.rpc.wire import CallFailed, Request
from panjareh_common.security.tokens import ServiceIdentity
from panjareh_common.sweeping import swept_to

log = structlog.get_logger(__name__)

PAGE = 200  # events in one answer, at most
_FULL = 2000  # messages in the queue beyond which its listeners are waited for
_LOOK_SECONDS = 5.0  # an operator may ask at any time
_AGAIN_SECONDS = 1.0
_CALL_SECONDS = 10.0

_BEGIN = "INSERT INTO catch_up (subscription) VALUES (%s) ON CONFLICT DO NOTHING"
_BEGIN_AGAIN = """
INSERT INTO catch_up (subscription) VALUES (%s)
ON CONFLICT (subscription) DO UPDATE SET position = 0, begun_at = now(), ended_at = NULL
"""
_OPEN = "SELECT position FROM catch_up WHERE subscription = %s AND ended_at IS NULL"
# Only from where we read: an operator may have set it back to the first event meanwhile.
_MOVE = """
UPDATE catch_up SET position = %s, ended_at = CASE WHEN %s THEN now() END
WHERE subscription = %s AND position = %s AND ended_at IS NULL
"""
_STATES = (
    "SELECT subscription, position, begun_at, ended_at FROM catch_up WHERE subscription = ANY(%s)"
)


# The source's side


def events_after(
    event_log: EventLog,
    public: PublicEvents,
    position: int,
    types: Sequence[str] | None,
    limit: int,
) -> dict[str, Any]:
    """One page of what a service has published, as its relay tells it, oldest first.

    `types` None means all of them. Gives `messages` (CloudEvents in JSON), `position` to ask on
    from, and `end`: nothing more was there. Raises InvalidInput for a type that the service does not
    publish: whoever asks may be newer than we are, and must not believe that there is none.
    """
    unknown = set(types or ()) - public.types
    if unknown:
        detail = f"Not published here: {', '.join(sorted(unknown))}"
        raise InvalidInput([{"pointer": "/types", "detail": detail}])
    topics = public.topics(public.types if types is None else types)
    events = event_log.after(position, topics, limit) if topics else []
    return {
        "messages": [
            public.to_message(event, event.metadata.get("traceparent")).to_json()
            for event in events
        ],
        "position": events[-1].position if events else position,
        "end": len(events) < limit,
    }


# The subscriber's side


class CatchUp:
    """One subscription's way through its source's log. Its row is the truth of how far it got."""

    def __init__(
        self,
        subscription: Subscription,
        *,
        database: Database,
        database_url: str,
        amqp_url: str,
        calls: RpcClient,
        identity: ServiceIdentity,
    ) -> None:
        self.subscription = subscription
        self._database = database
        self._database_url = database_url
        self._broker = RabbitBroker(amqp_url)
        self._calls = calls
        self._identity = identity

    def run(self, stop: threading.Event) -> None:
        """Catches up where that is wanted, until told to stop. The source may be away for any time."""
        name = self.subscription.name
        begun = False
        while not stop.is_set():
            HEALTH.beat(name)
            pause = _LOOK_SECONDS
            try:
                if not begun:
                    begin(self._database, name)
                    begun = True
                if self._position() is not None:
                    pause = _AGAIN_SECONDS
                    self._go(stop)
            except (Refusal, CallFailed, BrokerUnavailable, *CONNECTION_FAULTS) as cause:
                log.warning("catch_up_waits", subscription=name, because=type(cause).__name__)
            except Exception:
                # A thread that ended here would leave the process looking well.
                log.exception("catch_up_failed", subscription=name)
            finally:
                self._broker.close()
            stop.wait(pause)

    def step(self) -> bool:
        """Asks for one page, queues it, and keeps the position. False when there is nothing to do now.

        A crash in between repeats a page and never loses one.
        """
        name = self.subscription.name
        position = self._position()
        if position is None or self._broker.waiting(name) > _FULL:
            return False
        page = self._ask(position)
        told = [Message.from_json(event) for event in page["messages"]]
        if (since := swept_to(self._database, name)) is not None:
            # Handled long ago; the inbox would not know it any more, and have it handled twice.
            told = [message for message in told if message.time >= since]
        self._broker.put(name, told)
        with self._database.connection() as connection:
            moved = connection.execute(_MOVE, (page["position"], page["end"], name, position))
        at_the_end = page["end"] and moved.rowcount == 1
        if at_the_end:
            log.info("caught_up", subscription=name, position=page["position"])
        return not at_the_end

    def _go(self, stop: threading.Event) -> None:
        with self._turn() as ours:
            while ours and not stop.is_set() and self.step():
                HEALTH.beat(self.subscription.name)

    def _position(self) -> int | None:
        """How far it got; None where it has come to the end."""
        with self._database.connection() as connection:
            row = connection.execute(_OPEN, (self.subscription.name,)).fetchone()
        return row["position"] if row else None

    def _ask(self, position: int) -> dict[str, Any]:
        wanted = {"position": position, "types": list(self.subscription.types), "limit": PAGE}
        token = self._identity.assertion(purpose="catch_up")
        request = Request(wanted, token, language="en", channel="platform")
        answer: dict[str, Any] = self._calls.call(
            self.subscription.source, "events_after", request, timeout=_CALL_SECONDS
        )
        return answer

    @contextmanager
    def _turn(self) -> Iterator[bool]:
        """Whether it is ours to catch up: of several processes one does, and the lock ends with it."""
        with psycopg.connect(self._database_url, autocommit=True, connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT pg_try_advisory_lock(hashtextextended('catch_up:' || %s, 0))",
                (self.subscription.name,),
            ).fetchone()
            yield bool(row and row[0])


def begin(database: Database, subscription: str) -> None:
    """Has a subscription catch up that never did; the others are left as they are."""
    with database.connection() as connection:
        connection.execute(_BEGIN, (subscription,))


def begin_again(database: Database, subscriptions: Sequence[str]) -> None:
    """Has subscriptions read everything from the first event once more, as after a restore."""
    with database.connection() as connection:
        for subscription in subscriptions:
            connection.execute(_BEGIN_AGAIN, (subscription,))


def states(database: Database, subscriptions: Sequence[str]) -> list[dict[str, Any]]:
    """How far each has come: `subscription`, `position` in its source's log, `begun_at`, `ended_at`."""
    with database.connection() as connection:
        return connection.execute(_STATES, (list(subscriptions),)).fetchall()
