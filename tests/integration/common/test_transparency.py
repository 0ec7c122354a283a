"""The tree over a log, on a real PostgreSQL: it grows with the log, proves what is in it, and no tamper goes unfound."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest
from joserfc import jwk
from psycopg import sql
from psycopg.rows import dict_row
from structlog.testing import capture_logs

from panjareh_cli.local.servers import LocalServers
from panjareh_common.database import Connection, Database
from panjareh_common.event_store import EventLog, Keyring
from panjareh_common.event_store.log import GENESIS
from panjareh_common.following import Lease, catch_up, follow, step
from panjareh_common.migrations.run import migrate_database
from panjareh_common.security.tokens import ServiceIdentity, TokenVerifier
from panjareh_common.transparency import door, store
from panjareh_common.transparency.heads import HEAD_TYP, HeadFile, HeadLog, TreeHead
from panjareh_common.transparency.merkle import verify_consistency, verify_inclusion
from panjareh_common.transparency.tree import NotTheSameTree, TreeFollower
from panjareh_common.transparency.verify import Checked, Finding, Kind, LogCheck
from tests.integration.common import tampering
from tests.integration.common.notes import BECAUSE, Note
from tests.integration.common.tampering import Hands, Tamper

SERVICE = "catalog"
KEYS = {
    name: jwk.OKPKey.generate_key("Ed25519", {"kid": f"{name}-1"})
    for name in (SERVICE, "gateway", "stranger")
}
JWKS = {"keys": [KEYS[name].as_dict(private=False) for name in (SERVICE, "gateway")]}
VERIFIER = TokenVerifier(JWKS)


def identity(name: str = SERVICE) -> ServiceIdentity:
    return ServiceIdentity(name, KEYS[name].as_dict(private=True))


def write(event_log: EventLog, streams: int, chance: random.Random) -> None:
    """Streams of one to fourteen events, written in turns."""
    open_notes: list[Note] = []
    for number in range(streams):
        note = Note.open(uuid4(), title=f"note {number}")
        for _ in range(chance.randrange(8)):
            note.extend("at once")
        with event_log.unit_of_work(BECAUSE) as unit:
            unit.save(note)
        open_notes.append(note)
        later = chance.choice(open_notes)
        with event_log.unit_of_work(BECAUSE) as unit:
            again = unit.load(Note, later.id)
            for _ in range(chance.randrange(1, 7)):
                again.extend("later")
            unit.save(again)


class Seconds:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Grown:
    """A log with its tree and heads."""

    event_log: EventLog
    tree: TreeFollower
    heads: HeadFile
    seconds: Seconds

    def grow(self) -> None:
        """One head for all that is written now."""
        catch_up(self.event_log, self.tree)
        self.tree.settle(leaving=True)

    def lines(self) -> list[bytes]:
        return self.heads.path.read_bytes().splitlines(keepends=True)

    def kept(self) -> list[TreeHead]:
        claims = [VERIFIER.claims(line.decode().strip(), HEAD_TYP)[1] for line in self.lines()]
        return [TreeHead.from_claims(each) for each in claims]


@pytest.fixture
def grown(event_log: EventLog, database: Database, tmp_path: Path) -> Grown:
    heads, seconds = HeadFile(tmp_path / "heads", SERVICE), Seconds()
    tree = TreeFollower(identity(), database, heads, monotonic=seconds)
    return Grown(event_log, tree, heads, seconds)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True, row_factory=dict_row) as connection:
        yield connection


def check(
    connection: Connection, heads: list[bytes] | None = None
) -> tuple[list[Finding], Checked]:
    checked = LogCheck(SERVICE, connection, VERIFIER, heads)
    return list(checked.findings()), checked.checked


def found(connection: Connection, heads: list[bytes] | None = None) -> list[Finding]:
    return check(connection, heads)[0]


def rows(connection: Connection) -> list[dict[str, Any]]:
    return connection.execute(tampering.EARLIER.encode()).fetchall()


@dataclass
class Scene:
    """A log of some three hundred events in forty streams, all in the tree and under heads."""

    connection: Connection
    lines: list[bytes]
    heads: list[TreeHead]
    rows: list[dict[str, Any]]

    def tampered(
        self, tamper: Tamper, chance: random.Random, *, with_heads: bool = True
    ) -> list[Finding]:
        """What is found; then all is as it was."""
        with self.connection.transaction(force_rollback=True):
            self.connection.execute("SET LOCAL session_replication_role = replica")
            tamper(Hands(self.connection, self.rows, chance))
            return found(self.connection, self.lines if with_heads else None)


@pytest.fixture(scope="module")
def scene(servers: LocalServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Made once: every tamperer leaves it as it was."""
    name = sql.Identifier("test_tampering")
    with psycopg.connect(servers.database_url, autocommit=True) as administrator:
        administrator.execute(sql.SQL("CREATE DATABASE {}").format(name))
    url = servers.database_url.rpartition("/")[0] + "/test_tampering"
    migrate_database(url, "common", urlsplit(url).username or "")
    database = Database(url, size=2)
    database.open()
    event_log = EventLog(database, Keyring(bytes(32), database))
    heads = HeadFile(tmp_path_factory.mktemp("heads"), SERVICE)
    grown = Grown(event_log, TreeFollower(identity(), database, heads), heads, Seconds())
    chance = random.Random(20261125)
    for _ in range(5):
        write(event_log, 8, chance)
        grown.grow()
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        yield Scene(connection, grown.lines(), grown.kept(), rows(connection))
    database.close()
    with psycopg.connect(servers.database_url, autocommit=True) as administrator:
        administrator.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


