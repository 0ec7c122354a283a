"""`panjareh ops backup`: CloudNativePG's Backup objects on Kubernetes, pg_basebackup everywhere else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import find_home
from panjareh_cli.ops.base_backup import Stopwatch, backup, stamp, variables_of
from panjareh_cli.ops.cluster import Cluster, ClusterFault, Json
from panjareh_cli.ops.place import Place, confirm, give_up, place_of
from panjareh_cli.ops.texts import text
from panjareh_cli.output import document, fail, say, say_aside

CNPG = "postgresql.cnpg.io/v1"
# libpq's: they name a server outside CloudNativePG, and a role that may replicate.
HOST = "PGHOST"


def register(ops: typer.Typer) -> None:
    ops.command("backup")(take)


def take(
    ctx: typer.Context,
    *,
    to: Annotated[
        Path | None, typer.Option(help="New folder for it; locally DATA/backups/TIME.")
    ] = None,
    service: Annotated[
        str | None, typer.Option(help="Only this service's cluster (CloudNativePG).")
    ] = None,
    timeout: Annotated[int, typer.Option(help="Seconds to wait (CloudNativePG).", min=1)] = 3600,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Back up the databases: locally, or with PGHOST and --to, by pg_basebackup; else as Backup objects.

    Nothing is changed in what runs. A whole copy is read in a single pass, and each file is checked.
    """
    place = place_of(ctx, as_json)
    try:
        if place.local:
            environment = place.environment()
            folder = to or find_home() / "backups" / stamp()
            server = variables_of(environment["PANJAREH_DATABASE_URL"])
            _base(place, folder, server, Path(environment["PANJAREH_TREE_HEADS_DIR"]))
        elif to is not None:
            server = {name: value for name, value in os.environ.items() if name.startswith("PG")}
            if HOST not in server:
                why = "--to is for a server that PGHOST, PGUSER and PGPASSWORD name."
                fail(why, options=place, exit_code=2)
            _base(place, to, server, None)
        else:
            _objects(place, service, timeout, yes)
    except LocalFault as fault:
        give_up(place, fault)


def _base(place: Place, folder: Path, server: dict[str, str], heads: Path | None) -> None:
    watch = Stopwatch()
    note = backup(folder.absolute(), server, heads)
    if place.json:
        document({"place": place.told(), "folder": str(folder), **note, "seconds": watch.seconds})
        return
    megabytes = round(note["bytes"] / 1e6, 1)
    values = {"folder": folder, "megabytes": megabytes, "seconds": watch.seconds}
    say(text("backup_done", place.lang, **values))


def _objects(place: Place, service: str | None, timeout: int, yes: bool) -> None:
    cluster = place.cluster()
    clusters = database_clusters(cluster, service)
    made = [_backup_of(each) for each in clusters]
    names = [str(each["metadata"]["name"]) for each in made]
    confirm(place, f"Backup: {', '.join(names)}", yes)
    for each in made:
        cluster.post(cluster.of(CNPG, "backups"), each)
    phases: dict[str, str] = {}

    def all_ended() -> bool:
        for name in names:
            told = cluster.get(cluster.of(CNPG, f"backups/{name}")).get("status", {})
            phase = str(told.get("phase", "pending"))
            if phases.get(name) != phase:
                phases[name] = phase
                say_aside(f"{name}: {phase}")
            if phase == "failed":
                raise ClusterFault(f"{name} failed: {told.get('error', 'no reason is told')}")
        return all(phase == "completed" for phase in phases.values())

    cluster.wait_until(all_ended, timeout, "not every backup has ended")
    if place.json:
        document({"place": place.told(), "backups": phases})


def database_clusters(cluster: Cluster, service: str | None) -> list[Json]:
    """CloudNativePG's clusters of the release. Raises ClusterFault where there are none."""
    found: list[Json] = [
        each
        for each in cluster.items_if_known(cluster.of(CNPG, "clusters"), cluster.labels)
        if service is None
        or each["metadata"]["labels"]["app.kubernetes.io/component"] == f"{service}-db"
    ]
    if not found:
        raise ClusterFault(
            "the release has no CloudNativePG cluster here. A bundled or external server is copied with "
            f"{HOST}, PGUSER and PGPASSWORD of a role that may replicate, and --to FOLDER (docs/operations/ops.md)"
        )
    return found


def _backup_of(database: Json) -> Json:
    name = str(database["metadata"]["name"])
    plugins = [p["name"] for p in database["spec"].get("plugins", []) if p.get("isWALArchiver")]
    if not plugins:
        raise ClusterFault(
            f"{name} has no object store for backups; set postgresql.cnpg.backup.objectStore"
        )
    spec: dict[str, Any] = {
        "cluster": {"name": name},
        "method": "plugin",
        "pluginConfiguration": {"name": plugins[0]},
    }
    return {
        "apiVersion": CNPG,
        "kind": "Backup",
        "metadata": {
            "name": f"{name}-{stamp().lower()}",
            "labels": dict(database["metadata"]["labels"]),
        },
        "spec": spec,
    }
