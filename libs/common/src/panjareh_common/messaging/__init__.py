"""Integration events: what services tell each other, at least once, in the open (ids only)."""

from panjareh_common.messaging.message import Broker, BrokerUnavailable, Message

__all__ = ["Broker", "BrokerUnavailable", "Message"]
