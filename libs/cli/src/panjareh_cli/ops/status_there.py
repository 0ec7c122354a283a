"""What `panjareh ops status` finds of a release on Kubernetes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from panjareh_cli.ops.cluster import Cluster, ClusterFault, Json, age_days, labels_of
from panjareh_cli.ops.doors_of_pods import Sample, database_of, not_ready, samples

# As the alerts have it (deploy/helm/panjareh/files/rules/alerts.yaml), so that both say the same.
LAG_SECONDS = 60.0
DUE_LAG_SECONDS = 300.0
LAGS = {
    "panjareh_follower_lag_seconds": ("follower", LAG_SECONDS),
    "panjareh_due_lag_seconds": ("kind", DUE_LAG_SECONDS),
}
UNKNOWN = "not told"
_ASKED_AT_ONCE = 8


def look(cluster: Cluster) -> dict[str, Any]:
    deployments = cluster.deployments()
    pods = cluster.pods()
    processes = [_process(each) for each in deployments]
    doors = _doors(cluster, pods, deployments)
    return {
        "processes": processes,
        "lags": _lags(doors),
        "migrations": _migrations(cluster, doors),
        "ages": _certificates(cluster) + _secrets(cluster, deployments),
        "not_asked": list(dict.fromkeys(said for door in doors for said in door.said)),
    }


def _process(deployment: Json) -> dict[str, Any]:
    state, labels = deployment.get("status", {}), labels_of(deployment)
    image = str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])
    return {
        "name": deployment["metadata"]["name"],
        "service": labels.get("panjareh/service"),
        "process": labels.get("panjareh/process"),
        "ready": state.get("readyReplicas", 0),
        "wanted": deployment["spec"].get("replicas", 1),
        "updated": state.get("updatedReplicas", 0),
        "image": image,
        "version": image.rpartition("@" if "@" in image else ":")[2],
    }


class _Door(NamedTuple):
    """What a process told at its health door."""

    service: str
    ready: str  # the answer of /readyz; empty where none came
    samples: list[Sample]
    said: list[str]


def _doors(cluster: Cluster, pods: list[Json], deployments: list[Json]) -> list[_Door]:
    ours = {labels_of(each).get("panjareh/service") for each in deployments} - {None}
    asked = [
        pod
        for pod in pods
        if pod["metadata"]["labels"].get("panjareh/service") in ours
        and pod["metadata"]["labels"].get("panjareh/process")
        in ("follower", "clock", "rpc", "http")
        and pod.get("status", {}).get("phase") == "Running"
    ]
    with ThreadPoolExecutor(max_workers=_ASKED_AT_ONCE) as pool:
        return list(pool.map(lambda pod: _ask(cluster, pod), asked))


def _ask(cluster: Cluster, pod: Json) -> _Door:
    name = str(pod["metadata"]["name"])
    service = str(pod["metadata"]["labels"]["panjareh/service"])
    ports = [
        port["containerPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
        if port.get("name") == "health"
    ]
    if not ports:
        return _Door(service, "", [], [])
    try:
        well, ready = cluster.look_at_door(name, ports[0], "/readyz")
        _, metrics = cluster.look_at_door(name, ports[0], "/metrics")
    except ClusterFault as fault:
        said = f"pods were not asked: {fault}" if fault.status == 403 else f"{name}: {fault}"
        return _Door(service, "", [], [said])
    checks = not_ready(ready) if well != 200 else []
    return _Door(
        service, ready, list(samples(metrics)), [f"{name} is not ready: {each}" for each in checks]
    )


def _lags(doors: list[_Door]) -> list[dict[str, Any]]:
    """The longest lag of each follower and kind of due work, over all pods that tell it."""
    worst: dict[tuple[str, str, str], float] = {}
    for door in doors:
        for sample in door.samples:
            label, _ = LAGS.get(sample.name, (None, 0.0))
            if label is not None:
                key = (door.service, label, sample.labels.get(label, ""))
                worst[key] = max(worst.get(key, 0.0), sample.value)
    return [
        {"service": service, "what": label, "name": name, "lag_seconds": round(value, 3)}
        for (service, label, name), value in sorted(worst.items())
    ]


def _migrations(cluster: Cluster, doors: list[_Door]) -> list[dict[str, Any]]:
    """Of each service with a database: what its last Job did, or, where that has gone, what its processes
    say of the database. A hook removes itself when it succeeds.
    """
    batch = {
        kind: [
            each
            for each in cluster.items(cluster.of("batch/v1", kind), cluster.labels)
            if "panjareh/rebuild" not in each["metadata"].get("labels", {})
        ]
        for kind in ("cronjobs", "jobs")
    }
    kept = [each["spec"]["jobTemplate"]["spec"]["template"] for each in batch["cronjobs"]]
    last: dict[str, Json] = {}
    for job in sorted(batch["jobs"], key=_made):
        labels = job["spec"]["template"]["metadata"].get("labels", {})
        if labels.get("panjareh/process") == "migrate":
            last[labels.get("panjareh/service", "")] = job
    services = {str(each["metadata"]["labels"]["panjareh/service"]) for each in kept} | set(last)
    return [
        {
            "service": service,
            "job": last[service]["metadata"]["name"] if service in last else None,
            "state": _state(last[service]) if service in last else _told(service, doors),
        }
        for service in sorted(services)
    ]


def _told(service: str, doors: list[_Door]) -> str:
    """The worst that processes say of their database; a pod of the version before may be content."""
    states = {database_of(door.ready) for door in doors if door.service == service} - {None}
    return next((each for each in sorted(map(str, states)) if each != "applied"), "") or (
        "applied" if states else UNKNOWN
    )


def _made(job: Json) -> str:
    return str(job["metadata"]["creationTimestamp"])


def _state(job: Json) -> str:
    told = job.get("status", {})
    if told.get("succeeded"):
        return "applied"
    ended = {each["type"] for each in told.get("conditions", []) if each["status"] == "True"}
    return "failed" if "Failed" in ended else "running"


def _certificates(cluster: Cluster) -> list[dict[str, Any]]:
    """cert-manager's, where it is; a Secret's own end is not looked into."""
    return [
        {
            "what": f"certificate {each['metadata']['name']}",
            "days_old": None,
            "days_left": round(-age_days(each["status"]["notAfter"]), 1),
        }
        for each in cluster.items_if_known(cluster.of("cert-manager.io/v1", "certificates"))
        if each.get("status", {}).get("notAfter")
    ]


def _secrets(cluster: Cluster, deployments: list[Json]) -> list[dict[str, Any]]:
    """How old the Secrets that processes read are. Their metadata alone, where the account may see it."""
    ages: list[dict[str, Any]] = []
    for name in sorted({secret for each in deployments for secret, _ in secret_keys(each)}):
        try:
            found = cluster.find(cluster.core(f"secrets/{name}"))
        except ClusterFault as fault:
            if fault.status == 403:  # who only looks cannot see Secrets, and that is right
                continue
            raise
        if found is not None:
            made = found["metadata"].get("annotations", {}).get("panjareh/rotated-at")
            at = made or found["metadata"]["creationTimestamp"]
            ages.append(
                {"what": f"secret {name}", "days_old": round(age_days(at), 1), "days_left": None}
            )
    return ages


def secret_keys(deployment: Json) -> list[tuple[str, str]]:
    """Which keys of which Secrets a Deployment's processes are told: (Secret, key)."""
    spec = deployment["spec"]["template"]["spec"]
    return [
        (reference["name"], reference["key"])
        for container in spec["containers"]
        for variable in container.get("env", [])
        if (reference := variable.get("valueFrom", {}).get("secretKeyRef"))
    ]
