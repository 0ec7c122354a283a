"""B11: many people at the public HTTP door, and an authority that brings its past cases, beside PostgreSQL's own commit rate.

`BENCH_SUBMISSIONS` sets how many requests are made in a round, otherwise 300, and 3,000 with `--full`;
`BENCH_CASES` how many cases each imported log has, otherwise 2,000.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg

from panjareh_cli.local.plan import PROCESSES
from panjareh_cli.local.platform import Platform
from panjareh_common import settings as names
from tests.bench import case_logs
from tests.bench.cost import processor_ms, server_pids, servers_ms
from tests.bench.crowd import Line, Tokens, keep_asking
from tests.bench.ground import ROOT, Ground
from tests.bench.intervals import percentile
from tests.bench.machine import fdatasync_ms
from tests.bench.memory import Pids, Watch, rss_mib
from tests.bench.model import Bench, Cell, Check, Comparison, Reading
from tests.bench.stores import bare
from tests.conftest import outside_environment
from tests.people import Person, internet_form, somebody, until
from tests.stored import database_url, dead_letters

OURS, IMPORT = "panjareh", "panjareh import-cases"
SUBMITTED, DECIDED, STATUS = "submissions", "submission to decision", "status reads"
PGBENCH, ONE_INSERT, ONE_SELECT = "pgbench", "one INSERT a commit", "one SELECT by primary key"
EACH = "a request until it is decided; memory"
DISK, FLUSH = "fdatasync", "8 kB, one after another"
_SERVICE = "INET-001"  # three authorities are asked, rules decide, a document is issued
_IN_FLIGHT, _PGBENCH_CLIENTS = 32, 8
_CASES = int(os.environ.get("BENCH_CASES", "2000"))
_READS_OF_SECONDS = 3  # so many cells long
_AT_REST_SECONDS = 2.0  # what follows a decision is done: documents, notices, invitations
_A_DECISION_SECONDS = 2.0  # patience for each
_IMPORT_SECONDS = 600
_TIMES = """
SELECT extract(epoch FROM s.recorded_at)::float, extract(epoch FROM d.recorded_at)::float
FROM event AS s JOIN event AS d USING (stream)
WHERE s.topic = 'ServiceRequest.Submitted' AND d.topic = 'ServiceRequest.Decided'
    AND stream = ANY(%s)
