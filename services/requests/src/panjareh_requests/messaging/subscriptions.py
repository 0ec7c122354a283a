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
AUTHORITIES = Subscription("requests", "on_authority_changed", "catalog", ("authority_changed.v1",))
DAYS = Subscription(
    "requests", "on_day_announced", "catalog", ("day_announced.v1", "day_withdrawn.v1")
)
OUTAGES = Subscription(
    "requests",
    "on_outage",
    "catalog",
    ("outage_announced.v1", "outage_changed.v1", "outage_ended.v1", "outage_withdrawn.v1"),
)
OFFICERS = Subscription("requests", "on_officer_appointed", "identity", ("officer_appointed.v1",))
MANDATES = Subscription(
    "requests", "on_mandate", "identity", ("mandate_accepted.v1", "mandate_ended.v1")
)

SUBSCRIPTIONS = (
    SERVICES,
    STANDINGS,
    ANSWERS,
    DELAYS,
    AUTHORITIES,
    DAYS,
    OUTAGES,
    OFFICERS,
    MANDATES,
    erasures("requests"),
    trust("requests"),
)
