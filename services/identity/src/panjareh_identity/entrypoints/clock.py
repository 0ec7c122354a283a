"""The clock process of identity: what comes due, keys in their turn, and the sweeping of what has run out."""

from __future__ import annotations

from panjareh_common.clock import utc_now
from panjareh_common.due import DueWorker
from panjareh_common.health import HEALTH
from panjareh_common.messaging.rabbit import wait_for_broker
from panjareh_common.process import ready, stop_on_signal
from panjareh_common.rounds import Rounds
from panjareh_identity.wiring import wire


def main(arguments: list[str]) -> None:
    wiring = wire()
    foundation = wiring.foundation.open()
    foundation.wait_until_migrated()
    wait_for_broker(foundation.amqp_url)
    HEALTH.check("database", foundation.unfit)
    HEALTH.check("broker", foundation.no_broker)
    stop = stop_on_signal()
    rounds = Rounds(wiring.rounds, utc_now)
    rounds.start(stop)
    DueWorker(foundation.database, wiring.due_handlers, utc_now).run(stop, ready)
    rounds.join()
    foundation.close()
