"""`panjareh ops restore`: a backup made into a database at a new place, migrated and verified before it serves.

What runs is never touched. Migrating erases again whom the ledger names and the backup still knew, and moves
positions on; verifying compares every log with the heads that were signed before the backup began.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import find_home
from panjareh_cli.local.plan import MIGRATIONS
from panjareh_cli.local.secrets import SERVICES
from panjareh_cli.local.servers import LocalServers
from panjareh_cli.ops.backup import CNPG, database_clusters
from panjareh_cli.ops.base_backup import Stopwatch, lay_out, newest, stamp
from panjareh_cli.ops.cluster import Cluster, ClusterFault, Json
from panjareh_cli.ops.place import Place, confirm, give_up, place_of
from panjareh_cli.ops.texts import text
from panjareh_cli.output import document, fail, say, say_aside

# Identity asks for addresses, and nobody is to be written to from a rehearsal: this port takes no connections.
_NOBODY = "http://127.0.0.1:9/"
# CloudNativePG takes names of at most 50 characters; the moment has eleven.
_LONGEST_STEM = 39


def register(ops: typer.Typer) -> None:
    ops.command("restore")(restore)


def restore(
    ctx: typer.Context,
    *,
    service: Annotated[
        str | None, typer.Option(help="The service whose cluster is restored (CloudNativePG).")
    ] = None,
    to: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S"],
            help="The moment, UTC. Locally: the last backup that had ended by then.",
        ),
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="A backup's folder (local).")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="New data folder (local); else DATA/restored/TIME.")
    ] = None,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Remove it again when all was verified (local).")
    ] = False,
    timeout: Annotated[int, typer.Option(help="Seconds to wait (CloudNativePG).", min=1)] = 7200,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Restore a backup at a new place, migrate and verify it; what runs is not touched. Exit 1 if a log differs."""
    place = place_of(ctx, as_json)
    moment = to.replace(tzinfo=UTC) if to else None
    try:
        if place.local or source is not None:
            _here(place, moment, source, into, rehearse=rehearse, yes=yes)
        elif service is None or moment is None:
            fail("On Kubernetes: --service and --to.", options=place, exit_code=2)
        else:
            _cluster(place, service, moment, timeout, yes)
    except LocalFault as fault:
        give_up(place, fault)


# On this machine


def _here(
    place: Place,
    moment: datetime | None,
    source: Path | None,
    into: Path | None,
    *,
    rehearse: bool,
    yes: bool,
) -> None:
    live = find_home()
    chosen = source.absolute() if source else newest(live / "backups", moment)
    home = (into or live / "restored" / stamp()).absolute()
    values = {"backup": chosen, "folder": home}
    confirm(place, text("restore_will", place.lang, **values), yes)
    watch = Stopwatch()
    lay_out(chosen, home, live)
    try:
        logs = rehearsal(home)
    except LocalFault:
        say_aside(f"What was restored stays in {home}.")
        raise
    unfit = [each["service"] for each in logs if not each["fits"]]
    if rehearse and not unfit:
        shutil.rmtree(home)
    told = {"backup": str(chosen), "folder": str(home), "fits": not unfit, "services": logs}
    if place.json:
        document({"place": place.told(), **told, "kept": home.exists(), "seconds": watch.seconds})
    elif unfit:
        say(text("not_verified", place.lang, services=", ".join(unfit), **values))
    else:
        key = "rehearsed" if rehearse else "restored"
        say(text(key, place.lang, seconds=watch.seconds, **values))
    raise typer.Exit(1 if unfit else 0)


def rehearsal(home: Path) -> list[dict[str, Any]]:
    """Starts servers on a restored data folder, migrates, and gives what checking each log found.

    Raises LocalFault when a migration fails or a log cannot be checked.
    """
    with LocalServers(home, environ={}) as servers:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("PANJAREH_")},
            **servers.secrets,
            "PANJAREH_DATABASE_URL": servers.database_url,
            "PANJAREH_AMQP_URL": servers.amqp_url,
            "PANJAREH_TREE_HEADS_DIR": str(home / "heads"),
            "PANJAREH_ERASURES_DIR": str(home / "erasures"),
            "PANJAREH_SMS_URL": _NOBODY,
            "PANJAREH_ISSUER_URL": f"{_NOBODY}id",
        }
        say_aside("migrate")
        with ThreadPoolExecutor(max_workers=len(MIGRATIONS)) as pool:
            modules = [program.module for program in MIGRATIONS]
            list(pool.map(lambda module: _run(module, ["migrate"], environment, fits={0}), modules))
            say_aside("verify-log")
            return list(pool.map(lambda service: _verified(service, environment), SERVICES))


