"""The check-up of a namespace on Kubernetes, before the chart is installed and after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from panjareh_cli.ops import doctor_settings
from panjareh_cli.ops.cluster import Cluster, ClusterFault, Json
from panjareh_cli.ops.doors_of_pods import not_ready
from panjareh_cli.ops.findings import Finding, State
from panjareh_cli.ops.status_there import secret_keys

OLDEST = (1, 30)  # `kubeVersion` of the chart
_SKEW_SECONDS = 5.0  # as much as tokens allow (panjareh_common.security.tokens)
_NEARLY = 0.9
_ENFORCES = (
    "calico",
    "cilium",
    "antrea",
    "kube-router",
    "weave",
    "canal",
    "ovn",
    "kube-network-policies",
)
_READ_ALL = "kubectl auth can-i tells what this account may look at"

# Which of the chart's variants need which API group, and where that comes from.
_VARIANTS: tuple[tuple[Callable[[Any], bool], str, str], ...] = (
    (lambda v: v("postgresql.mode") == "cnpg", "postgresql.cnpg.io", "install CloudNativePG"),
    (
        lambda v: v("rabbitmq.mode") == "operator",
        "rabbitmq.com",
        "install the RabbitMQ Cluster and Messaging Topology Operators",
    ),
    (lambda v: v("externalSecrets.enabled"), "external-secrets.io", "install External Secrets"),
    (lambda v: v("gatewayAPI.enabled"), "gateway.networking.k8s.io", "install Gateway API's CRDs"),
    (
        lambda v: v("metrics.serviceMonitor.enabled") or v("metrics.prometheusRule.enabled"),
        "monitoring.coreos.com",
        "install the Prometheus Operator",
    ),
    (
        lambda v: v("ingress.tls.clusterIssuer") or v("ingress.tls.issuer"),
        "cert-manager.io",
        "install cert-manager",
    ),
    (lambda v: "'kind': 'keda'" in repr(v("")), "keda.sh", "install KEDA"),
)


def look(cluster: Cluster, values: dict[str, Any]) -> list[Finding]:
    """`values` as given to Helm; without them only what is installed is looked at. Raises ClusterFault."""
    found = [_version(cluster), _clock(cluster), *_variants(cluster, values)]
    for check in (_namespace, _policies, _storage, _quota, _pods, _secrets, _settings, _doors):
        try:
            found += check(cluster)
        except ClusterFault as fault:
            if fault.status not in (401, 403, 404):
                raise
            name = check.__name__.removeprefix("_")
            found.append(Finding(State.UNKNOWN, name, str(fault), _READ_ALL))
    return found


def _version(cluster: Cluster) -> Finding:
    told = cluster.get("/version")
    number = (int(told["major"]), int(str(told["minor"]).rstrip("+")))
    if number < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        return Finding(
            State.FAULT, "Kubernetes", told["gitVersion"], f"update it to {wanted} or later"
        )
    return Finding(State.OK, "Kubernetes", told["gitVersion"])


def _clock(cluster: Cluster) -> Finding:
    """Against the API server's clock, to the second, which is all that its answers tell."""
    said = cluster.call("GET", "/version").headers.get("Date")
    if said is None:
        return Finding(State.UNKNOWN, "clock", "the API server does not tell its time")
    skew = abs((datetime.now(UTC) - parsedate_to_datetime(said)).total_seconds())
    if skew > _SKEW_SECONDS:
        return Finding(
            State.WARNING,
            "clock",
            f"this machine and the API server differ by {skew:.0f} s",
            "let NTP set the clocks; tokens allow 5 s",
        )
    return Finding(State.OK, "clock", "as the API server's")


def _variants(cluster: Cluster, values: dict[str, Any]) -> Iterator[Finding]:
    known = {each["name"] for each in cluster.get("/apis")["groups"]}

    def value(path: str) -> Any:
        found: Any = values
        for key in filter(None, path.split(".")):
            found = found.get(key) if isinstance(found, dict) else None
        return found

    for wanted, group, mend in _VARIANTS:
        if not wanted(value):
            continue
        if group in known:
            yield Finding(State.OK, "APIs", f"{group} is known")
        else:
            yield Finding(State.FAULT, "APIs", f"{group} is wanted and not known", mend)