"""
_ENDED = """
SELECT count(*) FROM event WHERE topic = 'ServiceRequest.Decided' AND stream = ANY(%s)
"""


def submissions_of(ground: Ground) -> int:
    return int(os.environ.get("BENCH_SUBMISSIONS") or (3000 if ground.full else 300))


class Load:
    """The whole platform, and what is asked of it in each round."""

    def __init__(self, ground: Ground, platform: Platform) -> None:
        self._ground, self._platform = ground, platform
        where = urlsplit(platform.url)
        self._place = str(where.hostname), int(where.port or 80)
        self._tokens = Tokens(json.loads(platform.env[names.signing_key("identity").name]))
        self._requests_url = database_url(platform, "requests")
        self._pgbench_url = ground.database("b11_pgbench", "common")
        self.submissions = submissions_of(ground)
        self.notes = [
            f"A round: {self.submissions:,} requests for {_SERVICE} by {_IN_FLIGHT} people, one at a time each; three "
            "authorities are asked for each over HTTP and rules decide. From submission to decision is told by the "
            f"events' own times. Then the same people look at them, {ground.seconds * _READS_OF_SECONDS:g} s long.",
            "Imports: the command as an authority runs it, over public HTTP, 50 cases a call; `a second` begins with "
            "the first call, the whole command has Python's start and the reading of the file in it.",
            f"pgbench: {_PGBENCH_CLIENTS} clients on the same server and settings, in turns with the rest. fdatasync: what one "
            "writer that waits for the disk each time could do at most; PostgreSQL flushes several commits at once.",
            "Memory: MiB are proportional (PSS, a share of what is shared), the most seen in a round's load; RSS has all "
            "that is shared in it, and of PostgreSQL therefore its shared buffers once for each backend.",
            "The load, the platform, PostgreSQL and RabbitMQ share the cores. `cpu_ms` is what all of them spent on a request "
            "until it was decided, `cores` how many of the machine's they had meanwhile: less than all of them where other "
            "work ran beside, or where somebody waited.",
        ]
        self._people = [_Somebody(platform, self._tokens) for _ in range(_IN_FLIGHT)]
        self._made: list[tuple[_Somebody, UUID]] = []
        self._refused: list[tuple[str, int, bytes]] = []
        self._memory = Watch(self._pids)
        time.sleep(_AT_REST_SECONDS)
        self._memory.look()
        self._before = {name: seen[-1] for name, seen in self._memory.seen.items()}
        self._rss_before = self._rss()
        self._after: list[Mapping[str, float]] = []
        self._taken: dict[tuple[str, str], Reading] = {}
        self._logs = count(1)
        self._imported = 0

    @property
    def parties(self) -> list[str]:
        return list(self._before)

    def of(self, who: str, load: str) -> Reading:
        """The first cell of a round that asks has everything taken that is done on one another's heels."""
        if (who, load) not in self._taken:
            self._taken = self._run()
        return self._taken.pop((who, load))

    def _run(self) -> dict[tuple[str, str], Reading]:
        looked = len(self._memory.seen[self.parties[0]])
        with self._memory.running():
            submitted, decided, spent = self._submit_and_wait()
            read = asyncio.run(self._read())
        self._after.append({name: seen[-1] for name, seen in self._memory.seen.items()})
        rss = self._rss()
        held = {
            (name, EACH): {
                "mib_before": self._before[name],
                "mib_under_load": max(self._memory.seen[name][looked:]),
                "rss_before": self._rss_before[name],
                "rss_after": rss[name],
                "cpu_ms": spent[name],
            }
            for name in self.parties
        }
        return held | {
            (OURS, SUBMITTED): submitted,
            (OURS, DECIDED): decided,
            (OURS, STATUS): read,
        }

    def _submit_and_wait(self) -> tuple[Reading, Reading, Reading]:
        took: list[float] = []
        before, spent_before = len(self._made), self._spent_ms()
        began = time.monotonic()
        asyncio.run(self._submit(took))
        seconds = time.monotonic() - began
        made = [request_id for _, request_id in self._made[before:]]
        with psycopg.connect(self._requests_url, autocommit=True) as connection:
            until(
                lambda: _one(connection, _ENDED, made),
                len(made).__eq__,
                30 + _A_DECISION_SECONDS * len(made),
            )
            elapsed = time.monotonic() - began
            spent = self._spent_ms() - spent_before
            times = connection.execute(_TIMES.encode(), (made,)).fetchall()
        each = {who: ms / len(made) for who, ms in spent.items()}
        cost = {"cpu_ms": sum(each.values()), "cores": spent.total() / elapsed / 1000}
        waits = [decided - submitted for submitted, decided in times]
        all_of_it = max(decided for _, decided in times) - min(first for first, _ in times)
        time.sleep(_AT_REST_SECONDS)
        return _told(took, seconds), {**_told(waits, all_of_it), **cost}, each

    def _spent_ms(self) -> Counter[str]:
        """Processor time of the platform, its servers and the load itself."""
        ours = {p.name: processor_ms(self._platform.process(p.name).pid or 0) for p in PROCESSES}
        return Counter(ours | servers_ms(self._ground) | {"the load": processor_ms(os.getpid())})

    async def _submit(self, took: list[float]) -> None:
        left = iter(range(self.submissions))

        async def ask_on(person: _Somebody) -> None:
            line = Line(*self._place)
            for _ in left:
                began = time.perf_counter()
                said = await line.ask(
                    "POST",
                    f"/api/v1/services/{_SERVICE}/requests",
                    person.token,
                    person.form,
                    Idempotency_Key=uuid4().hex,
                )
                if said.status == 201:
                    took.append(time.perf_counter() - began)
                    self._made.append((person, UUID(said.json()["request_id"])))
                else:
                    self._refused.append((SUBMITTED, said.status, said.body))
            line.close()

        await asyncio.gather(*map(ask_on, self._people))

    async def _read(self) -> Reading:
        of_this_round = cycle(self._made[-self.submissions :])

        async def look(line: Line) -> None:
            person, request_id = next(of_this_round)
            said = await line.ask("GET", f"/api/v1/requests/{request_id}", person.token)
            if said.status != 200 or said.json()["status"] != "decided":
                self._refused.append((STATUS, said.status, said.body))

        seconds = self._ground.seconds * _READS_OF_SECONDS
        began = time.monotonic()
        took = await keep_asking(_IN_FLIGHT, seconds, self._place, look)
        return _told(took, time.monotonic() - began)

    def bring_in(self, ending: str, write: Callable[[Path, str, int], Path]) -> Reading:
        """A log that nobody has seen, by the command that an authority uses."""
        name = f"b11-{next(self._logs)}"
        log = write(self._ground.home / f"{name}{ending}", name, _CASES)
        token = self._tokens.of(authority="municipality", roles=["officer"])
        began = time.monotonic()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "panjareh_cli.main", "import-cases", str(log)),
                *("--mapping", case_logs.MAPPING, "--json"),
            ],
            cwd=ROOT,
            env=outside_environment()
            | {"PANJAREH_HOME": str(self._platform.home), "PANJAREH_TOKEN": token},
            capture_output=True,
            text=True,
            check=False,
            timeout=_IMPORT_SECONDS,
        )
        whole = time.monotonic() - began
        assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
        told = json.loads(done.stdout)
        assert told["created"] == _CASES, told
        self._imported += _CASES
        log.unlink()
        return {
            "rate": _CASES / told["seconds"],
            "events_rate": told["steps_added"] / told["seconds"],
            "command_rate": _CASES / whole,
        }

    def commits(self) -> Reading:
        return self._ground.pgbench(self._pgbench_url, bare.PGBENCH, _PGBENCH_CLIENTS)

    def selects(self) -> Reading:
        if not self._made:
            self._taken = self._run()
        _, newest = self._made[-1]
        script = f"SELECT * FROM request WHERE request_id = '{newest}';\n"
        return self._ground.pgbench(self._requests_url, script, _PGBENCH_CLIENTS)

    def flushes(self) -> Reading:
        taken = fdatasync_ms(self._ground.home)
        return {"rate": 1000 / taken, "p50_ms": taken}

    def checks(self) -> Sequence[Check]:
        self._tell_growth()
        made = [request_id for _, request_id in self._made]
        with psycopg.connect(self._requests_url, autocommit=True) as connection:
            decided = _one(connection, _ENDED, made)
            imported = _one(
                connection, "SELECT count(*) FROM event WHERE topic = 'ServiceRequest.Imported'"
            )
        dead = dead_letters(self._platform)
        return [
            Check(
                "no call was refused, and every request that was read was decided",
                not self._refused,
                str(self._refused[:1] or "none"),
            ),
            Check(
                "requests decided = submissions accepted",
                decided == len(made),
                f"{decided:,} = {len(made):,}",
            ),
            Check(
                "cases stored = cases imported",
                imported == self._imported,
                f"{imported:,} = {self._imported:,}",
            ),
            Check("no message is dead", not dead, str(dead or "none")),
        ]

    def _tell_growth(self) -> None:
        first, last = self._after[0], self._after[-1]
        grown = {name: last[name] - first[name] for name in self.parties}
        most = sorted(grown, key=lambda name: -grown[name])[:4]
        told = ", ".join(f"{name} {grown[name]:+.1f} MiB" for name in most)
        self.notes.append(
            f"From the end of the first load to the end of the last, {len(self._after)} loads of "
            f"{self.submissions:,} requests and as many imports, these grew most: {told}."
        )

    def _pids(self) -> Pids:
        ours = {p.name: [self._platform.process(p.name).pid or 0] for p in PROCESSES}
        return ours | server_pids(self._ground)

    def _rss(self) -> dict[str, float]:
        return {name: sum(map(rss_mib, pids)) for name, pids in self._pids().items()}


