"""Runs a Nameko service class until it is told to stop."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any

import eventlet
from marshmallow import RAISE, Schema
from nameko import config
from nameko.runners import ServiceRunner

from panjareh_common.foundation import Foundation
from panjareh_common.messaging.listening import broadcast
from panjareh_common.messaging.message import Message
from panjareh_common.messaging.rabbit import wait_for_broker
from panjareh_common.process import ready
from panjareh_common.rpc.server import AMQP_URI, TRANSPORT, VERIFIER, Call, Provided, rpc

_WORKERS = 64
_HEARTBEAT_SECONDS = 20


class Empty(Schema):
    class Meta:
        unknown = RAISE


class EveryService:
    """What every service class does beside its own work."""

    foundation: Foundation = Provided("foundation")

    @rpc(Empty, callers={"gateway"})
    def ping(self, _: dict[str, Any], call: Call) -> dict[str, str]:
        """Answers when calls are served and the database is reached."""
        with self.foundation.database.connection() as connection:
            connection.execute("SELECT 1")
        return {"status": "ready"}

    @broadcast("session_ended.v1")
    def on_session_ended(self, message: Message) -> None:
        """Tokens of an ended session are refused in each process from then on."""
        verifier = config[VERIFIER]
        verifier.end_session(message.data["session"], message.data["expires_at"])


def serve(service_class: type, foundation: Foundation, wired: Mapping[str, Any]) -> None:
    """Serves calls and listens until SIGTERM, then finishes what is in flight.

    `wired` are the objects that the class takes with `Provided(name)`.
    """
    wait_for_broker(foundation.amqp_url)
    config.update(
        {
            AMQP_URI: foundation.amqp_url,
            TRANSPORT: foundation.transport,
            VERIFIER: foundation.verifier,
            "PANJAREH_WIRING": dict(wired),
            "max_workers": _WORKERS,
            "PREFETCH_COUNT": _WORKERS,
            "HEARTBEAT": _HEARTBEAT_SECONDS,
        }
    )
    runner = ServiceRunner()
    runner.add_service(service_class)
    for number in (signal.SIGTERM, signal.SIGINT):
        # In a green thread: a signal handler must not block, and stopping waits for work in hand.
        signal.signal(number, lambda *_: eventlet.spawn_n(runner.stop))
    foundation.open()
    runner.start()
    ready()
    runner.wait()
    foundation.close()
