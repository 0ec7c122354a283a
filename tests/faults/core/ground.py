"""What the tests of crashes stand on, and how they look at what a killed process has left."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from kombu import Connection as BrokerConnection

from panjareh_common.database import Connection
from panjareh_common.event_store import EventLog
from panjareh_common.security.tokens import TokenVerifier
from panjareh_common.transparency.verify import LogCheck
from tests.faults.core.crashing import Crashes
from tests.faults.core.ours import Journal
from tests.faults.core.scenes import Place, because
from tests.integration.common.notes import Note


@dataclass
class Ground:
    """The servers, a log of our own for setting up and looking, and the process that forks."""

    url: str
    amqp_url: str
    log: EventLog
    connection: Connection
    broker: BrokerConnection
    crashes: Crashes

    def place(self) -> Place:
        return Place(
            self.url, self.amqp_url, f"run-{secrets.token_hex(5)}", str(uuid4()), str(uuid4())
        )

    def values(self, sql: str, *parameters: Any) -> list[Any]:
        """The first column of what is found."""
        rows = self.connection.execute(sql.encode(), parameters).fetchall()
        return [next(iter(row.values())) for row in rows]

    def count(self, sql: str, *parameters: Any) -> int:
        return len(self.values(sql, *parameters))

    def both(self, one: str, other: str, **parameters: Any) -> tuple[int, int]:
        """Two counts at one moment: what a killed process has sent may be on its way still."""
        sql = f"SELECT ({one}) AS one, ({other}) AS other"
        row = self.connection.execute(sql.encode(), parameters).fetchone()
        assert row is not None
        return row["one"], row["other"]

    def stored(self, run: str) -> list[tuple[str, int]]:
        """Topic and version of every event that a run has stored."""
        sql = (
            "SELECT topic, version FROM event WHERE metadata->>'cause' = %s ORDER BY topic, version"
        )
        return [tuple(row.values()) for row in self.connection.execute(sql, (run,))]


# A line that depends on how threads meet is not reached in each play, or less often than in the recorded one.
MORE_PLAYS = 5


def kill_everywhere(
    ground: Ground,
    scene: str,
    through: list[str],
    *,
    places: Sequence[str],
    prepare: Callable[[], Place],
    finished: Callable[[Place, dict[str, Any], dict[str, Any]], None],
    look: Callable[[Place, dict[str, Any]], None] = lambda place, answered: None,
) -> int:
    """Kills a scene at each of its points in some places: files, or functions.

    `look` sees what the killed process has left, with what it had answered; `finished` what is there
    when a fresh one has ended it. Gives the number of kills.
    """
    ground.crashes.finish(scene, asdict(prepare()))  # what other scenes have left is not this one's
    found = ground.crashes.points(scene, asdict(prepare()), through)
    wanted = {*places, "scenes.py"}
    points = [point for point in found if wanted & {Path(point.file).name, point.function}]
    hit = {Path(point.file).name for point in points} | {point.function for point in points}
    assert hit >= wanted, f"{scene} has no line in {wanted - hit}"
    killed = 0
    for point in points:
        for time in (point.time, *[1] * MORE_PLAYS):
            killed_at = replace(point, time=time)
            place = prepare()
            ended = ground.crashes.kill(scene, asdict(place), killed_at)
            try:
                look(place, ended.answers)
                again = ground.crashes.finish(scene, asdict(replace(place, round=1)))
                finished(place, ended.answers, again)
            except AssertionError as fault:
                fault.add_note(f"killed at {killed_at}")
                raise
            if ended.killed:
                killed += 1
                break
    # Some lines are reached only when threads meet in a rare way.
    assert killed > 0.9 * len(points), f"{killed} of {len(points)}"
    assert_chains_hold(ground)
    return killed


# Commands


ALL = [[Journal.Begun.TOPIC, 1], [Note.Extended.TOPIC, 2], [Note.Opened.TOPIC, 1]]


@dataclass
class Left:
    """What there is of one command."""

    events: list[list[Any]]
    view: int
    answers: int
    opened: int
    begun: int


NOTHING = Left(events=[], view=0, answers=0, opened=0, begun=1)
EVERYTHING = Left(events=ALL, view=1, answers=1, opened=1, begun=0)
# In one look: what a killed process has sent may be on its way still.
LEFT = """
SELECT (SELECT coalesce(json_agg(json_build_array(topic, version) ORDER BY topic), '[]')
        FROM event WHERE metadata->>'cause' = %(key)s) AS events,
       (SELECT count(*) FROM note_view WHERE title = %(key)s) AS view,
       (SELECT count(*) FROM idempotency WHERE key = %(key)s) AS answers,
       (SELECT count(*) FROM due WHERE kind = 'opened' AND detail = %(key)s) AS opened,
       (SELECT count(*) FROM due WHERE kind = 'begun before' AND detail = %(key)s) AS begun
"""


def left(ground: Ground, key: str) -> Left:
    row = ground.connection.execute(LEFT, {"key": key}).fetchone()
    assert row is not None
    return Left(**row)


def assert_answer_is_true(ground: Ground, key: str, answer: dict[str, str]) -> None:
    """What was answered is what is stored, and the view says what the events say."""
    streams = "SELECT DISTINCT stream::text FROM event WHERE metadata->>'cause' = %s"
    assert set(ground.values(streams, key)) == {answer["note"], answer["journal"]}
    with ground.log.unit_of_work(because("a look")) as unit:
        note = unit.load(Note, UUID(answer["note"]))
    (row,) = ground.connection.execute("SELECT * FROM note_view WHERE title = %s", (key,))
    assert row == {"stream": note.id, "title": note.title, "version": note.version}
    assert (note.title, note.secret, note.texts) == (key, "secret", ["more"])


def assert_chains_hold(ground: Ground) -> None:
    check = LogCheck("tests", ground.connection, TokenVerifier({"keys": []}))
    assert list(check.findings()) == []
