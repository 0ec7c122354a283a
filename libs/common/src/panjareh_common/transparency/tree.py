"""Follows a service's log and grows its tree: a leaf for every event, in the order of positions."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from panjareh_common import settings as names
from panjareh_common import telemetry
from panjareh_common.clock import Clock, to_wire, utc_now
from panjareh_common.database import Connection, Database
from panjareh_common.event_store.log import RecordedEvent
from panjareh_common.following import Follower
from panjareh_common.foundation import Foundation
from panjareh_common.security.tokens import ServiceIdentity
from panjareh_common.transparency import store
from panjareh_common.transparency.heads import HEAD_TYP, HeadFile, HeadLog, HeadUnreadable, TreeHead
from panjareh_common.transparency.merkle import verify_consistency

log = structlog.get_logger(__name__)

HEAD_SECONDS = 10
_REFUSED = telemetry.counter(
    "panjareh.tree.heads.refused", "heads that were not signed, as the tree does not fit"
)


class NotTheSameTree(Exception):
    """The tree in the database is not the one that was signed before: events were changed or lost."""


class TreeFollower(Follower):
    """Adds leaves, and signs the head of the tree for keeping outside the database.

    It signs at most once in ten seconds, once more when it leaves, and only a tree that the last
    signed one is the beginning of. `offer` is told of the newest signed head.
    """

    topics = None
    opened = False
    batch = 1000
    poll_seconds = (0.2, 0.5, 1.0)

    def __init__(
        self,
        identity: ServiceIdentity,
        database: Database,
        heads: HeadFile | HeadLog,
        *,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        offer: Callable[[str], None] | None = None,
    ) -> None:
        self.name = f"{identity.service}.tree"
        self._identity = identity
        self._database = database
        self._heads = heads
        self._clock = clock
        self._monotonic = monotonic
        self._offer = offer
        self._grew = True  # unknown after a start
        self._signed_at: float | None = None

    def tell(self, events: Sequence[RecordedEvent]) -> None:
        try:
            self._heads.prepare()
        except OSError as cause:
            log.error("no_place_for_tree_heads", because=str(cause))

    def apply(self, connection: Connection, events: Sequence[RecordedEvent]) -> None:
        # Whoever followed before us may have come further than our look at the log knew.
        _, last = store.measure(connection)
        leaves = [
            store.Leaf(event.stream, event.version, event.position, event.hash)
            for event in events
            if event.position > last
        ]
        if leaves:
            store.append(connection, leaves)
            self._grew = True

    def settle(self, *, leaving: bool = False) -> None:
        now = self._monotonic()
        waited = self._signed_at is None or now - self._signed_at >= HEAD_SECONDS
        if not self._grew or not (waited or leaving):
            return
        self._signed_at = now
        try:
            self.sign_head()
        except (OSError, HeadUnreadable, NotTheSameTree, store.TreeDamaged) as cause:
            # The log must go on; what is not signed now is tried again with the next head.
            log.error("tree_head_not_signed", because=str(cause))
            if not isinstance(cause, OSError):
                _REFUSED.add(1)
        else:
            self._grew = False

    def sign_head(self) -> TreeHead | None:
        """Signs and keeps the head of the tree as it is now; None when there is nothing new to sign.

        Raises NotTheSameTree, TreeDamaged, HeadUnreadable, or OSError when it cannot be kept.
        """
        with self._heads.turn() as turn:
            # After the last head was read: the tree can only be larger.
            with self._database.connection() as connection:
                head = self._head(connection, turn.last)
            if head is not None:
                turn.keep(head, self._identity.sign(head.to_claims(), HEAD_TYP))
            signed = turn.last_signed
        if self._offer is not None and signed is not None:
            self._offer(signed)
        return head

    def _head(self, connection: Connection, last: TreeHead | None) -> TreeHead | None:
        size, position = store.measure(connection)
        root = store.growing(connection, size).root()
        if last is not None:
            if last.size > size:
                raise NotTheSameTree(f"a signed head counts {last.size} events, the tree {size}")
            proof = store.consistency_proof(connection, last.size, size)
            if not verify_consistency(last.size, size, last.root, root, proof):
                raise NotTheSameTree(
                    f"the first {last.size} events are not those of a signed head; run verify-log"
                )
        if size == (last.size if last else 0):
            return None
        return TreeHead(self._identity.service, size, root, position, to_wire(self._clock()))


def tree_follower(
    foundation: Foundation, offer: Callable[[str], None] | None = None
) -> TreeFollower:
    """The follower every service has for its tree; heads go where PANJAREH_TREE_HEADS_DIR says."""
    folder: str = foundation.settings[names.TREE_HEADS_DIR]
    heads = HeadFile(Path(folder), foundation.service) if folder else HeadLog()
    return TreeFollower(
        foundation.identity, foundation.database, heads, clock=foundation.log.clock, offer=offer
    )
