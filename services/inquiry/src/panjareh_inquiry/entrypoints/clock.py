"""The clock process of the exchange: puts questions to authorities, and puts them again until they answer."""

from __future__ import annotations

from panjareh_common.clock import utc_now
from panjareh_common.due import DueWorker
from panjareh_common.messaging.rabbit import wait_for_broker
from panjareh_common.process import ready, stop_on_signal
from panjareh_inquiry.wiring import wire


def main(arguments: list[str]) -> None:
    stop = stop_on_signal()
    wiring = wire()
    wait_for_broker(wiring.foundation.amqp_url)
    foundation = wiring.foundation.open()
    DueWorker(foundation.database, wiring.questions().handlers(), utc_now).run(stop, ready)
    foundation.close()
