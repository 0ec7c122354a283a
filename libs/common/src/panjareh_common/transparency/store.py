"""The tree of a service's log as it is kept in the service's database, and proofs from it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from panjareh_common.database import Connection
from panjareh_common.following import CannotGoOn
from panjareh_common.transparency.merkle import (
    Growing,
    Node,
    Range,
    consistency_ranges,
    cover,
    heads_of,
    inclusion_ranges,
    leaf_hash,
)

_PLACE = struct.Struct(">q16si")


class TreeDamaged(CannotGoOn):
    """A node that must be kept is not there."""


@dataclass(frozen=True)
class Leaf:
    """One event in the tree. `hash` is that of its row."""

    stream: UUID
    version: int
    position: int
    hash: bytes

    def hashed(self) -> bytes:
        """The leaf's own hash. Position, stream and version are in it, so that order is part of the tree."""
        place = _PLACE.pack(self.position, self.stream.bytes, self.version)
        return leaf_hash(place + self.hash)


def measure(connection: Connection) -> tuple[int, int]:
    """How many leaves there are, and the position of the last one (0 when there is none)."""
    row = connection.execute(
        "SELECT index + 1 AS size, position FROM tree_leaf ORDER BY index DESC LIMIT 1"
    ).fetchone()
    return (row["size"], row["position"]) if row else (0, 0)


def growing(connection: Connection, size: int) -> Growing:
    """The tree as it was with `size` leaves, ready to grow. Raises TreeDamaged."""
    wanted = cover(0, size)
    kept = _kept(connection, wanted)
    return Growing(size, [kept[node] for node in wanted])


def append(connection: Connection, leaves: Sequence[Leaf]) -> None:
    """Adds leaves and every subtree that they complete. Raises TreeDamaged."""
    tree = growing(connection, measure(connection)[0])
    first = tree.size
    completed = [node for leaf in leaves for node in tree.append(leaf.hashed())]
    connection.execute(
        "INSERT INTO tree_leaf (index, position, stream, version)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::uuid[], %s::integer[])",
        (
            list(range(first, tree.size)),
            [leaf.position for leaf in leaves],
            [leaf.stream for leaf in leaves],
            [leaf.version for leaf in leaves],
        ),
    )
    connection.execute(
        "INSERT INTO tree_node (level, index, hash)"
        " SELECT * FROM unnest(%s::integer[], %s::bigint[], %s::bytea[])",
        (
            [level for (level, _), _ in completed],
            [index for (_, index), _ in completed],
            [digest for _, digest in completed],
        ),
    )


def index_of(connection: Connection, position: int) -> int | None:
    """The number of the leaf that stands for the event at a position; None while there is none."""
    row = connection.execute(
        "SELECT index FROM tree_leaf WHERE position = %s", (position,)
    ).fetchone()
    return int(row["index"]) if row else None


@dataclass(frozen=True)
class Stamp:
    """What a time-stamping authority said of a signed head. `head` is its compact JWS; `response`, as DER, the answer."""

    size: int
    head: str
    response: bytes
    stamped_at: datetime


def stamp_over(connection: Connection, index: int, size: int) -> Stamp | None:
    """The earliest stamp over a tree, of at most `size` leaves, that holds leaf `index`."""
    row = connection.execute(
        "SELECT size, head, response, stamped_at FROM tree_stamp"
        " WHERE size > %s AND size <= %s ORDER BY size LIMIT 1",
        (index, size),
    ).fetchone()
    return (
        Stamp(row["size"], row["head"], bytes(row["response"]), row["stamped_at"]) if row else None
    )


def is_stamped(connection: Connection, size: int) -> bool:
    found = connection.execute("SELECT FROM tree_stamp WHERE size = %s", (size,))
    return found.rowcount == 1


def keep_stamp(connection: Connection, stamp: Stamp) -> None:
    """Once for a size: whoever stamped it before has said it earlier."""
    connection.execute(
        "INSERT INTO tree_stamp (size, head, response, stamped_at) VALUES (%s, %s, %s, %s)"
        " ON CONFLICT DO NOTHING",
        (stamp.size, stamp.head, stamp.response, stamp.stamped_at),
    )


def inclusion_proof(connection: Connection, index: int, size: int) -> list[bytes]:
    """Proves that leaf `index` is in the tree of `size` leaves; `merkle.verify_inclusion` checks it."""
    return _heads_of(connection, inclusion_ranges(index, size))


def consistency_proof(connection: Connection, first: int, second: int) -> list[bytes]:
    """Proves that a tree only grew; `merkle.verify_consistency` checks it."""
    return _heads_of(connection, consistency_ranges(first, second))


def _heads_of(connection: Connection, ranges: list[Range]) -> list[bytes]:
    kept = _kept(connection, [node for leaves in ranges for node in cover(*leaves)])
    return heads_of(ranges, kept.__getitem__)


def _kept(connection: Connection, wanted: Iterable[Node]) -> dict[Node, bytes]:
    nodes = list(wanted)
    rows = connection.execute(
        "SELECT level, index, hash FROM unnest(%s::integer[], %s::bigint[]) AS wanted (level, index)"
        " JOIN tree_node USING (level, index)",
        ([level for level, _ in nodes], [index for _, index in nodes]),
    )
    kept = {(row["level"], row["index"]): bytes(row["hash"]) for row in rows}
    missing = [node for node in nodes if node not in kept]
    if missing:
        raise TreeDamaged(f"the tree's node {missing[0]} is not in tree_node; run verify-log")
    return kept
