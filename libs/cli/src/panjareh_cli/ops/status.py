"""`panjareh ops status`: everything that runs, how far it is behind and how old its keys are, in one picture."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import find_home, read_json
from panjareh_cli.ops.cluster import age_days
from panjareh_cli.ops.dead_letters import SERVICES
from panjareh_cli.ops.place import Place, give_up, place_of
from panjareh_cli.ops.status_there import LAGS, UNKNOWN, look
from panjareh_cli.ops.texts import text
from panjareh_cli.output import document, say, table

CERTIFICATE_DAYS = 21.0  # as the alert has it (deploy/helm/panjareh/files/rules/alerts.yaml)


def register(ops: typer.Typer) -> None:
    ops.command("status")(status)


def status(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Show pods, lag, queues, dead letters, migrations and the ages of keys; exit 1 when something is wrong."""
    place = place_of(ctx, as_json)
    try:
        found = _local(place) if place.local else _there(place)
    except LocalFault as fault:
        give_up(place, fault)
    found["queues"], said = queue_depths(place, list(SERVICES))
    found["dead_letters"] = [each for each in found["queues"] if each["queue"].endswith(".dead")]
    found["queues"] = [each for each in found["queues"] if not each["queue"].endswith(".dead")]
    found["not_asked"] += said
    found["wrong"] = _wrong(found)
    if place.json:
        document({"place": place.told(), "well": not found["wrong"], **found})
    else:
        _tell(found, place.lang)
    raise typer.Exit(1 if found["wrong"] else 0)


def queue_depths(place: Place, services: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Every queue of these services; and why, where the broker could not be asked."""
    from panjareh_cli.ops.queues import dead_queue, depth, opened, queues_of  # noqa: PLC0415
    from panjareh_common.messaging.message import BrokerUnavailable  # noqa: PLC0415

    try:
        url = place.amqp_url()
        if url is None:
            return [], [text("no_broker", place.lang)]
        told: list[dict[str, Any]] = []
        with opened(url) as connection:
            for service in (each for each in services if each in SERVICES):
                for queue in (*queues_of(service), dead_queue(service)):
                    found = depth(connection, queue)
                    told.append(
                        {
                            "queue": queue,
                            "messages": found.messages if found else None,
                            "consumers": found.consumers if found else None,
                        }
                    )
    except (LocalFault, BrokerUnavailable) as fault:
        return [], [str(fault)]
    return told, []


def _there(place: Place) -> dict[str, Any]:
    cluster = place.cluster()
    place.namespace = cluster.namespace
    return look(cluster)


# On this machine


def _local(place: Place) -> dict[str, Any]:
    environment = place.environment()
    processes = [
        {
            "name": name,
            "service": name.partition(".")[0],
            "process": name.partition(".")[2],
            "ready": int(each["state"] == "ready"),
            "wanted": 1,
            "updated": 1,
            "image": None,
            "version": None,
        }
        for name, each in read_json(find_home() / "processes.json").items()
    ]
    made = datetime.fromtimestamp((find_home() / "secrets.json").stat().st_mtime, UTC)
    keys = {
        "what": "secrets.json",
        "days_old": round(age_days(made.isoformat()), 1),
        "days_left": None,
    }
    migrations = [_applied(service, environment) for service in SERVICES]
    return {
        "processes": processes,
        "lags": [],
        "migrations": migrations,
        "ages": [keys],
        "not_asked": [],
    }


def _applied(service: str, environment: dict[str, str]) -> dict[str, Any]:
    """Which migrations a database has, against those that are installed here."""
    import psycopg  # noqa: PLC0415

    from panjareh_cli.local.plan import migration_sources  # noqa: PLC0415
    from panjareh_common.settings import owner_database_url  # noqa: PLC0415

    wanted = {
        (component, int(file.name[:4]))
        for file in migration_sources()
        if file.suffix == ".sql"
        and (component := file.parents[1].name.removeprefix("panjareh_")) in ("common", service)
    }
    try:
        with psycopg.connect(
            owner_database_url(service, environment), connect_timeout=3
        ) as database:
            rows = database.execute("SELECT component, number FROM migration").fetchall()
    except psycopg.Error as cause:
        return {"service": service, "job": None, "state": f"not told ({type(cause).__name__})"}
    missing = sorted(wanted - {(str(row[0]), int(row[1])) for row in rows})
    state = "missing " + ", ".join(f"{name} {number:04d}" for name, number in missing)
    return {"service": service, "job": None, "state": state if missing else "applied"}


# What is wrong, and telling it


def _wrong(found: dict[str, Any]) -> list[str]:
    wrong = [
        f"{each['name']}: {each['ready']} of {each['wanted']} ready"
        for each in found["processes"]
        if each["ready"] < each["wanted"]
    ]
    bounds = dict(LAGS.values())
    wrong += [
        f"{each['name']} of {each['service']} is {each['lag_seconds']:.0f} s behind"
        for each in found["lags"]
        if each["lag_seconds"] > bounds[each["what"]]
    ]
    for each in found["queues"]:
        if each["messages"] is None:
            wrong.append(f"there is no queue {each['queue']}")
        elif not each["consumers"]:
            wrong.append(f"nobody takes from {each['queue']}")
    wrong += [
        f"{each['messages']} dead letters in {each['queue']}"
        for each in found["dead_letters"]
        if each["messages"]
    ]
    wrong += [
        f"migration of {each['service']}: {each['state']}"
        for each in found["migrations"]
        if each["state"] not in ("applied", UNKNOWN)
    ]
    return wrong + [
        f"{each['what']} ends in {each['days_left']} days"
        for each in found["ages"]
        if each["days_left"] is not None and each["days_left"] < CERTIFICATE_DAYS
    ]


def _tell(found: dict[str, Any], lang: str) -> None:
    parts = (
        ("processes", ("name", "ready", "wanted", "version"), found["processes"]),
        ("followers", ("service", "name", "lag_seconds"), found["lags"]),
        ("queues", ("queue", "messages", "consumers"), found["queues"] + found["dead_letters"]),
        ("migrations", ("service", "state"), found["migrations"]),
        ("ages", ("what", "days_old", "days_left"), found["ages"]),
    )
    for title, columns, rows in parts:
        if rows:
            cells = [[row[column] for column in columns] for row in rows]
            table(columns, cells, lang=lang, title=text(title, lang))
    for line in found["not_asked"]:
        say(line)
    if not found["wrong"]:
        say(text("well", lang))
        return
    say(text("unwell", lang))
    for line in found["wrong"]:
        say(f"  {line}")
