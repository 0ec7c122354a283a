"""The `follower` process of a service: its relay and projections, each in a thread with a lease of its own."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence

from panjareh_common.following import Follower, Lease, follow
from panjareh_common.foundation import Foundation, lay
from panjareh_common.messaging.rabbit import RabbitBroker
from panjareh_common.messaging.relay import Relay, Translation
from panjareh_common.process import ready, stop_on_signal
from panjareh_common.transparency.tree import tree_follower


def follow_log(service: str, published: Mapping[type, Translation]) -> None:
    """A service's follower process: the relay of what others may know, and the tree over its log.

    It builds on nothing else of the service, so it starts with half of what the other processes load.
    """
    foundation = lay(service)
    relay = Relay(service, published, RabbitBroker(foundation.amqp_url))
    run_followers(foundation, [relay, tree_follower(foundation)])


def run_followers(foundation: Foundation, followers: Sequence[Follower]) -> None:
    """Follows until SIGTERM. A second process of the same service stands by for the lease."""
    stop = stop_on_signal()
    foundation.open_databases()
    threads = [
        threading.Thread(
            target=follow,
            args=(foundation.log, follower, Lease(foundation.database_url, follower.name), stop),
            name=follower.name,
        )
        for follower in followers
    ]
    for thread in threads:
        thread.start()
    ready()
    for thread in threads:
        thread.join()
    foundation.close_databases()
