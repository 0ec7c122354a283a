"""The clock process of catalog: outages that begin and end as announced, suspensions that end, probes of the window and of channels, and old measurements."""

from __future__ import annotations

from panjareh_catalog.wiring import wire
from panjareh_catalog.wiring_authorities import probing_rounds
from panjareh_common.clock import utc_now
from panjareh_common.due import DueWorker
from panjareh_common.health import HEALTH
from panjareh_common.process import ready, stop_on_signal
from panjareh_common.rounds import Rounds
from panjareh_common.settings import PROBE_SECONDS, WINDOW_BACKCHANNEL_URL, Settings


def main(arguments: list[str]) -> None:
    settings = Settings(PROBE_SECONDS, WINDOW_BACKCHANNEL_URL)
    wiring = wire()
    # It waits for no broker: what it has to tell stands in the log, and the follower sends it.
    foundation = wiring.foundation.open()
    foundation.wait_until_migrated()
    HEALTH.check("database", foundation.unfit)
    stop = stop_on_signal()
    probes = probing_rounds(foundation, settings[PROBE_SECONDS], settings[WINDOW_BACKCHANNEL_URL])
    rounds = Rounds(probes, utc_now)
    rounds.start(stop)
    handlers = wiring.outage_parts.announcing.handlers() | wiring.publishing.handlers()
    DueWorker(foundation.database, handlers, utc_now, threads=2).run(stop, ready)
    rounds.join()
    foundation.close()
