"""How far a follower is behind is measured from outside, warned of once, with who holds it up."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from psycopg import sql
from structlog.testing import capture_logs

from panjareh_common import telemetry
from panjareh_common.clock import utc_now
from panjareh_common.database import Database
from panjareh_common.event_store import EventLog
from panjareh_common.following import Follower, catch_up, wait_until
from panjareh_common.lag import Lag, Lags
from panjareh_common.projection import ProjectionFollower
from tests.integration.common.notes import BECAUSE, Note
from tests.integration.common.projecting import Tally, make_tables


class OfOpened(Follower):
    name = "test.opened"
    topics = ("TestNote.Opened",)


class OfExtended(Follower):
    name = "test.extended"
    topics = ("TestNote.Extended",)


class OfAll(Follower):
    name = "test.all"
    topics = None


@pytest.fixture
def later() -> Callable[[], datetime]:
    """A clock that is a minute ahead of the log's."""
    return lambda: utc_now() + timedelta(minutes=1)


@pytest.fixture
def forgetful(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """Somebody with a transaction that has a number and no end."""
    url = database_url + "?application_name=forgetful"
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TEMPORARY TABLE held AS SELECT 'canary-secret' AS text")
        yield connection


def write(event_log: EventLog) -> int:
    with event_log.unit_of_work(BECAUSE) as unit:
        unit.save(Note.open(uuid4()))
    return unit.saved[-1].position


def test_lag_is_the_age_of_the_oldest_event_that_concerns_a_follower_and_is_not_applied(
    event_log: EventLog, database: Database, database_url: str, later: Callable[[], datetime]
) -> None:
    make_tables(database_url)
    followers = [OfOpened(), OfExtended(), OfAll(), ProjectionFollower(Tally())]
    lags = Lags(database, followers, 10, clock=later)

    assert set(lags.look().values()) == {Lag(0.0, final=True)}
    write(event_log)
    before = {name: lag.seconds for name, lag in lags.look().items()}
    for follower in followers:
        catch_up(event_log, follower)

    assert before["test.extended"] == 0
    others = [before["test.opened"], before["test.all"], before["notes.tally"]]
    assert all(60 <= seconds < 120 for seconds in others)
    assert {lag.seconds for lag in lags.look().values()} == {0}


def test_a_warning_names_the_transaction_that_holds_everybody_up_and_nothing_it_says(
    event_log: EventLog,
    database: Database,
    forgetful: psycopg.Connection[Any],
    later: Callable[[], datetime],
) -> None:
    follower = OfAll()
    lags = Lags(database, [follower], 10, clock=later)
    write(event_log)
    catch_up(event_log, follower)

    with capture_logs() as said:
        lags.look()
        lags.look()
    (warned,) = said
    forgetful.commit()
    catch_up(event_log, follower)
    with capture_logs() as said:
        lags.look()
        lags.look()

    held_by = warned.pop("held_by")
    assert warned.pop("seconds") >= 60
    assert warned == {"event": "follower_lags", "follower": "test.all", "log_level": "warning"}
    assert held_by["pid"] == forgetful.info.backend_pid
    assert held_by["application"] == "forgetful"
    assert held_by["state"] == "idle in transaction"
    assert held_by["seconds"] >= 0
    assert "canary-secret" not in str(held_by)
    assert [entry["event"] for entry in said] == ["follower_lags_no_more"]


def test_a_follower_that_is_late_by_itself_is_not_blamed_on_others(
    event_log: EventLog, database: Database, later: Callable[[], datetime]
) -> None:
    last = write(event_log)
    catch_up(event_log, OfExtended())
    wait_until(event_log, OfExtended(), last, 20)  # it is final

    with capture_logs() as said:
        Lags(database, [OfAll()], 10, clock=later).look()

    assert [(entry["event"], entry["held_by"]) for entry in said] == [("follower_lags", None)]


def test_within_the_bound_nothing_is_said(event_log: EventLog, database: Database) -> None:
    write(event_log)

    with capture_logs() as said:
        lags = Lags(database, [OfAll()], 10).look()

    assert 0 <= lags["test.all"].seconds < 10
    assert said == []


def test_a_services_role_may_know_who_holds_it_up_and_no_more(
    database_url: str, forgetful: psycopg.Connection[Any]
) -> None:
    role, password = f"test_{secrets.token_hex(4)}", secrets.token_hex(8)
    name = sql.Identifier(role)
    with psycopg.connect(database_url, autocommit=True) as administrator:
        administrator.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(password))
        )
        try:
            with psycopg.connect(database_url, user=role, password=password) as service:
                holder = service.execute(
                    "SELECT pid, application, state, seconds >= 0 FROM oldest_transaction()"
                )
                told = (forgetful.info.backend_pid, "forgetful", "idle in transaction", True)
                assert holder.fetchall() == [told]
                queries = service.execute(
                    "SELECT query FROM pg_stat_activity WHERE pid = %s",
                    (forgetful.info.backend_pid,),
                )
                assert queries.fetchall() == [("<insufficient privilege>",)]
        finally:
            administrator.execute(sql.SQL("DROP ROLE {}").format(name))


def test_the_lag_is_a_gauge(
    event_log: EventLog,
    database: Database,
    later: Callable[[], datetime],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr(telemetry, "_meter", provider.get_meter("panjareh"))
    lags = Lags(database, [OfAll(), OfExtended()], 1000, clock=later)
    stopped = threading.Event()
    stopped.set()
    lags.watch(stopped)
    write(event_log)
    lags.look()

    data = reader.get_metrics_data()
    assert data is not None
    (metric,) = data.resource_metrics[0].scope_metrics[0].metrics
    points: dict[Any, float] = {
        (point.attributes or {})["follower"]: point.value  # type: ignore[union-attr]
        for point in metric.data.data_points
    }
    assert (metric.name, metric.unit) == ("panjareh.follower.lag", "s")
    assert points["test.all"] >= 60
    assert points["test.extended"] == 0
    provider.shutdown()