def _namespace(cluster: Cluster) -> Iterator[Finding]:
    found = cluster.find(f"/api/v1/namespaces/{cluster.namespace}")
    if found is None:
        mend = f"kubectl create namespace {cluster.namespace}"
        yield Finding(State.FAULT, "namespace", f"there is no {cluster.namespace}", mend)
        return
    labels = found["metadata"].get("labels", {})
    level = labels.get("pod-security.kubernetes.io/enforce")
    if level == "restricted":
        yield Finding(State.OK, "pod security", "restricted is enforced")
    else:
        yield Finding(
            State.WARNING,
            "pod security",
            f"{level or 'nothing'} is enforced; every pod of the chart is fit for restricted",
            f"kubectl label namespace {cluster.namespace} pod-security.kubernetes.io/enforce=restricted",
        )


def _policies(cluster: Cluster) -> Iterator[Finding]:
    """Only a hint: no API tells whether the network obeys policies."""
    wanted = cluster.items(cluster.of("networking.k8s.io/v1", "networkpolicies"))
    if not wanted:
        yield Finding(
            State.WARNING,
            "network policies",
            "there are none here",
            "networkPolicy.enabled=true, unless they come from elsewhere",
        )
        return
    sets = cluster.items("/apis/apps/v1/namespaces/kube-system/daemonsets")
    names = [each["metadata"]["name"] for each in sets]
    enforcing = [each for each in names if any(word in each for word in _ENFORCES)]
    if enforcing:
        what = f"{len(wanted)} here; {enforcing[0]} enforces them"
        yield Finding(State.OK, "network policies", what)
    else:
        yield Finding(
            State.WARNING,
            "network policies",
            f"{len(wanted)} here, and nobody that is known to enforce them",
            "ask whoever runs the network; Calico, Cilium and Antrea do",
        )


def _storage(cluster: Cluster) -> Iterator[Finding]:
    claims = cluster.items(cluster.core("persistentvolumeclaims"))
    unbound = [each for each in claims if each.get("status", {}).get("phase") != "Bound"]
    for each in unbound:
        name, spec = each["metadata"]["name"], each["spec"]
        kind = spec.get("storageClassName") or "the default class"
        modes = ", ".join(spec["accessModes"])
        yield Finding(
            State.FAULT,
            "storage",
            f"{name} is not bound ({kind}, {modes})",
            f"kubectl describe pvc {name}; is there a class that gives {modes}? (global.storageClass)",
        )
    classes = cluster.items("/apis/storage.k8s.io/v1/storageclasses")
    default = [
        each["metadata"]["name"]
        for each in classes
        if each["metadata"]
        .get("annotations", {})
        .get("storageclass.kubernetes.io/is-default-class")
        == "true"
    ]
    if not classes:
        yield Finding(
            State.WARNING,
            "storage",
            "there is no StorageClass",
            "make volumes by hand, or install a provisioner",
        )
    elif not default:
        names = ", ".join(each["metadata"]["name"] for each in classes)
        yield Finding(
            State.WARNING,
            "storage",
            f"no StorageClass is the default (there are {names})",
            "name one in global.storageClass",
        )
    elif not unbound:
        yield Finding(State.OK, "storage", f"{len(claims)} claims are bound; default {default[0]}")


def _quota(cluster: Cluster) -> Iterator[Finding]:
    for quota in cluster.items(cluster.core("resourcequotas")):
        used, hard = quota["status"].get("used", {}), quota["status"].get("hard", {})
        for name, limit in hard.items():
            most = amount(limit)
            if most and amount(used.get(name, "0")) >= _NEARLY * most:
                yield Finding(
                    State.WARNING,
                    "quota",
                    f"{quota['metadata']['name']}: {used.get(name)} of {limit} {name}",
                    "a rolling update needs room for one more pod of each Deployment: raise it",
                )


