"""What requests listens to. A subscription's name is its queue: it must not change between releases."""

from __future__ import annotations

from panjareh_common.messaging.topology import Subscription, erasures, trust

SERVICES = Subscription("requests", "on_service_published", "catalog", ("service_published.v1",))
STANDINGS = Subscription(
    "requests",
    "on_service_standing",
    "catalog",
    ("service_suspended.v1", "service_resumed.v1", "service_retired.v1"),
)
ANSWERS = Subscription(
    "requests", "on_inquiry_ended", "inquiry", ("inquiry_answered.v1", "inquiry_failed.v1")
)
DELAYS = Subscription("requests", "on_inquiry_delayed", "inquiry", ("inquiry_delayed.v1",))

SUBSCRIPTIONS = (SERVICES, STANDINGS, ANSWERS, DELAYS, erasures("requests"), trust("requests"))
