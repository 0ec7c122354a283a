"""B12: a campaign: everybody takes a number at once, and all are let in one after another, beside daily services.

`BENCH_CROWD` sets how many people come; otherwise 100,000, and a million with `--full`. It is one run, done once.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import yaml

from panjareh_cli.local.plan import PROCESSES
from panjareh_cli.local.platform import Platform
from panjareh_common import settings as names
from panjareh_sandbox.demo import services_dir
from tests.bench.cost import processor_ms, servers_ms
from tests.bench.crowd import Crowd, Line, Tokens
from tests.bench.ground import Ground
from tests.bench.intervals import percentile
from tests.bench.memory import Watch
from tests.bench.model import Bench, Cell, Check, Reading
from tests.conftest import outside_environment
from tests.people import until
from tests.stored import database_url

CODE, DAILY, LOAD = "CAMP-100", "DAILY-100", "the load"
_TEXT = {"fa": "سنجش", "en": "Benchmark"}
_RATE = float(os.environ.get("BENCH_RATE", "400"))
_DRAWING, _ENTERING = 32, 96
_ALONE_SECONDS, _DAILY_EVERY = 15.0, 0.2
_GROWTH_MIB = 8.0
_BUSIEST = """
SELECT max(many) FROM (SELECT count(*) AS many FROM campaign_claim WHERE request_id IS NOT NULL
    GROUP BY floor(extract(epoch FROM claimed_at))) AS second
