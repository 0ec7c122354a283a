"""The clock process of requests: asks for evidence, collects answers, decides, each when its time has come."""

from __future__ import annotations

from panjareh_common.clock import utc_now
from panjareh_common.due import DueWorker
from panjareh_common.health import HEALTH
from panjareh_common.messaging.rabbit import wait_for_broker
from panjareh_common.process import ready, stop_on_signal
from panjareh_requests.read_model.standing import Standing
from panjareh_requests.wiring import wire


def main(arguments: list[str]) -> None:
    wiring = wire()
    foundation = wiring.foundation.open()
    foundation.wait_until_migrated()
    wait_for_broker(foundation.amqp_url)
    HEALTH.check("database", foundation.unfit)
    HEALTH.check("broker", foundation.no_broker)
    Standing(foundation.database, utc_now).tell()
    stop = stop_on_signal()
    DueWorker(foundation.database, wiring.evidence.handlers(), utc_now).run(stop, ready)
    foundation.close()
