"""Checks a service's log against its hash chains, its tree and the signed heads kept outside the database.

Reads in batches by key, each a short statement, so that it takes little memory, holds back nobody
and may run beside the service. Nothing has to be unsealed: hashes are over what is stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from cryptography.x509 import Certificate
from eventsourcing.persistence import StoredEvent

from panjareh_common.database import Connection
from panjareh_common.event_store.log import GENESIS, chain_hash
from panjareh_common.refusals import NotSignedIn
from panjareh_common.security.tokens import TokenVerifier
from panjareh_common.transparency.heads import HEAD_TYP, HeadUnreadable, TreeHead
from panjareh_common.transparency.merkle import Growing, Node, node_hash
from panjareh_common.transparency.store import Leaf
from panjareh_common.transparency.time_stamps import StampRefused, stamped_at

BATCH = 1000

_MEASURE = """
SELECT coalesce(max(index) + 1, 0) AS size, coalesce(min(index), 0) AS first,
       (SELECT position FROM tree_leaf ORDER BY index DESC LIMIT 1) AS last,
       (SELECT position FROM follower WHERE name = %s) AS followed
FROM tree_leaf
"""
# OFFSET 0 keeps a look-up by key one for each row: to the planner a batch looks large enough to read
# the whole other table for it.
# Times outside Python's calendar, and metadata as text: a row made unreadable must not stop the check.
_ROWS = """
SELECT e.stream, e.version, e.position, e.topic, e.state, e.metadata::text AS metadata,
       CASE WHEN e.occurred_at BETWEEN '0001-01-03Z' AND '9999-12-29Z' THEN e.occurred_at END AS occurred_at,
       CASE WHEN e.recorded_at BETWEEN '0001-01-03Z' AND '9999-12-29Z' THEN e.recorded_at END AS recorded_at,
       e.hash, l.index AS leaf,
       e.position >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint << 16 AS ahead
FROM (SELECT * FROM event WHERE (stream, version) > (%s, %s) ORDER BY stream, version LIMIT %s) e
LEFT JOIN LATERAL (
    SELECT index FROM tree_leaf
    WHERE position = e.position AND stream = e.stream AND version = e.version
    OFFSET 0
) l ON true
ORDER BY e.stream, e.version
"""
_LEAVES = """
SELECT l.index, l.position, l.stream, l.version, e.stream IS NOT NULL AS there,
       e.position AS stands_at, e.hash