def amount(quantity: str) -> float:
    """A quantity of Kubernetes as a number: `1500m`, `4Gi`, `10`."""
    units = {"m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
    units |= {"Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40, "Pi": 2.0**50}
    unit = quantity.lstrip("0123456789.eE+-")
    number = float(quantity.removesuffix(unit) if unit else quantity)
    return number * units.get(unit, 1.0)


_MENDS = {
    "ImagePullBackOff": "is image, tag and registry right, and global.imagePullSecrets?",
    "ErrImagePull": "is image, tag and registry right, and global.imagePullSecrets?",
    "ErrImageNeverPull": "load the image into the nodes, or image.pullPolicy=IfNotPresent",
    "InvalidImageName": "image.repository and image.tag",
    "CreateContainerConfigError": "a Secret or key that it names is missing: see `secrets`",
    "CrashLoopBackOff": "kubectl logs --previous; docs/operations/runbooks/pods-restart.md",
}


def _pods(cluster: Cluster) -> Iterator[Finding]:
    pods = cluster.pods()
    sick = False
    for pod in pods:
        name, told = pod["metadata"]["name"], pod.get("status", {})
        for container in told.get("initContainerStatuses", []) + told.get("containerStatuses", []):
            reason = container.get("state", {}).get("waiting", {}).get("reason")
            if reason in _MENDS:
                sick = True
                what = f"{name}: {reason} of {container['image']}"
                yield Finding(State.FAULT, "pods", what, _MENDS[reason])
        for condition in told.get("conditions", []):
            if condition["type"] == "PodScheduled" and condition["status"] == "False":
                sick = True
                what = f"{name} has no node: {condition.get('message', '')}"
                yield Finding(
                    State.FAULT, "pods", what, "more nodes, or smaller resources.requests"
                )
    if pods and not sick:
        yield Finding(State.OK, "pods", f"{len(pods)} have their images and nodes")


def _secrets(cluster: Cluster) -> Iterator[Finding]:
    """Only names of keys are looked at."""
    wanted: dict[str, set[str]] = {}
    for deployment in cluster.items(cluster.of("apps/v1", "deployments"), cluster.labels):
        for secret, key in secret_keys(deployment):
            wanted.setdefault(secret, set()).add(key)
    sick = False
    for name, keys in sorted(wanted.items()):
        found = cluster.find(cluster.core(f"secrets/{name}"))
        missing = sorted(keys - set((found or {}).get("data") or {}))
        if missing:
            sick = True
            what = f"{name} has no {', '.join(missing)}" if found else f"there is no Secret {name}"
            yield Finding(
                State.FAULT, "secrets", what, "scripts/make_secrets.py, or the store they come from"
            )
    if wanted and not sick:
        yield Finding(State.OK, "secrets", f"{len(wanted)} have every key that is read")


def _settings(cluster: Cluster) -> Iterator[Finding]:
    return doctor_settings.of_release(cluster)


def _doors(cluster: Cluster) -> Iterator[Finding]:
    """Whether processes reach database and broker, as they themselves tell."""
    asked = 0
    for pod in cluster.pods():
        port = _health_port(pod)
        if port is None or pod.get("status", {}).get("phase") != "Running":
            continue
        name = pod["metadata"]["name"]
        try:
            status, said = cluster.look_at_door(name, port, "/readyz")
        except ClusterFault as fault:
            if fault.status == 403:
                raise
            yield Finding(
                State.WARNING,
                "doors",
                f"{name}: {fault}",
                "does a policy keep the API server from the pods? kubectl port-forward does without",
            )
            continue
        asked += 1
        for each in not_ready(said) if status != 200 else ():
            yield Finding(
                State.FAULT,
                "doors",
                f"{name}: {each}",
                "is that server up, and do its address, password and network policy fit?",
            )
    if asked:
        yield Finding(State.OK, "doors", f"{asked} processes were asked")


def _health_port(pod: Json) -> int | None:
    for container in pod["spec"]["containers"]:
        for port in container.get("ports", []):
            if port.get("name") == "health":
                return int(port["containerPort"])
    return None
