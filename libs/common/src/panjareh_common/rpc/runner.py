"""Runs a Nameko service class until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import eventlet
from marshmallow import RAISE, Schema, fields, validate
from nameko import config
from nameko.runners import ServiceRunner

from panjareh_common import telemetry
from panjareh_common.foundation import Foundation
from panjareh_common.health import HEALTH
from panjareh_common.messaging.catching_up import PAGE, events_after
from panjareh_common.messaging.listening import listen
from panjareh_common.messaging.message import Message
from panjareh_common.messaging.rabbit import wait_for_broker
from panjareh_common.messaging.relay import PublicEvents, Translation
from panjareh_common.messaging.topology import erasures, trust
from panjareh_common.process import ready
from panjareh_common.rpc.server import AMQP_URI, TRANSPORT, VERIFIER, Call, Provided, rpc
from panjareh_common.settings import SERVICES

_PREFETCH = 100  # messages of calls in hand; each has one call, or the crowd of one moment
# Never full: what is in hand is bounded by this prefetch and those of the listeners, and listeners
# that wait for a database to come back must not keep calls from being told that it is away.
_WORKERS = 2_000
_HEARTBEAT_SECONDS = 20


class Empty(Schema):
    class Meta:
        unknown = RAISE


class EventsAfter(Schema):
    class Meta:
        unknown = RAISE

    position = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2**63 - 1))
    types = fields.List(fields.String(), load_default=None, validate=validate.Length(max=100))
    limit = fields.Integer(load_default=PAGE, strict=True, validate=validate.Range(1, PAGE))


class Events(Schema):
    messages = fields.List(fields.Dict(), required=True)
    position = fields.Integer(required=True)
    end = fields.Boolean(required=True)


class EveryService:
    """What every service class does beside its own work.

    `client_scope`: what a client of the OpenID provider must have been given to call on a person's
    behalf here; None where its tokens reach only with the right that this service needs.
    """

    client_scope: str | None = None
    foundation: Foundation = Provided("foundation")
    public: PublicEvents = Provided("public")

    @rpc(Empty, callers={"gateway"})
    def ping(self, _: dict[str, Any], call: Call) -> dict[str, str]:
        """Answers when calls are served and the database is reached."""
        with self.foundation.database.connection() as connection:
            connection.execute("SELECT 1")
        return {"status": "ready"}

    @rpc(EventsAfter, gives=Events, callers=set(SERVICES))
    def events_after(self, query: dict[str, Any], call: Call) -> dict[str, Any]:
        """What this service has published after a position, for a subscriber that comes late."""
        return events_after(self.foundation.log, self.public, **query)

    @listen(erasures)
    def erasures(self, message: Message) -> None:
        """A person is forgotten; every process of the service hears it beside this (Foundation.live)."""
        self.foundation.erasures.hear(message)

    @listen(trust)
    def trust(self, message: Message) -> None:
        """A key or an ended session is kept; every process hears of it beside this (Foundation.trust)."""
        self.foundation.trust.store.hear(message)


def serve(
    service_class: type,
    foundation: Foundation,
    wired: Mapping[str, Any],
    published: Mapping[type, Translation] = MappingProxyType({}),
) -> None:
    """Serves calls and listens until SIGTERM, then finishes what is in flight.

    `wired` are the objects that the class takes with `Provided(name)`; `published` is what others
    may know of the service's events.
    """
    public = PublicEvents(foundation.service, published)
    config.update(
        {
            AMQP_URI: foundation.amqp_url,
            TRANSPORT: foundation.transport,
            VERIFIER: foundation.verifier,
            "PANJAREH_WIRING": {**wired, "public": public},
            "max_workers": _WORKERS,
            "PREFETCH_COUNT": _PREFETCH,
            "HEARTBEAT": _HEARTBEAT_SECONDS,
        }
    )
    runner = ServiceRunner()
    runner.add_service(service_class)
    foundation.open()
    foundation.wait_until_migrated()
    foundation.trust.open()
    wait_for_broker(foundation.amqp_url)
    HEALTH.check("database", foundation.unfit)
    telemetry.gauge(
        "panjareh.rpc.workers.busy",
        "{worker}",
        "messages with calls or events that are worked on",
        (),
        lambda: {(): sum(len(each._worker_threads) for each in runner.containers)},
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        # In a green thread: a signal handler must not block, and stopping waits for work in hand.
        signal.signal(number, lambda *_: eventlet.spawn_n(runner.stop))
    runner.start()
    ready()
    runner.wait()
    foundation.trust.close()
    foundation.close()
