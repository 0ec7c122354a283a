"""The `follower` process of a service: its relay, its projections and its catching up, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from panjareh_common import settings as names
from panjareh_common import telemetry
from panjareh_common.following import Follower, Lease, Standing, follow
from panjareh_common.foundation import Foundation, lay
from panjareh_common.health import HEALTH
from panjareh_common.lag import Lags
from panjareh_common.messaging.catching_up import CatchUp
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.relay import Relay, Translation
from panjareh_common.messaging.topology import Subscription
from panjareh_common.process import ready, stop_on_signal
from panjareh_common.rounds import Round, Rounds
from panjareh_common.sweeping import sweeping
from panjareh_common.transparency.tree import tree_follower

if TYPE_CHECKING:
    from panjareh_common.transparency.stamping import TimeStamper


def follow_log(
    service: str,
    published: Mapping[type, Translation],
    subscriptions: Sequence[Subscription],
    also: Sequence[Follower] = (),
) -> None:
    """A service's follower process: the relay of what others may know, the tree over its log,
    catching up with what others published before it listened, and what `also` follows.

    It builds on nothing else of the service, so it starts with half of what the other processes load.
    """
    sources = tuple({each.source for each in subscriptions})
    foundation = lay(
        service,
        calls=sources,
        also=(names.FOLLOWER_LAG_SECONDS, names.TSA_URL, names.TSA_CERTIFICATES),
    )
    relay = Relay(service, published, RabbitBroker(foundation.amqp_url))
    stamper = _time_stamper(foundation)
    tree = tree_follower(foundation, stamper.offer if stamper else None)
    rounds = [stamper.round()] if stamper else []
    run_followers(foundation, [relay, tree, *also], subscriptions, rounds)


def _time_stamper(foundation: Foundation) -> TimeStamper | None:
    """Raises SettingsMissing."""
    settings = foundation.settings
    if not settings[names.TSA_URL]:
        return None
    if not settings[names.TSA_CERTIFICATES]:
        wanted = names.TSA_CERTIFICATES
        raise names.SettingsMissing(f"{wanted.name} is missing: {wanted.help}")
    # Only who has heads stamped needs an HTTP client.
    from panjareh_common.transparency.stamping import time_stamper  # noqa: PLC0415

    return time_stamper(foundation)


def run_followers(
    foundation: Foundation,
    followers: Sequence[Follower],
    subscriptions: Sequence[Subscription] = (),
    rounds: Sequence[Round] = (),
) -> None:
    """Follows until SIGTERM. A second process of the same service stands by for the lease.

    `rounds` are done in one thread of their own, so that whom they ask holds up nobody else.
    """
    foundation.open()
    foundation.wait_until_migrated()
    stop = stop_on_signal()
    bound: float = foundation.settings[names.FOLLOWER_LAG_SECONDS]
    lags = Lags(foundation.database, followers, bound, clock=foundation.log.clock)
    leases = {each.name: Lease(foundation.database_url, *each.places) for each in followers}
    _tell(foundation, lags, leases)
    threads = [threading.Thread(target=lags.watch, args=(stop,), name="lags")]
    threads += [
        threading.Thread(
            target=follow,
            args=(foundation.log, follower, leases[follower.name], stop),
            name=follower.name,
        )
        for follower in followers
    ]
    threads += [
        threading.Thread(
            target=catch_up_of(foundation, each).run, args=(stop,), name=f"catch_up.{each.name}"
        )
        for each in subscriptions
    ]
    for thread in threads:
        thread.start()
    sweeps = Rounds(sweeping(foundation.database, stop).rounds(), foundation.log.clock)
    sweeps.start(stop)
    beside = Rounds(rounds, foundation.log.clock, name="rounds_beside")
    if rounds:
        beside.start(stop)
    ready()
    threads[0].join()  # until SIGTERM
    foundation.calls.close()  # who asks a source that is away is told at once, not after its deadline
    for thread in threads:
        thread.join()
    sweeps.join()
    beside.join()
    foundation.close()


def _tell(foundation: Foundation, lags: Lags, leases: Mapping[str, Lease]) -> None:
    """What the process says of itself: it can work when each follower leads or stands by, and is not behind."""

    def look(name: str) -> str | None:
        if leases[name].standing is Standing.AWAY:
            return "does not reach the database"
        return lags.too_long(name)

    for name in leases:
        HEALTH.check(name, partial(look, name))
    HEALTH.check("database", foundation.unfit)
    HEALTH.check("broker", foundation.no_broker)
    telemetry.gauge(
        "panjareh.follower.active",
        "1",
        "1 while the process holds the lease",
        ("follower",),
        lambda: {(name,): int(lease.standing is Standing.LEADS) for name, lease in leases.items()},
    )


def catch_up_of(foundation: Foundation, subscription: Subscription) -> CatchUp:
    return CatchUp(
        subscription,
        database=foundation.database,
        database_url=foundation.database_url,
        amqp_url=foundation.amqp_url,
        calls=foundation.calls,
        identity=foundation.identity,
    )
