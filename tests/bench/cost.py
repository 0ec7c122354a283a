"""B9: what one smart request costs, from its submission to its document, in each process, server and volume.

Processor time, not elapsed time, so other work on the machine matters little; what a process spends when
nobody asks is measured first and left out. docs/operations/sizing.md goes on from here.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

from panjareh_cli.local.plan import PROCESSES
from panjareh_cli.local.platform import Platform
from panjareh_common.settings import SERVICES
from tests.bench.ground import Ground
from tests.bench.model import Bench, Cell, Check, Reading
from tests.conftest import outside_environment
from tests.people import Person, internet_form, somebody, until
from tests.stored import database_url

_PEOPLE, _REQUESTS_EACH = 4, 25
_IDLE_SECONDS = 10.0
_TICKS = 100  # a second: proc(5), sysconf(_SC_CLK_TCK)
CPU, BYTES, EVENTS = "cpu_ms", "kib", "events"
POSTGRESQL, RABBITMQ = "PostgreSQL", "RabbitMQ"
_LOAD = "a request"
_SIZE = "SELECT sum(pg_database_size(datname)) FROM pg_database WHERE datname LIKE 'panjareh_%'"
_DECIDED = "SELECT count(*) FROM event WHERE topic = 'ServiceRequest.Decided'"
_WAL = "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"

Figures = Counter[tuple[str, str]]
"""By who and which figure."""


class Costs:
    """The whole platform, people who use it, and what that has cost; a run for each round."""

    def __init__(self, ground: Ground, platform: Platform) -> None:
        self._ground = ground
        self._platform = platform
        self._people = [Person(platform, somebody(decile=2)).arrive() for _ in range(_PEOPLE)]
        self._runs: list[Mapping[tuple[str, str], float]] = []
        self._given: Counter[str] = Counter()
        self.decided = 0
        self._at_rest = self._rest()

    def of(self, who: str) -> Reading:
        """What one party spent on a request in the next run that it has not told yet."""
        if self._given[who] == len(self._runs):
            self._runs.append(self._run())
        run = self._runs[self._given[who]]
        self._given[who] += 1
        return {figure: value for (one, figure), value in run.items() if one == who}

    def _rest(self) -> Mapping[tuple[str, str], float]:
        """What everybody spends a second when nobody asks."""
        before = self._read()
        time.sleep(_IDLE_SECONDS)
        return {key: value / _IDLE_SECONDS for key, value in (self._read() - before).items()}

    def _run(self) -> Mapping[tuple[str, str], float]:
        before, began = self._read(), time.monotonic()
        with ThreadPoolExecutor(_PEOPLE) as pool:
            self.decided += sum(pool.map(_served, self._people))
        spent, seconds = self._read(), time.monotonic() - began
        spent.subtract(before)
        count = _PEOPLE * _REQUESTS_EACH
        return {
            key: max(0.0, value - self._at_rest.get(key, 0) * seconds) / count
            for key, value in spent.items()
        }

    def _read(self) -> Figures:
        found: Figures = Counter()
        for program in PROCESSES:
            pid = self._platform.process(program.name).pid
            assert pid is not None
            found[program.name, CPU] = processor_ms(pid)
        for name, spent in servers_ms(self._ground).items():
            found[name, CPU] = spent
        found["WAL", BYTES] = int(self._ground.query(_WAL)) / 1024
        found["database", BYTES] = int(self._ground.query(_SIZE)) / 1024
        for service in SERVICES:
            url = database_url(self._platform, service)
            events = self._ground.query("SELECT count(*) FROM event", url)
            found["events", EVENTS] += events
        return found


def server_pids(ground: Ground) -> dict[str, list[int]]:
    """The processes of PostgreSQL, the postmaster first, and of RabbitMQ."""
    data = Path(str(ground.query("SHOW data_directory")))
    postmaster = int((data / "postmaster.pid").read_text("ascii").split()[0])
    broker = ground.servers.private_broker().folder / "rabbit.pid"
    return {
        POSTGRESQL: [postmaster, *_children(postmaster)],
        RABBITMQ: [int(broker.read_text("ascii"))],
    }


def servers_ms(ground: Ground) -> dict[str, int]:
    """What PostgreSQL and RabbitMQ have spent since they started."""
    pids = server_pids(ground)
    postmaster, *backends = pids[POSTGRESQL]
    # The postmaster last: what a backend that has just ended spent is its by then.
    running = sum(_of_backend(pid) for pid in backends)
    database = running + processor_ms(postmaster)
    return {POSTGRESQL: database, RABBITMQ: processor_ms(*pids[RABBITMQ])}


def _of_backend(pid: int) -> int:
    try:
        return processor_ms(pid, with_children=False)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _served(person: Person) -> int:
    asked = [
        person.submit("INET-001", internet_form(person.about), key=str(uuid4()))["request_id"]
        for _ in range(_REQUESTS_EACH)
    ]
    for request_id in asked:
        until(lambda one=request_id: person.look(one)["status"], "decided".__eq__, 60)  # type: ignore[misc]
    return len(asked)


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()


def processor_ms(pid: int, *, with_children: bool = True) -> int:
    """utime and stime, and those of children that have ended (proc(5))."""
    fields = _stat(pid)
    ticks = sum(int(field) for field in fields[11 : 15 if with_children else 13])
    return ticks * 1000 // _TICKS


def _children(parent: int) -> Iterator[int]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if int(_stat(int(folder.name))[1]) == parent:
                    yield int(folder.name)
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    home = ground.home / "cost"
    home.mkdir()
    environ = outside_environment() | {
        "PANJAREH_AMQP_URL": ground.servers.amqp_url,
        "PANJAREH_DATABASE_URL": ground.servers.database_url,
    }
    with Platform(home, http_port=0, environ=environ) as platform:
        costs = Costs(ground, platform)
        parties = [*(program.name for program in PROCESSES), POSTGRESQL, RABBITMQ]
        parties += ["WAL", "database", "events"]

        def checks() -> list[Check]:
            stored = ground.query(_DECIDED, database_url(platform, "requests"))
            seen = f"{stored:,} = {costs.decided:,}"
            return [Check("decisions stored = requests made", stored == costs.decided, seen)]

        yield Bench(
            "B9",
            "what one smart request costs, from submission to document",
            [Cell(who, _LOAD, partial(costs.of, who)) for who in parties],
            checks=checks,
            notes=(
                f"{_PEOPLE} people, {_REQUESTS_EACH} requests each a round, three authorities asked for each over HTTP; "
                "signing up and in is not in it. Each request is looked at until it is decided.",
                "What a process spends at rest is left out.",
            ),
            figures=(CPU, BYTES, EVENTS),
        )