class _Somebody:
    """Somebody whom the registries know, signed up through the door; with a token that outlasts the run."""

    def __init__(self, platform: Platform, tokens: Tokens) -> None:
        person = Person(platform, somebody(decile=2)).arrive()
        assert person.token
        claims = person.token.split(".")[1]
        known = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        self.token = tokens.of(UUID(known["sub"]))
        self.form = json.dumps({"form": internet_form(person.about)}).encode()


def _one(connection: psycopg.Connection[Any], query: str, *parameters: Any) -> int:
    row = connection.execute(query.encode(), parameters or None).fetchone()
    assert row is not None
    return int(row[0])


def _told(took: Sequence[float], seconds: float) -> Reading:
    return {
        "rate": len(took) / seconds,
        "p50_ms": percentile(took, 50) * 1000,
        "p99_ms": percentile(took, 99) * 1000,
    }


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    home = ground.home / "load"
    home.mkdir()
    environ = outside_environment() | {
        "PANJAREH_AMQP_URL": ground.servers.amqp_url,
        "PANJAREH_DATABASE_URL": ground.servers.database_url,
    }
    logs = {f"{_CASES:,} cases, CSV": (".csv", case_logs.write_csv)}
    logs |= {f"{_CASES:,} cases, XES": (".xes", case_logs.write_xes)}
    commits = PGBENCH, ONE_INSERT
    with Platform(home, http_port=0, environ=environ) as platform:
        load = Load(ground, platform)
        yield Bench(
            "B11",
            f"the public door under load, {load.submissions:,} requests a round, {_IN_FLIGHT} in flight",
            [
                *(
                    Cell(OURS, what, partial(load.of, OURS, what))
                    for what in (SUBMITTED, DECIDED, STATUS)
                ),
                *(Cell(IMPORT, what, partial(load.bring_in, *how)) for what, how in logs.items()),
                Cell(*commits, load.commits),
                Cell(PGBENCH, ONE_SELECT, load.selects),
                Cell(DISK, FLUSH, load.flushes),
                *(Cell(one, EACH, partial(load.of, one, EACH)) for one in load.parties),
            ],
            [
                *(
                    Comparison("rate", (OURS, what), commits)
                    for what in (SUBMITTED, DECIDED, STATUS)
                ),
                Comparison("rate", (OURS, STATUS), (PGBENCH, ONE_SELECT)),
                *(Comparison("rate", (IMPORT, what), commits) for what in logs),
                Comparison("rate", commits, (DISK, FLUSH)),
            ],
            checks=load.checks,
            notes=load.notes,
            figures=(
                *("rate", "p50_ms", "p99_ms", "cpu_ms", "cores"),
                *("events_rate", "command_rate"),
                *("mib_before", "mib_under_load", "rss_before", "rss_after"),
            ),
        )