def _verified(service: str, environment: dict[str, str]) -> dict[str, Any]:
    said = _run(f"panjareh_{service}", ["verify-log", "--json"], environment, fits={0, 1})
    told: dict[str, Any] = json.loads(said)
    return {key: told[key] for key in ("service", "fits", "found", "checked")}


def _run(module: str, arguments: list[str], environment: dict[str, str], *, fits: set[int]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode not in fits:
        words = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise LocalFault(f"{module} {arguments[0]} failed:\n" + "\n".join(words))
    return done.stdout


# On Kubernetes


def _cluster(place: Place, service: str, moment: datetime, timeout: int, yes: bool) -> None:
    cluster = place.cluster()
    old = _in_use(cluster, service)
    new = recovery_of(old, moment)
    name = str(new["metadata"]["name"])
    confirm(
        place,
        f"{name}: {old['metadata']['name']} as it was at {moment.isoformat()}; the old one stays.",
        yes,
    )
    cluster.post(cluster.of(CNPG, "clusters"), new)
    phases: list[str] = []

    def ready() -> bool:
        told = cluster.get(cluster.of(CNPG, f"clusters/{name}")).get("status", {})
        phase = str(told.get("phase", ""))
        if phase and phase not in phases:
            phases.append(phase)
            say_aside(f"{name}: {phase}")
        return bool(told.get("readyInstances", 0) == new["spec"]["instances"])

    cluster.wait_until(ready, timeout, f"{name} is not ready")
    steps = _next_steps(cluster, service, name)
    if place.json:
        document({"place": place.told(), "cluster": name, "next": steps})
    else:
        for step in steps:
            say(step)


def _in_use(cluster: Cluster, service: str) -> Json:
    """The cluster that the service works with: after a restore there are two. Raises ClusterFault."""
    found = database_clusters(cluster, service)
    if len(found) == 1:
        return found[0]
    of_service = f"{cluster.labels},app.kubernetes.io/component={service}"
    [told] = cluster.items(cluster.core("configmaps"), of_service)
    host = urlsplit(told["data"]["PANJAREH_DATABASE_URL"]).hostname
    for each in found:
        if f"{each['metadata']['name']}-rw" == host:
            return each
    names = ", ".join(str(each["metadata"]["name"]) for each in found)
    raise ClusterFault(f"{service} works with {host}, which is none of {names}")


def recovery_of(old: Json, moment: datetime) -> Json:
    """A cluster like another one, made from that one's object store as it was at a moment."""
    name = str(old["metadata"]["name"])
    archives = [p for p in old["spec"].get("plugins", []) if p.get("isWALArchiver")]
    if not archives:
        raise LocalFault(f"{name} has no object store to restore from")
    [archive, *_] = archives
    new = f"{name[:_LONGEST_STEM].rstrip('-')}-{moment:%m%d%H%M%S}"
    parameters = dict(archive["parameters"])
    spec = {
        **old["spec"],
        "bootstrap": {
            "recovery": {"source": name, "recoveryTarget": {"targetTime": moment.isoformat()}}
        },
        "externalClusters": [
            {"name": name, "plugin": {"name": archive["name"], "parameters": parameters}}
        ],
        # Its own archive under its own name: two servers never write into one.
        "plugins": [{**archive, "parameters": {**parameters, "serverName": new}}],
    }
    return {
        "apiVersion": CNPG,
        "kind": "Cluster",
        "metadata": {"name": new, "labels": dict(old["metadata"]["labels"])},
        "spec": spec,
    }


def _next_steps(cluster: Cluster, service: str, name: str) -> list[str]:
    return [
        f"1. panjareh ops -n {cluster.namespace} drain {service}",
        f"2. helm upgrade with services.{service}.databaseHost={name}-rw: its migration erases again whom "
        "the ledger names",
        f"3. check its log: verify-log of {service}, docs/operations/verify-log.md",
        f"4. panjareh ops -n {cluster.namespace} drain {service} --undo",
    ]
