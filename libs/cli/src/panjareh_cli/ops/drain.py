"""`panjareh ops drain`: a service without pods, while its queues keep what comes for it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.ops.cluster import Cluster, Json, labels_of
from panjareh_cli.ops.place import Place, confirm, give_up, only_on_kubernetes, place_of
from panjareh_cli.ops.texts import text
from panjareh_cli.output import document, say, say_aside

# What is to come back is noted at the Deployment itself, so that another person can undo it.
REPLICAS = "panjareh/replicas-before-drain"
PAUSED = "autoscaling.keda.sh/paused-replicas"


def register(ops: typer.Typer) -> None:
    ops.command("drain")(drain)


def drain(
    ctx: typer.Context,
    *,
    service: Annotated[str, typer.Argument(help="The service.")],
    undo: Annotated[bool, typer.Option("--undo", help="Bring its pods back.")] = False,
    timeout: Annotated[int, typer.Option(help="Seconds to wait for the last pod.", min=1)] = 180,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Let a service finish what it has in hand and stop; nothing is lost, its queues fill. --undo undoes it."""
    place = place_of(ctx, as_json)
    only_on_kubernetes(place, "drain_local")
    try:
        cluster = place.cluster()
        deployments = cluster.deployments(service)
        names = [str(each["metadata"]["name"]) for each in deployments]
        key = "undo_will" if undo else "drain_will"
        confirm(place, text(key, place.lang, service=service, names=", ".join(names)), yes)
        for deployment in deployments:
            (_bring_back if undo else _take_away)(cluster, deployment)
        if undo:
            cluster.wait_for_rollout(names, timeout, say_aside)
        else:
            cluster.wait_until(
                lambda: not _pods(cluster, service), timeout, f"pods of {service} are still there"
            )
    except LocalFault as fault:
        give_up(place, fault)
    if place.json:
        told: dict[str, Any] = {"service": service, "deployments": names, "drained": not undo}
        document({"place": place.told(), **told, "queues": _queues(place, service)})
        return
    say(text("undone" if undo else "drained", place.lang, service=service))
    for queue in _queues(place, service):
        say(f"{queue['queue']}: {queue['messages']}")


def _take_away(cluster: Cluster, deployment: Json) -> None:
    noted = deployment["metadata"].get("annotations", {}).get(REPLICAS)
    now = deployment["spec"].get("replicas", 1)
    before = noted if noted is not None and now == 0 else str(now)  # drained twice is drained once
    _pause(cluster, deployment, "0")
    _scale(cluster, deployment, 0, before)


def _bring_back(cluster: Cluster, deployment: Json) -> None:
    noted = deployment["metadata"].get("annotations", {}).get(REPLICAS)
    if noted is not None:
        _scale(cluster, deployment, int(noted), None)
        _pause(cluster, deployment, None)


def _scale(cluster: Cluster, deployment: Json, replicas: int, noted: str | None) -> None:
    # In one step, so that a number never goes without the note of what it was. Where it is 0, an HPA
    # holds still until it is more.
    cluster.merge(
        cluster.of("apps/v1", f"deployments/{deployment['metadata']['name']}"),
        {"metadata": {"annotations": {REPLICAS: noted}}, "spec": {"replicas": replicas}},
    )


def _pause(cluster: Cluster, deployment: Json, replicas: str | None) -> None:
    """KEDA would bring pods back by itself."""
    path = cluster.of("keda.sh/v1alpha1", f"scaledobjects/{deployment['metadata']['name']}")
    if labels_of(deployment) and cluster.find(path) is not None:
        cluster.merge(path, {"metadata": {"annotations": {PAUSED: replicas}}})


def _pods(cluster: Cluster, service: str) -> list[Json]:
    """Pods of its processes; what migrates or rebuilds is no process."""
    return [
        pod
        for pod in cluster.items(
            cluster.core("pods"), f"{cluster.labels},panjareh/service={service}"
        )
        if pod["metadata"]["labels"].get("panjareh/process") in ("rpc", "follower", "clock", "http")
        and pod.get("status", {}).get("phase") in ("Pending", "Running")
    ]


def _queues(place: Place, service: str) -> list[dict[str, Any]]:
    from panjareh_cli.ops.status import queue_depths  # noqa: PLC0415

    return [each for each in queue_depths(place, [service])[0] if each["messages"]]
