"""What the exchange listens to. A subscription's name is its queue: it must not change between releases."""

from __future__ import annotations

from panjareh_common.messaging.topology import Subscription, erasures, trust

SUBSCRIPTIONS: tuple[Subscription, ...] = (erasures("inquiry"), trust("inquiry"))
