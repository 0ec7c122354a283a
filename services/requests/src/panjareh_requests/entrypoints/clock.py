"""The clock process of requests: asks for evidence, collects answers, decides, each when its time has come."""

from __future__ import annotations

import threading
from datetime import timedelta

from panjareh_common.clock import utc_now
from panjareh_common.due import DueWorker
from panjareh_common.health import HEALTH
from panjareh_common.messaging.rabbit import wait_for_broker
from panjareh_common.process import ready, stop_on_signal
from panjareh_common.rounds import Round, Rounds
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
    handlers = wiring.evidence.handlers() | wiring.corrections.handlers()
    handlers |= wiring.endings.handlers() | wiring.timekeeping.handlers()
    # By itself, so that nobody's decision waits for a scanner that takes its time.
    scans = DueWorker(
        foundation.database, wiring.files.handlers(), utc_now, threads=2, name="due files"
    )
    scanning = threading.Thread(target=scans.run, args=(stop,), name="files", daemon=True)
    scanning.start()
    often = timedelta(minutes=10)
    sweeps = (
        Round("expired_drafts", often, wiring.drafts.sweep),
        Round("expired_files", often, wiring.files.sweep),
    )
    wiring.timekeeping.begin()
    rounds = Rounds(sweeps, utc_now)
    rounds.start(stop)
    DueWorker(foundation.database, handlers, utc_now).run(stop, ready)
    rounds.join()
    scanning.join()
    foundation.close()
