"""What somebody with an administrator's hands could do to a log: the tampers that the check has to find."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from psycopg.types.json import Jsonb

from panjareh_common.database import Connection
from panjareh_common.event_store.log import GENESIS, chain_hash
from panjareh_common.transparency import store

COLUMNS = ("stream", "version", "position", "topic", "state", "metadata", "occurred_at")
COLUMNS += ("recorded_at", "hash")
EARLIER = "SELECT * FROM event ORDER BY position"

Tamper = Callable[["Hands"], None]


class Hands:
    """One tamperer, in a transaction where no trigger fires."""

    def __init__(self, connection: Connection, rows: list[dict[str, Any]], chance: random.Random):
        self.connection = connection
        self.rows = rows
        self.chance = chance

    def do(self, sql: str, *parameters: Any) -> None:
        done = self.connection.execute(sql.encode(), parameters)
        assert done.rowcount != 0, f"nothing was tampered with: {sql}"

    def row(self) -> dict[str, Any]:
        return self.chance.choice(self.rows)

    def stream(self, at_least: int = 1) -> list[dict[str, Any]]:
        """The rows of a stream with enough of them."""
        streams: dict[UUID, list[dict[str, Any]]] = {}
        for row in self.rows:
            streams.setdefault(row["stream"], []).append(row)
        return self.chance.choice([rows for rows in streams.values() if len(rows) >= at_least])

    def set(self, row: dict[str, Any], column: str, value: Any) -> None:
        sql = f"UPDATE event SET {column} = %s WHERE stream = %s AND version = %s"
        self.do(sql, value, row["stream"], row["version"])

    def remove(self, row: dict[str, Any]) -> None:
        self.do(
            "DELETE FROM event WHERE stream = %s AND version = %s", row["stream"], row["version"]
        )

    def insert(self, row: dict[str, Any]) -> None:
        values = [Jsonb(row[c]) if c == "metadata" else row[c] for c in COLUMNS]
        places = ", ".join(["%s"] * len(COLUMNS))
        self.do(f"INSERT INTO event ({', '.join(COLUMNS)}) VALUES ({places})", *values)

    def flipped(self, value: bytes) -> bytes:
        changed = bytearray(value)
        changed[self.chance.randrange(len(changed))] ^= 1 << self.chance.randrange(8)
        return bytes(changed)

    def last_position(self) -> int:
        return int(max(row["position"] for row in self.rows))

    def free_position(self) -> int:
        """A position inside the log that no event has."""
        taken = {row["position"] for row in self.rows}
        first, last = min(taken), max(taken)
        while (position := self.chance.randrange(first, last)) in taken:
            continue
        return position

    def forged(self, previous: dict[str, Any] | None = None) -> dict[str, Any]:
        """A new event with a hash that is right in its chain: at the end of a stream, or a stream of its own."""
        model = previous or self.row()
        row = dict(model)
        row["stream"] = model["stream"] if previous else uuid4()
        row["version"] = model["version"] + 1 if previous else 1
        row["hash"] = hash_of(previous["hash"] if previous else GENESIS, row)
        return row

    # An insider who knows how it all works

    def chain_again(self, stream: UUID) -> None:
        sql = b"SELECT * FROM event WHERE stream = %s ORDER BY version"
        previous = GENESIS
        for row in self.connection.execute(sql, (stream,)).fetchall():
            previous = hash_of(previous, row)
            self.set(row, "hash", previous)

    def grow_again(self) -> None:
        """The whole tree anew, over the log as it is now."""
        for table in ("tree_leaf", "tree_node"):
            self.do(f"DELETE FROM {table}")
        rows = self.connection.execute(EARLIER.encode()).fetchall()
        store.append(
            self.connection,
            [store.Leaf(r["stream"], r["version"], r["position"], r["hash"]) for r in rows],
        )
        self.do("UPDATE follower SET position = %s", rows[-1]["position"])

    def cut_tree(self, size: int) -> None:
        self.do("DELETE FROM tree_leaf WHERE index >= %s", size)
        self.do("DELETE FROM tree_node WHERE index >= %s::bigint >> level", size)
        self.do("UPDATE follower SET position = (SELECT max(position) FROM tree_leaf)")


def hash_of(previous: bytes, row: dict[str, Any]) -> bytes:
    stored = StoredEvent(row["stream"], row["version"], row["topic"], row["state"])
    return chain_hash(previous, stored, row["metadata"], row["occurred_at"], row["recorded_at"])


# Changes of a row


def change_state(hands: Hands) -> None:
    row = hands.row()
    hands.set(row, "state", hands.flipped(row["state"]))


def change_topic(hands: Hands) -> None:
    row = hands.row()
    hands.set(row, "topic", row["topic"] + hands.chance.choice([" ", "d", "\u200c"]))


def change_metadata(hands: Hands) -> None:
    row = hands.row()
    was = row["metadata"]
    name = hands.chance.choice(list(was))
    others: list[Any] = [
        {**was, name: was[name] + "."},
        {**was, name: None},
        {**was, "more": ""},
        {other: value for other, value in was.items() if other != name},
        [[name, value] for name, value in was.items()],  # a mapping only to who does not look
        [],
        "text",
        None,
    ]
    hands.set(row, "metadata", Jsonb(hands.chance.choice(others)))


def change_metadata_to_what_cannot_be_read(hands: Hands) -> None:
    hands.set(hands.row(), "metadata", Jsonb(json.loads("[" * 900 + "]" * 900)))


def change_occurred_at(hands: Hands) -> None:
    row = hands.row()
    step = timedelta(microseconds=hands.chance.choice([1, -1, 86_400_000_000]))
    hands.set(row, "occurred_at", row["occurred_at"] + step)


def change_recorded_at(hands: Hands) -> None:
    row = hands.row()
    hands.set(row, "recorded_at", row["recorded_at"] - timedelta(microseconds=1))


def change_a_time_to_one_without_end(hands: Hands) -> None:
    column = hands.chance.choice(["occurred_at", "recorded_at"])
    hands.set(hands.row(), column, hands.chance.choice(["infinity", "-infinity", "4000-01-01 BC"]))


def change_hash(hands: Hands) -> None:
    row = hands.row()
    other = hands.chance.choice([hands.flipped(row["hash"]), b"", row["hash"][:-1], GENESIS])
    hands.set(row, "hash", other)


def change_version(hands: Hands) -> None:
    rows = hands.stream()
    hands.set(hands.chance.choice(rows), "version", len(rows) + hands.chance.choice([1, 2, 1000]))


def change_position(hands: Hands) -> None:
    row = hands.row()
    last = hands.last_position()
    others = [hands.free_position(), row["position"] - 1, -1, 0, last + 1, last + (1 << 20)]
    others += [hands.chance.choice([r["position"] for r in hands.rows if r is not row])]
    hands.set(row, "position", hands.chance.choice(others))


def change_stream(hands: Hands) -> None:
    row = hands.row()
    hands.set(row, "stream", uuid4())


def move_to_the_end_of_another_stream(hands: Hands) -> None:
    source, target = hands.stream(), hands.stream()
    row = source[-1]
    if row["stream"] == target[-1]["stream"]:
        target = [{**row, "stream": uuid4(), "version": 0}]
    hands.do(
        "UPDATE event SET stream = %s, version = %s WHERE stream = %s AND version = %s",
        target[-1]["stream"],
        target[-1]["version"] + 1,
        row["stream"],
        row["version"],
    )


# Removals


def remove_first(hands: Hands) -> None:
    hands.remove(hands.stream(2)[0])


def remove_middle(hands: Hands) -> None:
    hands.remove(hands.chance.choice(hands.stream(3)[1:-1]))


def remove_last(hands: Hands) -> None:
    hands.remove(hands.stream(2)[-1])


def remove_stream(hands: Hands) -> None:
    hands.do("DELETE FROM event WHERE stream = %s", hands.row()["stream"])


def remove_and_close_the_gap(hands: Hands) -> None:
    rows = hands.stream(3)
    place = hands.chance.randrange(len(rows) - 1)
    hands.remove(rows[place])
    for row in rows[place + 1 :]:
        hands.set(row, "version", row["version"] - 1)
    hands.chain_again(rows[0]["stream"])


def cut_the_tail(hands: Hands) -> None:
    left = hands.chance.randrange(len(hands.rows))
    hands.do("DELETE FROM event WHERE position >= %s", hands.rows[left]["position"])


def cut_the_tail_with_its_tree(hands: Hands) -> None:
    left = hands.chance.randrange(1, len(hands.rows))
    hands.do("DELETE FROM event WHERE position >= %s", hands.rows[left]["position"])
    hands.cut_tree(left)


def remove_everything(hands: Hands) -> None:
    for table in ("event", "tree_leaf", "tree_node", "follower"):
        hands.do(f"DELETE FROM {table}")


# Another order


def swap_positions(hands: Hands) -> None:
    one, other = hands.chance.sample(hands.rows, 2)
    hands.set(one, "position", other["position"])
    hands.set(other, "position", one["position"])


def swap_versions(hands: Hands) -> None:
    one, other = hands.chance.sample(hands.stream(2), 2)
    hands.set(one, "version", 1_000_000)
    hands.set(other, "version", one["version"])
    hands.set({**one, "version": 1_000_000}, "version", other["version"])


# Insertions. An event added at the end with a right hash is what an append is; that is for the roles to prevent.


def insert_with_a_right_hash(hands: Hands) -> None:
    row = hands.forged(hands.chance.choice([None, hands.stream()[-1]]))
    row["position"] = hands.chance.choice([hands.free_position(), hands.row()["position"]])
    hands.insert(row)


def insert_with_a_wrong_hash(hands: Hands) -> None:
    row = hands.forged(hands.stream()[-1])
    row |= {"position": hands.last_position() + 1, "hash": hands.flipped(row["hash"])}
    hands.insert(row)


def insert_ahead_of_time(hands: Hands) -> None:
    hands.insert({**hands.forged(), "position": hands.last_position() + (1 << 50)})


def insert_a_copy(hands: Hands) -> None:
    row = hands.row()
    hands.insert({**row, "stream": uuid4(), "position": row["position"] + 1})


# The tree


def change_node(hands: Hands) -> None:
    nodes = hands.connection.execute(b"SELECT * FROM tree_node ORDER BY level, index").fetchall()
    node = hands.chance.choice(nodes)
    sql = "UPDATE tree_node SET hash = %s WHERE level = %s AND index = %s"
    hands.do(sql, hands.flipped(node["hash"]), node["level"], node["index"])


def remove_node(hands: Hands) -> None:
    nodes = hands.connection.execute(b"SELECT * FROM tree_node ORDER BY level, index").fetchall()
    node = hands.chance.choice(nodes)
    hands.do("DELETE FROM tree_node WHERE level = %s AND index = %s", node["level"], node["index"])


def add_node(hands: Hands) -> None:
    level = hands.chance.choice([-1, 0, 1, 5, 20, 63])
    index = hands.chance.choice([-1, len(hands.rows), 1 << 40])
    hands.do("INSERT INTO tree_node VALUES (%s, %s, %s)", level, index, GENESIS)


def change_leaf(hands: Hands) -> None:
    index = hands.chance.randrange(len(hands.rows))
    column, value = hands.chance.choice(
        [
            ("position", hands.free_position()),
            ("position", 0),
            ("position", 1 << 60),
            ("stream", uuid4()),
            ("version", 77),
            ("index", len(hands.rows)),
            ("index", 1 << 40),
        ]
    )
    hands.do(f"UPDATE tree_leaf SET {column} = %s WHERE index = %s", value, index)


def remove_leaf(hands: Hands) -> None:
    hands.do("DELETE FROM tree_leaf WHERE index = %s", hands.chance.randrange(len(hands.rows)))


def swap_leaves(hands: Hands) -> None:
    one, other = hands.chance.sample(range(len(hands.rows)), 2)
    move = "UPDATE tree_leaf SET index = %s WHERE index = %s"
    for target, source in ((1 << 40, one), (one, other), (other, 1 << 40)):
        hands.do(move, target, source)


def cut_only_the_tree(hands: Hands) -> None:
    hands.cut_tree(hands.chance.randrange(1, len(hands.rows)))


def make_the_tree_skip(hands: Hands) -> None:
    hands.do("UPDATE follower SET position = position + %s", hands.chance.randrange(1, 1 << 30))


# An insider makes the chain right again: the tree finds it.


def change_and_chain_again(hands: Hands) -> None:
    row = hands.row()
    column, value = hands.chance.choice(
        [
            ("topic", "TestNote.Forged"),
            ("state", hands.flipped(row["state"])),
            ("metadata", Jsonb({**row["metadata"], "actor": "somebody else"})),
            ("occurred_at", row["occurred_at"] - timedelta(days=1)),
        ]
    )
    hands.set(row, column, value)
    hands.chain_again(row["stream"])


# An insider makes chain and tree right again: only the heads outside find it.


def change_and_make_all_again(hands: Hands) -> None:
    change_and_chain_again(hands)
    hands.grow_again()


def remove_and_make_all_again(hands: Hands) -> None:
    remove_and_close_the_gap(hands)
    hands.grow_again()


def remove_stream_and_make_all_again(hands: Hands) -> None:
    remove_stream(hands)
    hands.grow_again()


def insert_and_make_all_again(hands: Hands) -> None:
    row = hands.forged(hands.chance.choice([None, hands.stream()[-1]]))
    hands.insert({**row, "position": hands.free_position()})
    hands.grow_again()


def swap_and_make_all_again(hands: Hands) -> None:
    swap_positions(hands)
    hands.grow_again()


ROWS: tuple[Tamper, ...] = (
    change_state,
    change_topic,
    change_metadata,
    change_metadata_to_what_cannot_be_read,
    change_occurred_at,
    change_recorded_at,
    change_a_time_to_one_without_end,
    change_hash,
    change_version,
    change_position,
    change_stream,
    move_to_the_end_of_another_stream,
    remove_first,
    remove_middle,
    remove_last,
    remove_stream,
    cut_the_tail,
    swap_positions,
    swap_versions,
    insert_with_a_right_hash,
    insert_with_a_wrong_hash,
    insert_ahead_of_time,
    insert_a_copy,
)
TREE: tuple[Tamper, ...] = (
    change_node,
    remove_node,
    add_node,
    change_leaf,
    remove_leaf,
    swap_leaves,
    make_the_tree_skip,
)
INSIDER: tuple[Tamper, ...] = (change_and_chain_again, remove_and_close_the_gap)
ONLY_HEADS: tuple[Tamper, ...] = (
    cut_the_tail_with_its_tree,
    remove_everything,
    cut_only_the_tree,
    change_and_make_all_again,
    remove_and_make_all_again,
    remove_stream_and_make_all_again,
    insert_and_make_all_again,
    swap_and_make_all_again,
)
