"""`panjareh ops rebuild`: a view made again from the events, on Kubernetes as a Job."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from panjareh_cli import rebuild as local
from panjareh_cli.local.faults import LocalFault
from panjareh_cli.ops.cluster import Cluster, ClusterFault, Json
from panjareh_cli.ops.place import Place, confirm, give_up, place_of
from panjareh_cli.ops.texts import text
from panjareh_cli.output import console, document, fail, say

# The views that can be made again, and the service whose they are.
VIEWS = {"requests": "requests"}
_STARTS_WITHIN = 300.0
_ADVANCE = re.compile(r"^([\d,]+) of about ([\d,]+) events$")


def register(ops: typer.Typer) -> None:
    ops.command("rebuild")(rebuild)


def rebuild(
    ctx: typer.Context,
    view: Annotated[str, typer.Argument(help="The view to make again.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Make a view again from all events while its service runs; on Kubernetes as a Job, with progress."""
    place = place_of(ctx, as_json)
    if view not in VIEWS:
        known = ", ".join(VIEWS)
        fail(f"No view is called {view}; known are {known}.", options=place, exit_code=2)
    if place.local:
        local.rebuild(ctx, view, as_json=place.json)
        return
    try:
        cluster = place.cluster()
        job = job_like(_migration(cluster, VIEWS[view]), VIEWS[view], view)
        name = str(job["metadata"]["name"])
        confirm(place, text("rebuild_will", place.lang, view=view, job=name), yes)
        cluster.post(cluster.of("batch/v1", "jobs"), job)
        said = _follow(cluster, name, place)
        ended = _ended(cluster, name)
    except LocalFault as fault:
        give_up(place, fault)
    if place.json:
        document({"place": place.told(), "view": view, "job": name, "done": ended, "said": said})
    elif said:
        say(said)
    raise typer.Exit(0 if ended else 1)


def _migration(cluster: Cluster, service: str) -> Json:
    """The service's kept migration, a CronJob that never runs: it alone is told who owns the tables.

    Raises ClusterFault.
    """
    for each in cluster.items(cluster.of("batch/v1", "cronjobs"), cluster.labels):
        if each["metadata"]["labels"].get("app.kubernetes.io/component") == f"{service}-migrate":
            return each
    raise ClusterFault(
        f"there is no CronJob of {service}'s migration to take image and rights from; `helm upgrade` makes one"
    )


def job_like(migration: Json, service: str, view: str) -> Json:
    """A Job that is the migration's in everything but its command, and goes when the release goes."""
    kept, template = migration["metadata"], migration["spec"]["jobTemplate"]["spec"]["template"]
    labels = {**template["metadata"]["labels"], "panjareh/rebuild": view}
    [container] = template["spec"]["containers"]
    container = {**container, "name": "rebuild", "args": ["rebuild", view]}
    stem = str(kept["labels"]["app.kubernetes.io/instance"])
    owner = {"apiVersion": "batch/v1", "kind": "CronJob", "name": kept["name"], "uid": kept["uid"]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": f"{stem}-{service}-rebuild-{datetime.now(UTC):%m%d%H%M%S}",
            "labels": labels,
            "ownerReferences": [owner],
        },
        "spec": {
            "backoffLimit": 3,  # one that was killed goes on where it was
            "ttlSecondsAfterFinished": 86_400,
            "template": {
                "metadata": {"labels": labels},
                "spec": {**template["spec"], "containers": [container]},
            },
        },
    }


def _follow(cluster: Cluster, job: str, place: Place) -> str:
    """Shows how far it is until it ends; gives its last words."""
    from rich import progress  # noqa: PLC0415 - only for this command

    pod = _pod(cluster, job)
    said = ""
    screen = console(to_stderr=True)
    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TextColumn("{task.percentage:>3.0f} %"),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(
        *columns, console=screen, disable=place.json or not screen.is_terminal
    ) as bar:
        task = bar.add_task(job, total=None)
        for line in cluster.lines(cluster.core(f"pods/{pod}/log"), follow="true"):
            advance = _ADVANCE.match(line)
            if advance:
                done, expected = (int(each.replace(",", "")) for each in advance.groups())
                bar.update(task, completed=done, total=max(done, expected))
            elif not line.startswith("{"):  # its log is JSON
                said = line
            if not place.json and not screen.is_terminal:
                print(line, file=sys.stderr, flush=True)
    return said


def _pod(cluster: Cluster, job: str) -> str:
    """The pod that a Job runs in, once it has begun."""
    begun: list[str] = []

    def has_begun() -> bool:
        pods = cluster.items(cluster.core("pods"), f"job-name={job}")
        begun.extend(
            str(pod["metadata"]["name"])
            for pod in pods
            if pod.get("status", {}).get("phase") in ("Running", "Succeeded", "Failed")
        )
        return bool(begun)

    cluster.wait_until(has_begun, _STARTS_WITHIN, f"no pod of {job} has begun")
    return begun[0]


def _ended(cluster: Cluster, job: str) -> bool:
    """Whether it did its work; waits until Kubernetes knows."""
    path = cluster.of("batch/v1", f"jobs/{job}")
    ends: list[str] = []

    def has_ended() -> bool:
        conditions = cluster.get(path).get("status", {}).get("conditions", [])
        ends.extend(
            each["type"]
            for each in conditions
            if each["type"] in ("Complete", "Failed") and each["status"] == "True"
        )
        return bool(ends)

    cluster.wait_until(has_ended, _STARTS_WITHIN, f"{job} has not ended")
    return ends[0] == "Complete"
