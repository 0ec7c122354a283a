"""What feedback listens to. A subscription's name is its queue: it must not change between releases."""

from __future__ import annotations

from panjareh_common.messaging.topology import Subscription, erasures, trust

REQUESTS = Subscription(
    "feedback", "on_request_moved", "requests", ("request_submitted.v1", "request_decided.v1")
)

SUBSCRIPTIONS = (REQUESTS, erasures("feedback"), trust("feedback"))
