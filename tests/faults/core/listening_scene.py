"""The scene of a listener: the real entrypoints of a service, on green threads, with one message to handle."""

from __future__ import annotations

from panjareh_common import green  # noqa: F401  # isort: skip  # first, as in every Nameko process

from typing import Any
from uuid import UUID

import eventlet
from nameko import config
from nameko.containers import ServiceContainer

from panjareh_common.event_store import EventLog, UnitOfWork
from panjareh_common.messaging import Message
from panjareh_common.messaging.listening import listen
from panjareh_common.messaging.topology import Subscription
from panjareh_common.rpc.server import AMQP_URI
from tests.faults.core.ours import Journal
from tests.faults.core.scenes import LISTENER, WRITTEN, Answer, Place, because, opened

SUBSCRIPTION = Subscription("feedback", LISTENER, "tests", (WRITTEN,))
_HANDLED = "SELECT 1 FROM inbox WHERE listener = %s AND message_id = %s"
_TRY = "INSERT INTO tried VALUES (%s) RETURNING message_id"
_TRIES = "SELECT count(*) FROM tried WHERE message_id = %s"


class Listening:
    """What a service class is to Nameko, with one listener."""

    name = "feedback"
    log: EventLog

    @listen(SUBSCRIPTION)
    def on_written(self, message: Message) -> None:
        if fails := message.data.get("fails"):
            self.log.database.fetch(_TRY, (message.id,))
            if self.log.database.fetch(_TRIES, (message.id,))[0][0] <= fails:
                raise RuntimeError("cannot digest this now")

        def handle(unit: UnitOfWork) -> None:
            if unit.first_time(SUBSCRIPTION.name, message.id):
                journal = unit.load(Journal, UUID(message.subject))
                journal.write(message.id)
                unit.save(journal)

        self.log.run(because(message.id), handle)


def listener(place: Place, answer: Answer) -> None:
    """A process that listens until the message of this run is handled and all it took is settled."""
    config.update({AMQP_URI: place.amqp_url, "max_workers": 4, "HEARTBEAT": 20})
    with opened(place) as log:
        Listening.log = log
        container: Any = ServiceContainer(Listening)
        container.start()
        while not log.database.fetch(_HANDLED, (SUBSCRIPTION.name, place.run)):
            eventlet.sleep(0.002)
        container.stop()
        answer(place.run, "handled")


SCENES = {"listener": listener}
