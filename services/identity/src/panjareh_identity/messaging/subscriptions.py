"""What identity listens to. A subscription's name is its queue: it must not change between releases."""

from __future__ import annotations

from panjareh_common.messaging.topology import Subscription, erasures, trust

# Its own: should the process that erases a person die before their key is destroyed.
SUBSCRIPTIONS: tuple[Subscription, ...] = (erasures("identity"), trust("identity"))
