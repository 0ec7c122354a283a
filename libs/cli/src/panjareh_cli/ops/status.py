"""`panjareh ops status`: everything that runs, how far it is behind and how old its keys are, in one picture."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from panjareh_cli.local.faults import LocalFault
from panjareh_cli.local.home import find_home, read_json
from panjareh_cli.ops.cluster import Cluster, ClusterFault, Json, age_days, labels_of
from panjareh_cli.ops.dead_letters import SERVICES
from panjareh_cli.ops.doors_of_pods import Sample, not_ready, samples
from panjareh_cli.ops.place import Place, give_up, place_of
from panjareh_cli.ops.texts import text
from panjareh_cli.output import document, say, table

# As the alerts have it (deploy/helm/panjareh/files/rules/alerts.yaml), so that both say the same.
LAG_SECONDS = 60.0
DUE_LAG_SECONDS = 300.0
CERTIFICATE_DAYS = 21.0
_LAGS = {
    "panjareh_follower_lag_seconds": ("follower", LAG_SECONDS),
    "panjareh_due_lag_seconds": ("kind", DUE_LAG_SECONDS),
}
_ASKED_AT_ONCE = 8


def register(ops: typer.Typer) -> None:
    ops.command("status")(status)


def status(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with JSON.")] = False,
) -> None:
    """Show pods, lag, queues, dead letters, migrations and the ages of keys; exit 1 when something is wrong."""
    place = place_of(ctx, as_json)
    try:
        found = _local(place) if place.local else _on_kubernetes(place, place.cluster())
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


# On Kubernetes


def _on_kubernetes(place: Place, cluster: Cluster) -> dict[str, Any]:
    deployments = cluster.deployments()
    pods = cluster.pods()
    processes = [_process(each) for each in deployments]
    lags, said = _lags(cluster, pods, deployments)
    place.namespace = cluster.namespace
    return {
        "processes": processes,
        "lags": lags,
        "migrations": _migrations(cluster),
        "ages": _certificates(cluster) + _secrets(cluster, deployments),
        "not_asked": said,
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


def _lags(
    cluster: Cluster, pods: list[Json], deployments: list[Json]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The longest lag of each follower and kind of due work, over all pods that tell it."""
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
        answers = list(pool.map(lambda pod: _ask(cluster, pod), asked))
    worst: dict[tuple[str, str, str], float] = {}
    said: list[str] = []
    for pod, (found, trouble) in zip(asked, answers, strict=True):
        said += trouble
        service = pod["metadata"]["labels"]["panjareh/service"]
        for sample in found:
            label, _ = _LAGS.get(sample.name, (None, 0.0))
            if label is not None:
                key = (service, label, sample.labels.get(label, ""))
                worst[key] = max(worst.get(key, 0.0), sample.value)
    lags = [
        {"service": service, "what": label, "name": name, "lag_seconds": round(value, 3)}
        for (service, label, name), value in sorted(worst.items())
    ]
    return lags, _joined(said)


def _ask(cluster: Cluster, pod: Json) -> tuple[list[Sample], list[str]]:
    name = str(pod["metadata"]["name"])
    ports = [
        port["containerPort"]
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
        if port.get("name") == "health"
    ]
    if not ports:
        return [], []
    try:
        well, ready = cluster.look_at_door(name, ports[0], "/readyz")
        _, metrics = cluster.look_at_door(name, ports[0], "/metrics")
    except ClusterFault as fault:
        return [], [f"pods were not asked: {fault}" if fault.status == 403 else f"{name}: {fault}"]
    checks = not_ready(ready) if well != 200 else []
    return list(samples(metrics)), [f"{name} is not ready: {each}" for each in checks]


def _joined(said: list[str]) -> list[str]:
    return list(dict.fromkeys(said))


def _migrations(cluster: Cluster) -> list[dict[str, Any]]:
    """The last migration Job of each service."""
    last: dict[str, Json] = {}
    for job in cluster.items(cluster.of("batch/v1", "jobs"), cluster.labels):
        labels = job["spec"]["template"]["metadata"].get("labels", {})
        if labels.get("panjareh/process") == "migrate" and "panjareh/rebuild" not in labels:
            service = labels.get("panjareh/service", "")
            known = last.get(service)
            if known is None or _made(known) < _made(job):
                last[service] = job
    return [
        {"service": service, "job": job["metadata"]["name"], "state": _state(job)}
        for service, job in sorted(last.items())
    ]


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
    bounds = dict(_LAGS.values())
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
        if each["state"] != "applied"
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