# The tamperers


def test_an_untouched_log_has_no_findings(scene: Scene) -> None:
    findings, checked = check(scene.connection, scene.lines)

    assert findings == []
    assert 250 < checked.events == checked.leaves == len(scene.rows)
    assert checked.streams == 40
    assert checked.heads == checked.heads_matching == 5
    assert (checked.waiting, checked.last_head_size) == (0, len(scene.rows))


def test_a_thousand_random_tampers_are_a_thousand_found(scene: Scene) -> None:
    chance = random.Random(9162)
    ways = [
        *tampering.ROWS,
        *tampering.TREE,
        *tampering.INSIDER,
        *tampering.ONLY_HEADS,
    ]
    told: Counter[str] = Counter()
    unseen: list[str] = []

    for number in range(1000):
        tamper = ways[number % len(ways)]
        findings = scene.tampered(tamper, chance)
        told.update({finding.kind for finding in findings})
        if not findings:
            unseen.append(f"{number}: {tamper.__name__}")

    assert unseen == []
    assert set(told) == {
        Kind.CHANGED_ROW,
        Kind.MISSING_ROW,
        Kind.EXTRA_ROW,
        Kind.REORDERED,
        Kind.TAIL_CUT,
        Kind.NOT_AS_IN_TREE,
        Kind.DAMAGED_TREE,
        Kind.HEAD_NOT_MATCHING,
    }
    assert found(scene.connection, scene.lines) == []


@pytest.mark.parametrize("tamper", tampering.ONLY_HEADS, ids=lambda tamper: tamper.__name__)
def test_who_makes_chain_and_tree_right_again_is_found_by_the_heads_alone(
    scene: Scene, tamper: Tamper
) -> None:
    findings = scene.tampered(tamper, random.Random(1))
    without = scene.tampered(tamper, random.Random(1), with_heads=False)

    assert {finding.kind for finding in findings} <= {Kind.HEAD_NOT_MATCHING, Kind.TAIL_CUT}
    assert findings
    assert without == []


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        (tampering.change_state, Kind.CHANGED_ROW),
        (tampering.remove_first, Kind.MISSING_ROW),
        (tampering.remove_middle, Kind.MISSING_ROW),
        (tampering.remove_last, Kind.MISSING_ROW),
        (tampering.insert_with_a_right_hash, Kind.EXTRA_ROW),
        (tampering.insert_ahead_of_time, Kind.EXTRA_ROW),
        (tampering.swap_positions, Kind.REORDERED),
        (tampering.cut_the_tail, Kind.TAIL_CUT),
        (tampering.cut_the_tail_with_its_tree, Kind.TAIL_CUT),
        (tampering.change_and_chain_again, Kind.NOT_AS_IN_TREE),
        (tampering.change_node, Kind.DAMAGED_TREE),
        (tampering.change_and_make_all_again, Kind.HEAD_NOT_MATCHING),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_finding_says_what_was_done(scene: Scene, tamper: Tamper, kind: Kind) -> None:
    findings = scene.tampered(tamper, random.Random(4))

    assert kind in {finding.kind for finding in findings}


def test_one_changed_row_is_named_once_and_exactly(scene: Scene) -> None:
    row = scene.rows[100]

    findings = scene.tampered(
        lambda hands: hands.set(row, "topic", "TestNote.Forged"), random.Random()
    )

    (only,) = findings
    assert (only.kind, only.stream, only.version, only.position) == (
        Kind.CHANGED_ROW,
        row["stream"],
        row["version"],
        row["position"],
    )
    assert str(row["stream"]) in str(only)


