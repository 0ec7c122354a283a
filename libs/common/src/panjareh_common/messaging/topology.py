"""The exchanges and queues that integration events travel through; `migrate` declares them all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import uuid4

from kombu import Connection, Exchange, Queue, binding

from panjareh_common.rpc import wire

PERSON_ERASED = "person_erased.v1"
SESSION_ENDED = "session_ended.v1"
SIGNING_KEY_PUBLISHED = "signing_key_published.v1"
REQUEST_MOVED = "request_moved.v1"  # told live only (decision 0041)
DELIVERY_LIMIT = 4  # redeliveries; five deliveries in all, then the dead-letter queue

# `migrate` declares these. Whoever binds a queue to one does not: no service may change what all share.
UNROUTED = Exchange("panjareh.unrouted", type="fanout", durable=True, no_declare=True)
EVENTS = Exchange(
    "panjareh.events",
    type="topic",
    durable=True,
    no_declare=True,
    arguments={"alternate-exchange": UNROUTED.name},
)
DEAD = Exchange("panjareh.dead", type="topic", durable=True, no_declare=True)
# What only whoever listens now needs to know. It has no alternate: what nobody hears is nobody's loss.
LIVE = Exchange("panjareh.live", type="fanout", durable=True, no_declare=True)
RPC = Exchange(wire.EXCHANGE, type="topic", durable=True, no_declare=True)

# What nobody binds is kept for a look, bounded: the event log is the truth and can send it again.
UNROUTED_QUEUE = Queue(
    "panjareh.unrouted",
    exchange=UNROUTED,
    durable=True,
    queue_arguments={"x-queue-type": "quorum", "x-max-length": 100_000, "x-overflow": "drop-head"},
)


@dataclass(frozen=True)
class Subscription:
    """One listener's standing wish: which event types of one source a handler of a service wants.

    Its name is the queue's name and the inbox's key: it must not change between releases. `source`
    is the service that publishes the types; whoever comes late catches up from its log.
    """

    service: str
    handler: str
    source: str
    types: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.service}.{self.handler}"

    def queue(self) -> Queue:
        """A quorum queue bound to each type; poison ends in the service's dead-letter queue."""
        return Queue(
            self.name,
            bindings=[binding(exchange=EVENTS, routing_key=type_) for type_ in self.types],
            durable=True,
            queue_arguments={
                "x-queue-type": "quorum",
                "x-delivery-limit": DELIVERY_LIMIT,
                "x-dead-letter-exchange": DEAD.name,
                "x-dead-letter-routing-key": self.name,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            },
        )


def erasures(service: str) -> Subscription:
    """What every service hears: that a person is to be forgotten (decision 0015)."""
    return Subscription(service, "erasures", "identity", (PERSON_ERASED,))


def trust(service: str) -> Subscription:
    """What every service hears: which keys to believe, and which sessions have ended (decision 0021)."""
    return Subscription(service, "trust", "identity", (SESSION_ENDED, SIGNING_KEY_PUBLISHED))


def live_queue(*types: str) -> Queue:
    """A queue of one process, gone when that ends: for what lives in memory."""
    return Queue(
        f"live.{uuid4().hex}",
        bindings=[binding(exchange=EVENTS, routing_key=type_) for type_ in types],
        exclusive=True,
        auto_delete=True,
        durable=False,
    )


def dead_letter_queue(service: str) -> Queue:
    return Queue(
        f"{service}.dead",
        exchange=DEAD,
        routing_key=f"{service}.*",
        durable=True,
        queue_arguments={"x-queue-type": "quorum"},
    )


def rpc_queue(service: str) -> Queue:
    return Queue(wire.queue_name(service), exchange=RPC, routing_key=f"{service}.*", durable=True)


def declare(connection: Connection, service: str, subscriptions: Iterable[Subscription]) -> None:
    """Makes what a service receives through, and what everybody shares. Safe to repeat."""
    channel = connection.channel()
    for exchange in (UNROUTED, EVENTS, DEAD, LIVE, RPC):
        shared = exchange(channel)
        shared.no_declare = False
        shared.declare()
    queues = [UNROUTED_QUEUE, rpc_queue(service), dead_letter_queue(service)]
    for queue in (*queues, *(subscription.queue() for subscription in subscriptions)):
        queue(channel).declare()
    channel.close()