FROM (SELECT * FROM tree_leaf WHERE index >= %s AND index < %s ORDER BY index LIMIT %s) l
LEFT JOIN LATERAL (
    SELECT stream, position, hash FROM event WHERE stream = l.stream AND version = l.version
    OFFSET 0
) e ON true
ORDER BY l.index
"""
_NODES = """
SELECT n.level, n.index, n.hash
FROM unnest(%s::integer[], %s::bigint[], %s::bigint[]) AS wanted (level, first, next)
CROSS JOIN LATERAL (
    SELECT * FROM tree_node
    WHERE level = wanted.level AND index >= wanted.first AND index < wanted.next
    OFFSET 0
) n
"""
# In one statement with the size: the tree may be growing.
_SUPERFLUOUS = """
WITH tree AS (SELECT coalesce(max(index) + 1, 0) AS size FROM tree_leaf)
SELECT n.level, n.index FROM tree
CROSS JOIN generate_series(0, 62) AS wanted (level)
CROSS JOIN LATERAL (
    SELECT * FROM tree_node
    WHERE level = wanted.level AND (index < 0 OR index >= tree.size >> wanted.level)
    OFFSET 0
) n
UNION ALL (SELECT level, index FROM tree_node WHERE level < 0 OR level > 62)
ORDER BY level, index LIMIT %s
"""


_LAST_STAMP = "SELECT max(size) AS size FROM tree_stamp"
_STAMPS = """
SELECT size, head, response FROM tree_stamp WHERE size > %s AND size <= %s ORDER BY size LIMIT %s
"""


class Kind(StrEnum):
    """What does not fit."""

    CHANGED_ROW = "changed row"
    MISSING_ROW = "missing row"
    EXTRA_ROW = "extra row"
    REORDERED = "reordered"
    TAIL_CUT = "tail cut"
    NOT_AS_IN_TREE = "not as in the tree"
    DAMAGED_TREE = "damaged tree"
    UNKNOWN_SIGNER = "head signed by nobody we know"
    HEAD_NOT_MATCHING = "head not matching"
    HEADS_MISSING = "heads missing"
    STAMP_NOT_FITTING = "time stamp not fitting"


@dataclass(frozen=True)
class Finding:
    """One thing that does not fit, and where."""

    kind: Kind
    what: str
    stream: UUID | None = None
    version: int | None = None
    position: int | None = None

    def __str__(self) -> str:
        places = (
            ("stream", self.stream),
            ("version", self.version),
            ("position", self.position),
        )
        where = ", ".join(f"{name} {value}" for name, value in places if value is not None)
        return ": ".join(part for part in (self.kind.value, where, self.what) if part)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "what": self.what,
            "stream": str(self.stream) if self.stream else None,
            "version": self.version,
            "position": self.position,
        }


@dataclass
class Checked:
    """What was looked at: the numbers of a summary."""

    events: int = 0
    streams: int = 0
    leaves: int = 0
    heads: int = 0
    heads_matching: int = 0
    last_head_size: int | None = None
    last_head_at: str | None = None
    stamps: int = 0
    stamps_fitting: int = 0

    @property
    def waiting(self) -> int:
        """Events that are not in the tree yet."""
        return max(0, self.events - self.leaves)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "waiting": self.waiting}


@dataclass
class LogCheck:
    """One check of one service's log. `findings` does the work; `checked` then says what was seen.

    `heads` are the lines of its file of heads, oldest first, read no later than now; None when there
    are none to compare with. Time stamps are counted, their heads compared as well, and the stamps themselves
    checked when there are `roots` to believe them by. `connection` only reads, and may be in a transaction or in autocommit.
    """

    service: str
    connection: Connection
    verifier: TokenVerifier
    heads: Iterable[bytes] | None = None
    roots: Sequence[Certificate] = ()
    checked: Checked = field(default_factory=Checked)

    def findings(self) -> Iterator[Finding]:
        # Before the tree is measured: a stamp that comes later is over a tree that we have not seen.
        stamped = self._execute(_LAST_STAMP, ()).fetchone()["size"] or 0
        measured = self._execute(_MEASURE, (f"{self.service}.tree",)).fetchone()
        size, last = measured["size"], measured["last"]
        if (measured["followed"] or 0) > (last or 0):
            what = (
                f"its follower has read to position {measured['followed']}, "
                f"but its last leaf stands for position {last or 0}"
            )
            yield Finding(Kind.DAMAGED_TREE, what)
        if measured["first"] < 0:
            yield Finding(Kind.DAMAGED_TREE, f"there is a leaf {measured['first']}")
        yield from self._chains(last)
        yield from self._tree(size, stamped)
        yield from self._stamps(stamped)
        for row in self._execute(_SUPERFLUOUS, (BATCH,)):
            yield Finding(
                Kind.DAMAGED_TREE, f"node ({row['level']}, {row['index']}) belongs to no leaf"
            )

    def _execute(self, sql: str, parameters: tuple[Any, ...]) -> Any:
        # Planned with the values at hand: a plan for any values might read the whole table each time.
        return self.connection.execute(sql.encode(), parameters, prepare=False)

    # The chain of each stream

    def _chains(self, last: int | None) -> Iterator[Finding]:
        stream, version, expected = UUID(int=0), -(2**31), 0
        known: bytes | None = None  # the hash before, where there is no gap
        while rows := self._execute(_ROWS, (stream, version, BATCH)).fetchall():
            for row in rows:
                if row["stream"] != stream or expected == 0:
                    self.checked.streams += 1
                    known, expected = GENESIS, 1
                stream, version = row["stream"], row["version"]
                self.checked.events += 1
                where = {"stream": stream, "version": version, "position": row["position"]}
                yield from self._place(row, last, where)
                if version < 1:
                    yield Finding(Kind.EXTRA_ROW, "no version is below 1", **where)
                    continue
                if version > expected:
                    yield Finding(Kind.MISSING_ROW, _gap(expected, version), stream, expected)
                    known = None
                expected = version + 1
                digest = _chain(known or GENESIS, row)
                if digest is None or (known is not None and digest != row["hash"]):
                    yield Finding(Kind.CHANGED_ROW, "its hash is not that of its content", **where)
                known = row["hash"]

    def _place(
        self, row: Mapping[str, Any], last: int | None, where: dict[str, Any]
    ) -> Iterator[Finding]:
        if row["leaf"] is not None:
            return
        position = row["position"]
        if position is None or (last is not None and position <= last):
            what = "no leaf of the tree stands for it at this position"
            yield Finding(Kind.EXTRA_ROW, what, **where)
        elif row["ahead"]:
            yield Finding(Kind.EXTRA_ROW, "no transaction has reached this position yet", **where)

    # The tree, and the heads over it

    def _tree(self, size: int, stamped: int) -> Iterator[Finding]:
        lines = ((f"line {n}", line) for n, line in enumerate(self.heads or (), start=1))
        kept = _Heads(self.service, self.verifier, lines, self.checked)
        heads = (kept, _Heads(self.service, self.verifier, self._stamped(stamped), Checked()))
        tree = _Recomputed()
        cut: Finding | None = (
            None  # the first of the rows that are missing without a break up to here
        )
        index, before = 0, -1
        while leaves := self._execute(_LEAVES, (index, size, BATCH)).fetchall():
            unbroken = sum(row["index"] == index + n for n, row in enumerate(leaves))
            nodes = {} if tree.broken else self._nodes(index, index + unbroken)
            for row in leaves:
                if row["index"] != index:
                    yield Finding(Kind.DAMAGED_TREE, _leaf_gap(index, row["index"]))
                    tree.broken = True
                index = row["index"] + 1
                self.checked.leaves += 1
                if row["position"] <= before:
                    yield Finding(
                        Kind.REORDERED, f"leaf {row['index']} does not come after the one before it"
                    )
                before = row["position"]
                fault = _unlike(row)
                if fault is not None:
                    yield fault
                missing = fault is not None and fault.kind is Kind.MISSING_ROW
                cut = (cut or fault) if missing else None
                if not tree.broken:
                    yield from tree.add(row, nodes, trusted=fault is None)
                    for each in heads:
                        yield from each.reached(tree.size, tree.root, row["position"])
        if cut:
            what = "this and every later event of the tree is gone"
            yield Finding(Kind.TAIL_CUT, what, cut.stream, cut.version, cut.position)
        for each in heads:
            yield from each.beyond(size, broken_at=tree.size if tree.broken else None)

    def _nodes(self, first: int, end: int) -> dict[Node, bytes]:
        """The stored nodes that are completed by the leaves [first, end)."""
        levels = [level for level in range(63) if end >> level > first >> level]
        rows = self._execute(
            _NODES, (levels, [first >> n for n in levels], [end >> n for n in levels])
        )
        return {(row["level"], row["index"]): bytes(row["hash"]) for row in rows}

    # What an outside authority stamped

    def _stamp_rows(self, last: int) -> Iterator[Mapping[str, Any]]:
        size = 0
        while rows := self._execute(_STAMPS, (size, last, BATCH)).fetchall():
            yield from rows
            size = rows[-1]["size"]

    def _stamped(self, last: int) -> Iterator[tuple[str, bytes]]:
        """The stamped heads, and what to call each."""
        for row in self._stamp_rows(last):
            yield f"the stamped head {row['size']}", row["head"].encode()

    def _stamps(self, last: int) -> Iterator[Finding]:
        for row in self._stamp_rows(last):
            self.checked.stamps += 1
            if not self.roots:
                continue
            try:
                stamped_at(row["response"], row["head"], self.roots)
            except StampRefused as cause:
                what = f"that over the head of {row['size']} events is refused: {cause}"
                yield Finding(Kind.STAMP_NOT_FITTING, what)
            else:
                self.checked.stamps_fitting += 1


class _Recomputed:
    """The tree made again from the rows, beside the stored one."""

    def __init__(self) -> None:
        self.broken = False
        self._tree = Growing()
        self._stored: list[bytes] = []

    @property
    def size(self) -> int:
        return self._tree.size

    def root(self) -> bytes:
        return self._tree.root()

    def add(
        self, row: Mapping[str, Any], nodes: Mapping[Node, bytes], *, trusted: bool
    ) -> Iterator[Finding]:
        """Adds the leaf of a row. For a row that is not the leaf's, the stored leaf is taken, so that one
        fault is told once and not once for every node above it.
        """
        where = {name: row[name] for name in ("stream", "version", "position")}
        kept = nodes.get((0, row["index"]))
        if trusted:
            leaf = Leaf(row["stream"], row["version"], row["position"], row["hash"]).hashed()
        else:
            leaf = kept or b""
        if kept is None:
            yield Finding(Kind.DAMAGED_TREE, f"node (0, {row['index']}) is not there", **where)
        elif kept != leaf:
            what = "the tree holds another hash of this event than its row"
            yield Finding(Kind.NOT_AS_IN_TREE, what, **where)
        self._stored.append(leaf if kept is None else kept)
        for node, _ in self._tree.append(leaf)[1:]:
            right, left = self._stored.pop(), self._stored.pop()
            made = node_hash(left, right)
            stored = nodes.get(node)
            if stored is None:
                yield Finding(Kind.DAMAGED_TREE, f"node {node} is not there")
            elif stored != made:
                yield Finding(Kind.DAMAGED_TREE, f"node {node} is not the hash of the two below it")
            self._stored.append(made if stored is None else stored)


class _Heads:
    """The signed heads, oldest first, each compared when the tree made again has reached its size.

    `lines` are what each is called and what should be a head.
    """

    def __init__(
        self,
        service: str,
        verifier: TokenVerifier,
        lines: Iterator[tuple[str, bytes]],
        checked: Checked,
    ) -> None:
        self._service = service
        self._verifier = verifier
        self._lines = lines
        self._checked = checked
        self._next: tuple[str, TreeHead] | None = None
        self._fitted = 0
        self._unfit = 0
        self._ended = False

    def reached(self, size: int, root: Any, position: int) -> Iterator[Finding]:
        while True:
            if self._next is None:
                yield from self._read()
            if self._next is None or self._next[1].size > size:
                return
            line, head = self._next
            self._next = None
            if head.size < size:
                what = f"{line} counts {head.size} events, fewer than the head before it"
                yield Finding(Kind.HEAD_NOT_MATCHING, what)
            elif head.root != root() or head.position != position:
                self._unfit += 1
                if self._unfit == 1:
                    yield self._not_matching(line, head)
            else:
                self._fitted = size
                self._checked.heads_matching += 1

    def beyond(self, size: int, *, broken_at: int | None) -> Iterator[Finding]:
        """What is left when the last leaf was seen."""
        cut = 0
        while True:
            if self._next is None:
                yield from self._read()
            if self._next is None:
                break
            line, head = self._next
            self._next = None
            cut += 1
            if cut > 1:
                continue
            if broken_at is not None and head.size <= size:
                what = f"{line} cannot be compared: the tree cannot be made again from leaf {broken_at} on"
                yield Finding(Kind.HEAD_NOT_MATCHING, what)
            else:
                what = f"the head of {head.at} ({line}) counts {head.size} events, the tree {size}"
                yield Finding(Kind.TAIL_CUT, what, position=head.position)
        later = max(0, cut - 1) + max(0, self._unfit - 1)
        if later:
            yield Finding(Kind.HEAD_NOT_MATCHING, f"{later} later heads do not fit either")

    def _not_matching(self, line: str, head: TreeHead) -> Finding:
        since = (
            f"after the first {self._fitted}, which fit" if self._fitted else "from the first on"
        )
        return Finding(
            Kind.HEAD_NOT_MATCHING,
            f"the first {head.size} events are not those that the head of {head.at} ({line}) "
            f"vouches for; they differ {since}",
            position=head.position,
        )

    def _read(self) -> Iterator[Finding]:
        """Goes on to the next line that is a head of ours."""
        for line, text in self._lines:
            self._checked.heads += 1
            try:
                signer, claims = self._verifier.claims(text.decode("ascii").strip(), HEAD_TYP)
                head = TreeHead.from_claims(claims)
            except (NotSignedIn, UnicodeDecodeError):
                what = f"{line} is no head signed with a key of PANJAREH_SERVICE_JWKS"
                yield Finding(Kind.UNKNOWN_SIGNER, what)
                continue
            except HeadUnreadable as cause:
                yield Finding(Kind.HEAD_NOT_MATCHING, f"{line} is signed, but {cause}")
                continue
            if signer != self._service or head.service != self._service:
                what = f"{line} is signed by {signer} for {head.service}, not by {self._service}"
                yield Finding(Kind.UNKNOWN_SIGNER, what)
                continue
            self._checked.last_head_size, self._checked.last_head_at = head.size, head.at
            self._next = (line, head)
            return


def _chain(previous: bytes, row: Mapping[str, Any]) -> bytes | None:
    """The hash that a row ought to have; None when it was changed into what no event is."""
    needed = ("topic", "state", "metadata", "occurred_at", "recorded_at", "hash")
    if any(row[name] is None for name in needed):
        return None
    try:
        metadata = json.loads(row["metadata"])
        if not isinstance(metadata, dict):
            return None
        stored = StoredEvent(row["stream"], row["version"], row["topic"], row["state"])
        return chain_hash(previous, stored, metadata, row["occurred_at"], row["recorded_at"])
    except (ValueError, RecursionError):
        return None


def _unlike(row: Mapping[str, Any]) -> Finding | None:
    """How the row of a leaf differs from what the leaf says of it, but for the hash."""
    where = {name: row[name] for name in ("stream", "version", "position")}
    if not row["there"]:
        return Finding(Kind.MISSING_ROW, "the tree knows this event, the log does not", **where)
    if row["stands_at"] != row["position"]:
        what = f"it stands at position {row['stands_at']} in the log, at another in the tree"
        return Finding(Kind.REORDERED, what, **where)
    if row["hash"] is None:
        return Finding(Kind.CHANGED_ROW, "it has no hash", **where)
    return None


def _gap(expected: int, found: int) -> str:
    if found == expected + 1:
        return f"the stream goes on with version {found}"
    return f"versions {expected} to {found - 1} are not there"


def _leaf_gap(expected: int, found: int) -> str:
    if found == expected + 1:
        return f"leaf {expected} is not there"
    return f"leaves {expected} to {found - 1} are not there"