def test_a_changed_log_tells_which_head_still_fits(scene: Scene) -> None:
    sizes = [head.size for head in scene.heads]
    row = scene.rows[sizes[2] + 1]

    def make_again(hands: Hands) -> None:
        hands.set(row, "topic", "TestNote.Forged")
        hands.chain_again(row["stream"])
        hands.grow_again()

    first, later = scene.tampered(make_again, random.Random())

    assert f"after the first {sizes[2]}, which fit" in first.what
    assert later.what == "1 later heads do not fit either"


# What is no tamper


def test_an_erased_person_does_not_disturb_the_check(
    grown: Grown, keyring: Keyring, connection: Connection
) -> None:
    note = Note.open(uuid4())
    with grown.event_log.unit_of_work(BECAUSE) as unit:
        unit.save(note)
    grown.grow()

    keyring.erase(note.owner)

    assert found(connection, grown.lines()) == []


def test_an_event_that_cannot_be_opened_gets_its_leaf(
    grown: Grown, database: Database, connection: Connection
) -> None:
    write(grown.event_log, 2, random.Random(5))

    blind = EventLog(database, Keyring(bytes(32), database))
    catch_up(blind, grown.tree)

    assert store.measure(connection)[0] == len(rows(connection))


def test_the_tree_grows_while_others_write_and_roll_back_and_the_check_finds_nothing(
    grown: Grown, connection: Connection, database_url: str
) -> None:
    stop, over = threading.Event(), threading.Event()
    lease = Lease(database_url, grown.tree.name)
    grown.tree.poll_seconds = (0.01,)
    following = threading.Thread(target=follow, args=(grown.event_log, grown.tree, lease, stop))

    def keep_writing(seed: int) -> None:
        chance = random.Random(seed)
        for number in range(25):
            try:
                with grown.event_log.unit_of_work(BECAUSE) as unit:
                    note = Note.open(uuid4())
                    note.extend("more")
                    unit.save(note)
                    if chance.random() < 0.2:
                        unit.execute("SELECT pg_sleep(0.005)")
                    if number % 6 == 0:
                        raise InterruptedError
            except InterruptedError:
                continue

    writers = [threading.Thread(target=keep_writing, args=(seed,)) for seed in range(3)]
    for thread in (following, *writers):
        thread.start()
    findings: list[Finding] = []
    while not over.is_set():
        if not any(writer.is_alive() for writer in writers):
            over.set()
        lines = grown.lines() if grown.heads.path.exists() else []
        findings += found(connection, lines)
        grown.seconds.now += 11
    stop.set()
    following.join(20)
    grown.grow()

    assert findings == []
    findings, checked = check(connection, grown.lines())
    assert findings == []
    assert checked.leaves == checked.events == checked.last_head_size == 3 * 20 * 2


