"""What identity listens to: nothing yet but the end of sessions, which every process hears for itself."""

from __future__ import annotations

from panjareh_common.messaging.topology import Subscription

SUBSCRIPTIONS: tuple[Subscription, ...] = ()