"""


def people_of(ground: Ground) -> int:
    return int(os.environ.get("BENCH_CROWD") or (1_000_000 if ground.full else 100_000))


def card_of(code: str, **more: Any) -> dict[str, Any]:
    """A service that officers decide, without form, evidence and document."""
    text = (services_dir() / "INET-001.yaml").read_text(encoding="utf-8")
    form = {"type": "object", "additionalProperties": False, "properties": {}}
    plain = {"decision_mode": "officers", "rules": None, "evidence": [], "output": None}
    return (
        copy.deepcopy(yaml.safe_load(text))
        | plain
        | {"code": code, "form": form}
        | {
            "sample": True,
            "name": _TEXT,
            **more,
        }
    )


class Daily:
    """Somebody who asks for another service, five times a second, whatever else is going on."""

    def __init__(self, place: tuple[str, int], tokens: Tokens) -> None:
        self._place, self._tokens = place, tokens
        self.took: list[float] = []
        self.refused: Counter[str] = Counter()  # by status, or by what broke

    async def ask(self, stop: threading.Event) -> None:
        line = Line(*self._place)
        body = json.dumps({"form": {}}).encode()
        while not stop.is_set():
            began = time.perf_counter()
            try:
                said = await line.ask(
                    "POST",
                    f"/api/v1/services/{DAILY}/requests",
                    self._tokens.of(),
                    body,
                    Idempotency_Key=uuid4().hex,
                )
                if said.status != 201:
                    self.refused[str(said.status)] += 1
            except (ConnectionError, TimeoutError) as cause:
                self.refused[type(cause).__name__] += 1
            self.took.append(time.perf_counter() - began)
            await asyncio.sleep(_DAILY_EVERY)
        line.close()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self.ask(stop)), daemon=True)
        thread.start()
        yield
        stop.set()
        thread.join()


class Campaign:
    """The whole platform, and the one run through it."""

    def __init__(self, ground: Ground, platform: Platform) -> None:
        self._ground, self._platform = ground, platform
        where = urlsplit(platform.url)
        self._place = str(where.hostname), int(where.port or 80)
        self._tokens = Tokens(json.loads(platform.env[names.signing_key("identity").name]))
        self.people = people_of(ground)
        pids = {p.name: [platform.process(p.name).pid or 0] for p in PROCESSES}
        self.memory = Watch(lambda: pids)
        self.alone, self.beside = (Daily(self._place, self._tokens) for _ in range(2))
        self.crowd = Crowd(*self._place, self._tokens, CODE)
        asyncio.run(self._publish())
        with self.alone.going_on():
            time.sleep(_ALONE_SECONDS)
        before = self._spent()
        with self.beside.going_on(), self.memory.running():
            asyncio.run(self.crowd.come(self.people, drawing=_DRAWING, entering=_ENTERING))
        spent = self._spent()
        self.cpu_ms = {who: (spent[who] - before[who]) / self.people for who in spent}

    def _spent(self) -> dict[str, int]:
        spent = {p.name: processor_ms(self._platform.process(p.name).pid or 0) for p in PROCESSES}
        return spent | servers_ms(self._ground) | {LOAD: processor_ms(os.getpid())}

    async def _publish(self) -> None:
        now = datetime.now(UTC)
        campaign = {
            "opens_at": (now - timedelta(minutes=1)).isoformat(),
            "closes_at": (now + timedelta(days=1)).isoformat(),
            "rate": _RATE,
            "capacity": self.people,
            "turn_minutes": 600,
        }
        line = Line(*self._place)
        publisher = self._tokens.of(authority="mcit", roles=["publisher"])
        for card in (card_of(CODE, campaign=campaign), card_of(DAILY)):
            body = json.dumps({"card": card}).encode()
            key = uuid4().hex
            said = await line.ask(
                "POST", "/agency/v1/services", publisher, body, Idempotency_Key=key
            )
            assert said.status in (200, 201), said.body
        line.close()
        for code in (CODE, DAILY):
            query = f"SELECT count(*) FROM public_service WHERE code = '{code}'"
            until(lambda q=query: self.stored(q), (1).__eq__)  # type: ignore[misc]
        # The gateway looks now and then which services are campaigns.
        queue = f"{self._platform.url}/api/v1/services/{CODE}/queue"
        until(lambda: httpx.get(queue, trust_env=False).status_code, (200).__eq__)

    def stored(self, query: str) -> int:
        return int(self._ground.query(query, database_url(self._platform, "requests")) or 0)

    def draws(self) -> Reading:
        return _told(self.crowd.drawn, self.crowd.draws_seconds)

    def entries(self) -> Reading:
        return _told(self.crowd.entered, self.crowd.seconds)

    def daily(self, daily: Daily) -> Reading:
        return _told(daily.took, sum(daily.took) + len(daily.took) * _DAILY_EVERY)

    def spent(self, name: str) -> Reading:
        return {"cpu_ms": self.cpu_ms[name]}

    def held(self, name: str) -> Reading:
        second, last, most = self.memory.halves(name)
        return {"mib_second_quarter": second, "mib_last_quarter": last, "mib_most": most}

    def checks(self) -> list[Check]:
        requests = self.stored(f"SELECT count(*) FROM request WHERE service_code = '{CODE}'")
        claims = self.stored("SELECT count(*) FROM campaign_claim WHERE request_id IS NOT NULL")
        persons = self.stored(
            f"SELECT count(DISTINCT applicant_id) FROM request WHERE service_code = '{CODE}'"
        )
        busiest = self.stored(_BUSIEST)
        bound = int(_RATE * 1.25) + 1
        grown = {
            name: last - second
            for name in self.memory.seen
            for second, last, _ in [self.memory.halves(name)]
        }
        worst = max(grown, key=lambda name: grown[name])
        return [
            Check(
                "requests = numbers used = people",
                requests == claims == persons == self.people,
                f"{requests:,} = {claims:,} = {persons:,} = {self.people:,}",
            ),
            Check(
                "let in within any second ≤ the rate and a quarter",
                busiest <= bound,
                f"{busiest} ≤ {bound}",
            ),
            Check(
                "nobody of the daily service was refused",
                not self.beside.refused,
                f"of {len(self.beside.took):,}: {dict(self.beside.refused) or 'nobody'}",
            ),
            Check(
                "memory of every process is flat from the second to the last quarter",
                grown[worst] <= _GROWTH_MIB,
                f"{worst} grew most, by {grown[worst]:.1f} MiB",
            ),
        ]


def _told(took: list[float], seconds: float) -> Reading:
    return {
        "rate": len(took) / seconds,
        "p50_ms": percentile(took, 50) * 1000,
        "p99_ms": percentile(took, 99) * 1000,
    }


@contextmanager
def prepare(ground: Ground) -> Iterator[Bench]:
    home = ground.home / "campaign"
    home.mkdir()
    environ = outside_environment() | {
        "PANJAREH_AMQP_URL": ground.servers.amqp_url,
        "PANJAREH_DATABASE_URL": ground.servers.database_url,
    }
    with Platform(home, http_port=0, environ=environ) as platform:
        run = Campaign(ground, platform)
        cells = [
            Cell("panjareh", "taking a number", run.draws),
            Cell("panjareh", "signing up in one's turn", run.entries),
            Cell("panjareh", "another service, alone", partial(run.daily, run.alone)),
            Cell("panjareh", "another service, beside it", partial(run.daily, run.beside)),
            *(Cell(name, "a person", partial(run.spent, name)) for name in run.cpu_ms),
            *(Cell(name, "memory", partial(run.held, name)) for name in run.memory.seen),
        ]
        yield Bench(
            "B12",
            f"a campaign of {run.people:,} people over public HTTP, {_RATE:g} a second let in",
            cells,
            checks=run.checks,
            notes=(
                "One run, not repeated: the rounds tell its figures again. Everybody takes a number at once, waits for "
                "the turn that it names, and sends one request under an Idempotency-Key; each is somebody else.",
                f"Tokens are signed with identity's key by the load itself: hashing {run.people:,} passwords is B8. "
                "The load, the platform, PostgreSQL and RabbitMQ share the cores.",
                f"{run.crowd.sent_away:,} times somebody was sent away for some seconds and came back.",
                "Another service: five submissions a second, for fifteen seconds alone and then all the time beside the campaign.",
            ),
            figures=(
                "rate",
                "p50_ms",
                "p99_ms",
                "cpu_ms",
                "mib_second_quarter",
                "mib_last_quarter",
                "mib_most",
            ),
        )