def test_two_followers_never_double_a_leaf(
    event_log: EventLog, database: Database, connection: Connection
) -> None:
    write(event_log, 12, random.Random(2))
    start = threading.Barrier(2)

    def follow_without_a_lease() -> None:
        tree = TreeFollower(identity(), database, HeadLog())
        tree.batch = 7
        start.wait()
        for _ in range(40):
            step(event_log, tree)

    threads = [threading.Thread(target=follow_without_a_lease) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    findings, checked = check(connection)
    assert findings == []
    assert (checked.waiting, checked.leaves) == (0, len(rows(connection)))


# Proofs


def test_random_leaves_are_proved_to_be_under_every_later_head(
    scene: Scene,
) -> None:
    connection, chance = scene.connection, random.Random(3)

    for head in scene.heads:
        for row in chance.sample(scene.rows[: head.size], 12):
            index = store.index_of(connection, row["position"])
            leaf = store.Leaf(row["stream"], row["version"], row["position"], row["hash"])
            assert index is not None
            proof = store.inclusion_proof(connection, index, head.size)

            assert verify_inclusion(leaf.hashed(), index, head.size, proof, head.root)
            other = store.Leaf(row["stream"], row["version"] + 1, row["position"], row["hash"])
            assert not verify_inclusion(other.hashed(), index, head.size, proof, head.root)


def test_any_two_heads_are_proved_to_be_of_one_log(
    scene: Scene,
) -> None:
    connection, heads = scene.connection, scene.heads

    for older in heads:
        for newer in heads[heads.index(older) :]:
            proof = store.consistency_proof(connection, older.size, newer.size)
            assert verify_consistency(older.size, newer.size, older.root, newer.root, proof)
            assert not verify_consistency(older.size, newer.size, GENESIS, newer.root, proof)


def test_what_is_not_in_the_tree_yet_has_no_leaf(scene: Scene) -> None:
    assert store.index_of(scene.connection, scene.rows[-1]["position"] + 1) is None


# Heads


def test_a_head_is_signed_at_most_every_ten_seconds_and_when_the_process_leaves(
    grown: Grown,
) -> None:
    def written(seconds: float, *, leaving: bool = False) -> int:
        write(grown.event_log, 1, random.Random(6))
        catch_up(grown.event_log, grown.tree)
        grown.seconds.now += seconds
        grown.tree.settle(leaving=leaving)
        return len(grown.lines())

    assert [written(0), written(4), written(5.9), written(0.1), written(0)] == [1, 1, 1, 2, 2]
    assert written(0, leaving=True) == 3
    grown.seconds.now += 60
    grown.tree.settle(leaving=True)
    assert len(grown.lines()) == 3, "the tree did not grow"


def test_a_follower_that_starts_again_goes_on_from_the_last_head(
    grown: Grown, database: Database
) -> None:
    write(grown.event_log, 3, random.Random(7))
    grown.grow()

    again = TreeFollower(identity(), database, grown.heads)
    again.settle()

    assert len(grown.lines()) == 1
    write(grown.event_log, 1, random.Random(8))
    catch_up(grown.event_log, again)
    again.settle(leaving=True)
    older, newer = grown.kept()
    assert older.size < newer.size


def test_a_head_half_written_in_a_crash_is_dropped(grown: Grown, connection: Connection) -> None:
    write(grown.event_log, 2, random.Random(7))
    grown.grow()
    with grown.heads.path.open("ab") as file:
        file.write(b"eyJhbGciOiJFZDI1")
    write(grown.event_log, 2, random.Random(8))

    grown.grow()

    assert len(grown.kept()) == 2
    assert found(connection, grown.lines()) == []


@pytest.mark.parametrize(
    "tamper", [tampering.change_and_make_all_again, tampering.cut_the_tail_with_its_tree]
)
def test_a_log_that_is_not_the_signed_one_is_not_signed_again(
    grown: Grown, connection: Connection, tamper: Tamper
) -> None:
    write(grown.event_log, 6, random.Random(7))
    grown.grow()
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        tamper(Hands(connection, rows(connection), random.Random(2)))

    with pytest.raises(NotTheSameTree):
        grown.tree.sign_head()
    write(grown.event_log, 1, random.Random(9))
    with capture_logs() as logs:
        grown.grow()

    assert [entry["event"] for entry in logs] == ["tree_head_not_signed"]
    assert len(grown.lines()) == 1


def test_a_damaged_tree_is_made_again_and_the_heads_prove_it_the_same(
    grown: Grown, connection: Connection
) -> None:
    write(grown.event_log, 6, random.Random(7))
    grown.grow()
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("DELETE FROM tree_leaf")
        connection.execute("DELETE FROM tree_node")
        connection.execute("UPDATE follower SET position = 0 WHERE name = 'catalog.tree'")
    assert {finding.kind for finding in found(connection, grown.lines())} == {Kind.TAIL_CUT}

    grown.grow()

    findings, checked = check(connection, grown.lines())
    assert (findings, checked.heads_matching, checked.waiting) == ([], 1, 0)


def test_without_a_folder_heads_go_to_the_log(
    event_log: EventLog, database: Database, connection: Connection
) -> None:
    tree = TreeFollower(identity(), database, HeadLog())
    write(event_log, 3, random.Random(7))
    catch_up(event_log, tree)

    with capture_logs() as logs:
        tree.settle(leaving=True)

    (entry,) = logs
    assert entry["event"] == "tree_head"
    findings, checked = check(connection, [entry["jws"].encode()])
    assert findings == []
    assert checked.heads_matching == 1


def test_a_tree_without_its_nodes_does_not_grow_wrongly(
    grown: Grown, connection: Connection
) -> None:
    write(grown.event_log, 3, random.Random(7))
    grown.grow()
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("DELETE FROM tree_node")
    size = store.measure(connection)[0]
    write(grown.event_log, 1, random.Random(8))

    with pytest.raises(store.TreeDamaged):
        step(grown.event_log, grown.tree)

    assert store.measure(connection)[0] == size


def _head(head: TreeHead, signer: str = SERVICE, **other: Any) -> bytes:
    return identity(signer).sign(head.to_claims() | other, HEAD_TYP).encode() + b"\n"


@pytest.mark.parametrize(
    ("forge", "kind"),
    [
        (lambda head: b"not a head\n", Kind.UNKNOWN_SIGNER),
        (lambda head: "سر".encode() + b"\n", Kind.UNKNOWN_SIGNER),
        (lambda head: _head(head, "stranger"), Kind.UNKNOWN_SIGNER),
        (lambda head: _head(head, "gateway"), Kind.UNKNOWN_SIGNER),
        (lambda head: _head(head, service="requests"), Kind.UNKNOWN_SIGNER),
        (lambda head: identity().sign(head.to_claims(), "JWT").encode(), Kind.UNKNOWN_SIGNER),
        (lambda head: _head(head, root="00" * 32), Kind.HEAD_NOT_MATCHING),
        (lambda head: _head(head, root="00"), Kind.HEAD_NOT_MATCHING),
        (lambda head: _head(head, size="many"), Kind.HEAD_NOT_MATCHING),
        (lambda head: _head(head, size=True), Kind.HEAD_NOT_MATCHING),
        (lambda head: _head(head, size=1), Kind.HEAD_NOT_MATCHING),
        (lambda head: _head(head, position=1), Kind.HEAD_NOT_MATCHING),
        (lambda head: _head(head, size=10_000), Kind.TAIL_CUT),
    ],
)
def test_a_head_that_is_not_what_it_says_is_told(
    scene: Scene, forge: Callable[[TreeHead], bytes], kind: Kind
) -> None:
    (finding,) = found(scene.connection, [*scene.lines, forge(scene.heads[-1])])

    assert finding.kind == kind


# The tables and the door


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE tree_leaf SET version = 9",
        "DELETE FROM tree_node",
        "TRUNCATE tree_leaf",
        "TRUNCATE tree_node",
    ],
)
def test_the_tree_cannot_be_edited(grown: Grown, connection: Connection, statement: str) -> None:
    write(grown.event_log, 2, random.Random(1))
    grown.grow()

    with pytest.raises(psycopg.Error, match="append-only"):
        connection.execute(statement.encode())


