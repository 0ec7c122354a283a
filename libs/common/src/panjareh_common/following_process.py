"""The `follower` process of a service: its relay and projections, each in a thread with a lease of its own."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from panjareh_common.following import Follower, Lease, follow
from panjareh_common.foundation import Foundation
from panjareh_common.process import ready, stop_on_signal


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
