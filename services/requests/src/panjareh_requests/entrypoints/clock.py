"""The clock process of requests: asks for evidence, collects answers, decides, each when its time has come."""

from __future__ import annotations

from panjareh_common.clock import utc_now
from panjareh_common.due import DueWorker
from panjareh_common.messaging.rabbit import wait_for_broker
from panjareh_common.process import ready, stop_on_signal
from panjareh_requests.wiring import wire


def main(arguments: list[str]) -> None:
    stop = stop_on_signal()
    wiring = wire()
    wait_for_broker(wiring.foundation.amqp_url)
    foundation = wiring.foundation.open()
    DueWorker(foundation.database, wiring.evidence.handlers(), utc_now).run(stop, ready)
    foundation.close()
