"""The clock process of the exchange: puts questions to authorities until they answer, and tells what was never told."""

from __future__ import annotations

from panjareh_common.clock import utc_now
from panjareh_common.due import DueWorker
from panjareh_common.health import HEALTH
from panjareh_common.messaging.rabbit import wait_for_broker
from panjareh_common.process import ready, stop_on_signal
from panjareh_inquiry.wiring import wire


def main(arguments: list[str]) -> None:
    wiring = wire()
    foundation = wiring.foundation.open()
    foundation.wait_until_migrated()
    wait_for_broker(foundation.amqp_url)
    HEALTH.check("database", foundation.unfit)
    HEALTH.check("broker", foundation.no_broker)
    stop = stop_on_signal()
    handlers = wiring.questions().handlers() | wiring.offers.handlers()
    DueWorker(foundation.database, handlers, utc_now).run(stop, ready)
    foundation.close()
