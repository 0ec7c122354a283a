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
from panjareh_requests.wiring_payments import must_be_able_to_sign


def main(arguments: list[str]) -> None:
    wiring = wire()
    must_be_able_to_sign(wiring.foundation.settings)
    foundation = wiring.foundation.open()
    foundation.wait_until_migrated()
    wait_for_broker(foundation.amqp_url)
    HEALTH.check("database", foundation.unfit)
    HEALTH.check("broker", foundation.no_broker)
    Standing(foundation.database, utc_now).tell()
    stop = stop_on_signal()
    handlers = wiring.evidence.handlers() | wiring.corrections.handlers()
    handlers |= wiring.joinings.handlers()
    handlers |= wiring.endings.handlers() | wiring.timekeeping.handlers()
    handlers |= wiring.appointment_waits.handlers()
    handlers |= wiring.working.handlers() | wiring.opinions.handlers()
    # By itself, so that nobody's decision waits for a scanner that takes its time.
    scans = DueWorker(
        foundation.database, wiring.files.handlers(), utc_now, threads=2, name="due files"
    )
    scanning = threading.Thread(target=scans.run, args=(stop,), name="files", daemon=True)
    scanning.start()
    # And for no payment provider.
    money = DueWorker(
        foundation.database, wiring.payments.handlers(), utc_now, threads=4, name="due payments"
    )
    paying = threading.Thread(target=money.run, args=(stop,), name="payments", daemon=True)
    paying.start()
    # And for no gateway of short messages.
    notices = DueWorker(
        foundation.database, wiring.telling.handlers(), utc_now, threads=4, name="due notices"
    )
    telling = threading.Thread(target=notices.run, args=(stop,), name="notices", daemon=True)
    telling.start()
    # And for no campaign.
    many = DueWorker(
        foundation.database,
        wiring.evidence.handlers_of_campaigns(),
        utc_now,
        threads=2,
        name="due campaigns",
    )
    crowd = threading.Thread(target=many.run, args=(stop,), name="campaigns", daemon=True)
    crowd.start()
    often = timedelta(minutes=10)
    sweeps = (
        Round("expired_drafts", often, wiring.drafts.sweep),
        Round("expired_files", often, wiring.files.sweep),
        Round("joining_codes", often, wiring.joinings.sweep),
        Round("campaigns", timedelta(seconds=5), wiring.campaigns.move_up),
    )
    wiring.timekeeping.begin()
    wiring.working.begin()
    rounds = Rounds(sweeps, utc_now)
    rounds.start(stop)
    DueWorker(foundation.database, handlers, utc_now).run(stop, ready)
    rounds.join()
    scanning.join()
    paying.join()
    crowd.join()
    telling.join()
    foundation.close()