@pytest.fixture
def verify_log(
    database_url: str, grown: Grown, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> Callable[..., tuple[int, str]]:
    monkeypatch.setenv("PANJAREH_CATALOG_DATABASE_URL", database_url)
    monkeypatch.setenv("PANJAREH_SERVICE_JWKS", json.dumps(JWKS))
    monkeypatch.setenv("PANJAREH_TREE_HEADS_DIR", str(grown.heads.path.parent))

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            door.main(SERVICE, list(arguments))
        assert isinstance(ended.value.code, int)
        told = capsys.readouterr()
        return ended.value.code, told.out + told.err

    return run


def test_the_door_says_that_all_fits(
    grown: Grown, verify_log: Callable[..., tuple[int, str]]
) -> None:
    write(grown.event_log, 3, random.Random(1))
    grown.grow()

    assert verify_log()[0] == 0
    assert "everything fits" in verify_log()[1]
    code, told = verify_log("--json")
    assert (code, json.loads(told)["fits"], json.loads(told)["checked"]["heads"]) == (0, True, 1)


def test_the_door_says_what_does_not_fit(
    grown: Grown, connection: Connection, verify_log: Callable[..., tuple[int, str]]
) -> None:
    write(grown.event_log, 3, random.Random(1))
    grown.grow()
    row = rows(connection)[0]
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        Hands(connection, [row], random.Random()).set(row, "topic", "TestNote.Forged")

    code, told = verify_log()
    as_json = json.loads(verify_log("--json")[1])

    assert code == 1
    assert f"changed row: stream {row['stream']}, version 1" in told
    assert (as_json["fits"], as_json["found"]) == (False, 1)
    assert as_json["findings"][0]["stream"] == str(row["stream"])


def test_a_removed_file_of_heads_is_a_finding(
    grown: Grown, verify_log: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(grown.event_log, 1, random.Random(1))
    grown.grow()
    grown.heads.path.unlink()

    code, told = verify_log()
    assert (code, "heads missing" in told) == (1, True)

    monkeypatch.delenv("PANJAREH_TREE_HEADS_DIR")
    code, told = verify_log()
    assert (code, "no signed heads to compare with" in told) == (0, True)


def test_what_could_not_be_checked_is_not_said_to_fit(
    verify_log: Callable[..., tuple[int, str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify_log("--heads", str(tmp_path / "nowhere"))[0] == 2

    monkeypatch.setenv("PANJAREH_CATALOG_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    code, told = verify_log()
    assert (code, "could not be read" in told) == (2, True)
